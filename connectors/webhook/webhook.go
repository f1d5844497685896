package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"signalbox/connectors"
	"signalbox/release"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

// Sender posts messages to one endpoint. It satisfies port.Sender and may be used by many goroutines.
type Sender struct {
	name, url    string
	what         string // "NAME at HOST", as sentences call the endpoint
	keys         [][]byte
	headers      http.Header
	hidden       []string // what an answer must not repeat
	deduplicates bool
	client       *http.Client
	now          func() time.Time
}

var _ port.Sender = (*Sender)(nil)

// Name is the connector's name.
func (s *Sender) Name() string { return s.name }

// Deduplicates reports whether the endpoint is said to take a webhook-id once only.
func (s *Sender) Deduplicates() bool { return s.deduplicates }

// payload is the body as Standard Webhooks recommends it.
type payload struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

var messageID = regexp.MustCompile(`^[\x21-\x2d\x2f-\x7e]{1,255}$`) // no dot: the signature joins by dots

// maxAnswer is how much of an answer is read, in bytes; it is read for the sentence alone.
const maxAnswer = 8 << 10

// Send posts a message once. The body is the same at every try, and webhook-id is its key; the timestamp and
// the signature are those of the try.
func (s *Sender) Send(ctx context.Context, m outbox.Message) outbox.Outcome {
	request, err := s.request(ctx, m)
	if err != nil {
		return outbox.Outcome{Err: err}
	}
	var seen trace
	answer, err := s.client.Do(request.WithContext(httptrace.WithClientTrace(ctx, seen.hooks())))
	if err != nil {
		var shown *url.Error // its text has the whole url
		if errors.As(err, &shown) {
			err = shown.Err
		}
		if seen.reached() {
			return outbox.Outcome{Reached: true, Err: release.Errorf(release.Unavailable, "%s was sent the message and gave no answer: it may have arrived", s.what).Because(err)}
		}
		return outbox.Outcome{Err: connectors.Unreached(s.what, err)}
	}
	defer answer.Body.Close()
	return s.outcome(answer)
}

func (s *Sender) request(ctx context.Context, m outbox.Message) (*http.Request, error) {
	if !messageID.MatchString(m.Key) {
		return nil, release.Errorf(release.Internal, "the message %s has a key that no webhook-id can be", release.Clean(m.ID, 40))
	}
	body, err := json.Marshal(payload{Type: m.Event, Timestamp: m.At.UTC(), Data: m.Body})
	if err != nil {
		return nil, release.Errorf(release.Internal, "the message %s cannot be written as JSON", release.Clean(m.ID, 40)).Because(err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return nil, release.Errorf(release.Usage, "the url of the connector %s is none", s.name).
			Advise("give the https address that its receiver told you")
	}
	at := s.now()
	r.Header = s.headers.Clone()
	r.Header.Set("Content-Type", "application/json")
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "signalbox")
	}
	r.Header.Set("webhook-id", m.Key)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", connectors.SignWebhook(s.keys, m.Key, at, body))
	return r, nil
}

// outcome reads an answer. Whoever answers with a 4xx or a redirect did not act on the message, nor did one
// that asks to come again later; behind any other 5xx something may have been done before it failed.
func (s *Sender) outcome(r *http.Response) outbox.Outcome {
	var out outbox.Outcome
	switch code := r.StatusCode; {
	case code >= 300 && code < 400:
		host := "another address"
		if to, err := r.Location(); err == nil && to.Host != "" {
			host = release.Clean(to.Host, 120)
		}
		out.Err = release.Errorf(release.Usage, "%s sends us on to %s (HTTP %d), which a signed message does not follow", s.what, host, code).
			Advise("correct the url of the connector")
		return out
	case code == http.StatusGone:
		out.Err = release.Errorf(release.NotFound, "%s wants no more messages (HTTP 410)", s.what).
			Advise("remove the connector, or ask its owner for the new url")
	default:
		out.Err = connectors.Answered(s.what, r)
		out.Reached = code < 300 || code >= 500 && (code != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "")
	}
	var e *release.Error
	if said := s.said(r.Body); said != "" && errors.As(out.Err, &e) {
		quoted := *e
		quoted.Message += ": " + said
		out.Err = &quoted
	}
	return out
}

// said is the first line of an answer, without what might be a secret of ours sent back.
func (s *Sender) said(body io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(body, maxAnswer))
	if err != nil && len(b) == 0 {
		return ""
	}
	text, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	for _, secret := range s.hidden {
		if strings.Contains(text, secret) {
			return ""
		}
	}
	return release.Clean(text, 120)
}

// trace follows how far a request got.
type trace struct{ connected, failed atomic.Bool }

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			t.failed.Store(false)
			t.connected.Store(true)
		},
		WroteRequest: func(w httptrace.WroteRequestInfo) { t.failed.Store(w.Err != nil) },
	}
}

// reached reports whether the whole request may be with the other side. From the moment there is a connection
// it may, unless the writing is known to have failed: then the end of the body, at least, is missing.
func (t *trace) reached() bool { return t.connected.Load() && !t.failed.Load() }
