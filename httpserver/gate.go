package httpserver

import (
	"context"
	"net/http"
	"strings"

	"signalbox/release"
)

// scopeGate is what a token needs to ask the gate.
const scopeGate = "gate"

// maxSecret is the longest bearer secret, in bytes.
const maxSecret = 512

// gate answers whether a digest may go into an environment: GET or POST /v1/gate. The verdict, whatever it
// is, comes with 200; 4xx is a question that is wrong or a caller who may not ask.
func (s *Server) gate(c *call) answer {
	if a, spent := s.enough(c); spent {
		return a
	}
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		return wrongMethod(c.r, "GET, HEAD, POST")
	}
	key := bucketKey{holder(c.from), routeGate}
	if wait := s.failures.spent(key, s.clock()); wait > 0 {
		return tooMany(wait, "this source could not prove itself too often")
	}
	// Read first: a caller who is slow to send must not hold a place at work meanwhile.
	b, bad := s.read(c, maxQuestion)
	defer b.done()
	ctx, done, err := s.work(c.r.Context(), s.asking)
	if err != nil {
		return refuse(err)
	}
	defer done()

	if c.token, err = s.letIn(ctx, c.r); err != nil {
		if release.CodeOf(err) == release.Unauthenticated {
			s.failures.take(key, s.clock())
		}
		return refuse(late(err))
	}
	if bad != nil {
		return *bad
	}
	q, bad := ask(c.r, b.bytes)
	if bad != nil {
		return *bad
	}
	verdict, err := s.service.Gate(ctx, q.Subject, q.At)
	if err != nil {
		return refuse(late(err))
	}
	s.meters.verdicts.WithLabelValues(string(verdict.Verdict)).Inc()
	return ok(verdict)
}

// ask reads the question from where the method puts it.
func ask(r *http.Request, body []byte) (question, *answer) {
	var q question
	var err error
	switch t := r.Header.Get("Content-Type"); {
	case r.Method != http.MethodPost && len(body) > 0:
		err = release.Errorf(release.Usage, "a %s carries its question in the query, not in a body", r.Method).
			Advise("send the body with POST")
	case r.Method != http.MethodPost:
		q, err = parseQuery(r.URL.RawQuery)
	case t != "" && !isJSON(t):
		a := refuseAs(http.StatusUnsupportedMediaType, release.Errorf(release.Usage, "a question of type %s is not taken", quote(t)).
			Advise("send application/json"))
		return q, &a
	case r.URL.RawQuery != "":
		err = release.Errorf(release.Usage, "a POST carries its question in the body, not in the query").
			Advise("send the query with GET")
	default:
		q, err = parseBody(body)
	}
	if err != nil {
		a := refuse(err)
		return q, &a
	}
	return q, nil
}

// letIn finds the token of a request, by name.
func (s *Server) letIn(ctx context.Context, r *http.Request) (name string, err error) {
	none := needsToken("the gate", scopeGate)
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return "", none
	}
	scheme, secret, found := strings.Cut(values[0], " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return "", none
	}
	if !plausible(secret) {
		return "", release.Errorf(release.Unauthenticated, "the token is not one of ours").Advise("%s", none.Try)
	}
	return s.service.Token(ctx, secret, scopeGate)
}

func needsToken(what, scope string) *release.Error {
	return release.Errorf(release.Unauthenticated, "%s needs a token", what).
		Advise("send Authorization: Bearer SECRET; signalbox token add NAME --scope %s makes one", scope)
}

// plausible reports whether a secret can be one of ours, so that no other is looked up.
func plausible(secret string) bool {
	return secret != "" && len(secret) <= maxSecret && !strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' })
}
