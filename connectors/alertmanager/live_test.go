package alertmanager_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"signalbox/connectors/alertmanager"
	"signalbox/connectors/peertest"
	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

// heard is what came in at the hook.
type heard struct {
	delivery port.Delivery
	alerts   []health.Alert
}

// hook is a door with a receiver behind it. It keeps what it heard.
type hook struct {
	URL string

	mu       sync.Mutex
	heard    []heard
	strange  int // refused for the token
	failures []error
}

func listen(t *testing.T, r *alertmanager.Receiver) *hook {
	t.Helper()
	h := &hook{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		body, err := io.ReadAll(q.Body)
		if err != nil {
			h.failures = append(h.failures, err)
			return
		}
		d, err := r.Authenticate(q.Header.Get, body)
		if release.CodeOf(err) == release.Unauthenticated {
			h.strange++
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		facts, mapErr := r.Map(d, body, time.Now())
		if err != nil || mapErr != nil {
			h.failures = append(h.failures, err, mapErr)
			return
		}
		one := heard{delivery: d}
		for _, f := range facts {
			one.alerts = append(one.alerts, f.(fact.AlertSeen).Alert)
		}
		h.heard = append(h.heard, one)
	}))
	t.Cleanup(s.Close)
	h.URL = s.URL + "/hooks/alerts"
	return h
}

// all returns what was heard up to now.
func (h *hook) all(t *testing.T) []heard {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.failures) > 0 {
		t.Fatal(h.failures)
	}
	return append([]heard(nil), h.heard...)
}

// TestRealAlertmanager: an alert fires, is told again, another joins its group, and both are resolved.
func TestRealAlertmanager(t *testing.T) {
	t.Parallel()
	h := listen(t, receiver(t))
	peer := peertest.Alertmanager(t, h.URL, "new")
	since := time.Now().Add(-time.Minute).UTC().Truncate(time.Millisecond)
	alert := func(instance string, ends time.Time) peertest.Alert {
		return peertest.Alert{
			Labels:       map[string]string{"alertname": "HighErrorRate", "service": "checkout", "environment": "production", "severity": "Page", "instance": instance},
			Annotations:  map[string]string{"summary": "5xx ratio 7.1 % \x1b[31mon checkout"},
			StartsAt:     since,
			EndsAt:       ends,
			GeneratorURL: "http://prom.example/graph?g0.expr=up",
		}
	}
	later := since.Add(time.Hour)
	peer.Post(alert("a", later))

	var got []heard
	peertest.Eventually(t, "the alert, told twice", func() bool { got = h.all(t); return len(got) >= 2 })
	if got[0].delivery.ID != got[1].delivery.ID || got[0].delivery.Event != "firing" || len(got[0].alerts) != 1 {
		t.Fatalf("a repeat is another message: %+v", got)
	}
	a := got[0].alerts[0]
	if a.State != health.Firing || a.Name != "HighErrorRate" || a.Service != "checkout" || a.Environment != "production" || a.Severity != "page" ||
		a.Summary != "5xx ratio 7.1 % [31mon checkout" || !a.StartsAt.Equal(since) || !a.EndsAt.IsZero() || a.URL != "http://prom.example/graph?g0.expr=up" || len(a.ID) != 16 {
		t.Errorf("%+v", a)
	}

	peer.Post(alert("b", later))
	joined := func(m heard) bool { return len(m.alerts) == 2 && m.alerts[0].State == health.Firing }
	peertest.Eventually(t, "the second alert", func() bool { got = h.all(t); return joined(got[len(got)-1]) })
	second := got[len(got)-1]
	if second.delivery.ID == got[0].delivery.ID {
		t.Error("a group that has grown has the same id")
	}

	ended := time.Now().UTC().Truncate(time.Millisecond)
	peer.Post(alert("a", ended), alert("b", ended))
	peertest.Eventually(t, "the end", func() bool { got = h.all(t); return got[len(got)-1].delivery.Event == "resolved" })
	last := got[len(got)-1]
	if len(last.alerts) != 2 || last.delivery.ID == second.delivery.ID {
		t.Fatalf("%+v", last)
	}
	for _, r := range last.alerts {
		if r.State != health.Resolved || !r.EndsAt.Equal(ended) || !r.StartsAt.Equal(since) || !r.UpdatedAt.After(a.UpdatedAt) {
			t.Errorf("%+v", r)
		}
	}
	if last.alerts[0].ID != a.ID && last.alerts[1].ID != a.ID {
		t.Errorf("the alert %s is resolved under another id", a.ID)
	}
}

// TestRealAlertmanagerWithoutToken: one that has another token is told so each time it calls, and nothing comes in.
func TestRealAlertmanagerWithoutToken(t *testing.T) {
	t.Parallel()
	h := listen(t, receiver(t))
	peer := peertest.Alertmanager(t, h.URL, "guess")
	peer.Post(peertest.Alert{Labels: map[string]string{"alertname": "A"}})
	peertest.Eventually(t, "a refusal", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.strange > 0
	})
	if got := h.all(t); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
