package webhook_test

import (
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"signalbox/connectors"
	"signalbox/connectors/webhook"
	"signalbox/release"
	"signalbox/release/outbox"
)

// endpoint acts on messages and fails in between. One that honours keys acts once for each.
type endpoint struct {
	honours bool
	fail    func(key string) string

	mu      sync.Mutex
	effects map[string]int
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	key := r.Header.Get("webhook-id")
	fault := e.fail(key)
	switch fault {
	case "busy":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case "refused":
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case "cut before":
		hang(w)
		return
	}
	e.mu.Lock()
	if e.effects[key] == 0 || !e.honours {
		e.effects[key]++
	}
	e.mu.Unlock()
	switch fault {
	case "cut after":
		hang(w)
	case "fault after":
		w.WriteHeader(http.StatusInternalServerError)
	}
}

func hang(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

// TestOneEffect sends each message until its outcome is settled, while the endpoint and the way to it fail.
// One that honours keys acts on each once; with one that does not, a message whose answer was lost is Unknown
// after one effect at most and is not sent again.
func TestOneEffect(t *testing.T) {
	for _, honours := range []bool{true, false} {
		t.Run(fmt.Sprint("honours ", honours), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			var mu sync.Mutex
			last, asked := map[string]string{}, map[string]int{}
			e := &endpoint{honours: honours, effects: map[string]int{}, fail: func(key string) string {
				mu.Lock()
				defer mu.Unlock()
				asked[key]++
				last[key] = []string{"", "busy", "refused", "cut before", "cut after", "fault after"}[random.IntN(6)]
				return last[key]
			}}
			s := httptest.NewTLSServer(e)
			defer s.Close()
			away, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			away.Close()
			roots := x509.NewCertPool()
			roots.AddCert(s.Certificate())
			sender := func(url string) *webhook.Sender {
				made, err := webhook.New(webhook.Config{URL: url, Secrets: secrets, Roots: roots, Deduplicates: &honours,
					Outbound: connectors.Outbound{Allow: []netip.Prefix{home}, Timeout: 30 * time.Second}}, clock)
				if err != nil {
					t.Fatal(err)
				}
				return made
			}
			up, down := sender(s.URL), sender("https://"+away.Addr().String())
			states := map[outbox.State]int{}
			for i := range 200 {
				m := message
				m.Key, m.State = fmt.Sprint("out-", i), outbox.Waiting
				for tries := 0; !m.State.Over(); tries++ {
					if tries > 200 {
						t.Fatalf("%s is %s after %d tries", m.Key, m.State, tries)
					}
					to := up
					if random.IntN(4) == 0 {
						to = down
					}
					m = outbox.Resume(m, to.Deduplicates(), now)
					m.State = outbox.Sending
					out := to.Send(t.Context(), m)
					final := out.Err != nil && release.CodeOf(out.Err) != release.Unavailable
					m = outbox.Settle(m, out, to.Deduplicates(), final, now, fmt.Sprint(out.Err))
				}
				states[m.State]++
				e.mu.Lock()
				effects := e.effects[m.Key]
				e.mu.Unlock()
				fault := last[m.Key]
				lost := fault == "cut before" || fault == "cut after" || fault == "fault after"
				switch {
				case m.State == outbox.Sent && effects == 1 && fault == "":
				case m.State == outbox.Unknown && !honours && effects <= 1 && lost:
				default:
					t.Errorf("%s is %s with %d effects, the last fault being %q: %s", m.Key, m.State, effects, fault, m.LastError)
				}
			}
			if honours && states[outbox.Sent] != 200 || !honours && (states[outbox.Sent] == 0 || states[outbox.Unknown] == 0) {
				t.Errorf("states %v", states)
			}
		})
	}
}
