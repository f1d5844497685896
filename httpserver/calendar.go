package httpserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/access"
)

const (
	// calendarPath is where calendar clients subscribe.
	calendarPath = "/v1/calendar.ics"
	// scopeICS is what a token needs to read it.
	scopeICS = "ics"
)

// showCalendar answers a calendar client: GET /v1/calendar.ics?token=SECRET&scope=SCOPE. The token may stand
// in the query, because calendar clients send no headers; it opens nothing else and is not logged. The answer
// has an ETag, so that a client that has it already gets 304.
func (s *Server) showCalendar(c *call) answer {
	if a, spent := s.enough(c); spent {
		return a
	}
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return wrongMethod(c.r, "GET, HEAD")
	}
	key := bucketKey{holder(c.from), routeICS}
	if wait := s.failures.spent(key, s.clock()); wait > 0 {
		return tooMany(wait, "this source could not prove itself too often")
	}
	ctx, done, err := s.work(c.r.Context(), s.asking)
	if err != nil {
		return refuse(err)
	}
	defer done()
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil || len(c.r.URL.RawQuery) > maxQuestion {
		return refuse(release.Errorf(release.Usage, "the query does not parse").Advise("write token=SECRET&scope=SCOPE, each escaped"))
	}
	if c.token, err = s.subscriber(ctx, c.r, query); err != nil {
		if release.CodeOf(err) == release.Unauthenticated {
			s.failures.take(key, s.clock())
		}
		return refuse(late(err))
	}
	scope := access.Org
	if words := query.Get("scope"); words != "" {
		if scope, err = access.ParseScope(words); err != nil {
			return refuse(err)
		}
	}
	text, err := s.calendar(ctx, scope)
	if err != nil {
		return refuse(late(err))
	}
	return answer{writer: calendarFile(text)}
}

// subscriber finds the token of a request, in its header or its query.
func (s *Server) subscriber(ctx context.Context, r *http.Request, query url.Values) (name string, err error) {
	secret := query.Get("token")
	if scheme, bearer, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") {
		secret = bearer
	}
	if !plausible(secret) {
		return "", needsToken("the calendar", scopeICS).Advise("add token=SECRET to the address; signalbox token add NAME --scope ics makes one")
	}
	return s.service.Token(ctx, secret, scopeICS)
}

// calendarFile sends an iCalendar text, or 304 to who has it.
type calendarFile []byte

func (f calendarFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256(f)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tag)
	if strings.Contains(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="signalbox.ics"`)
	h.Set("Content-Length", strconv.Itoa(len(f)))
	// A caller who has gone is not an error of ours.
	_, _ = w.Write(f)
}
