package alertmanager_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
)

func seeds(f *testing.F) [][]byte {
	return [][]byte{
		captured(f, "cap-01.json"), captured(f, "cap-03.json"), []byte(`{"alerts":[{}]}`), []byte(`{"alerts":[{"labels":{"a":1},"startsAt":5}],"truncatedAlerts":1e9}`),
		[]byte(`{"status":"","alerts":[{"status":"odd","endsAt":"2026-11-24T06:01:54+14:00","generatorURL":"http://a/\u001b"}]}`), []byte(`{"alerts":null}`), []byte("payload=x"),
	}
}

// FuzzMap: whatever the bytes, Map neither panics nor returns facts beside an error, and what it returns is clean.
func FuzzMap(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	r := receiver(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		facts, err := r.Map(port.Delivery{}, body, arrived)
		if err != nil {
			if facts != nil || release.CodeOf(err) != release.Usage || release.Clean(err.Error(), 0) != err.Error() {
				t.Fatalf("%d facts beside %q", len(facts), err)
			}
			return
		}
		for _, f := range facts {
			a := f.(fact.AlertSeen).Alert
			for _, s := range []string{a.ID, a.Name, a.Service, a.Environment, a.Severity, a.Summary, a.URL} {
				if release.Clean(s, 0) != s {
					t.Fatalf("%q is not clean", s)
				}
			}
			if a.ID == "" || a.Name == "" || a.StartsAt.IsZero() || a.StartsAt.Location() != time.UTC || (a.State == health.Resolved) != !a.EndsAt.IsZero() || !a.UpdatedAt.Equal(arrived) {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// FuzzAuthenticate: only the token lets in, whatever the body; who is let in is given an id, and Map agrees with it
// on what can be read.
func FuzzAuthenticate(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add("Bearer new", s)
		f.Add("Bearer guess", s)
	}
	r := receiver(f)
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		d, err := r.Authenticate(bearer(header), body)
		scheme, token, _ := strings.Cut(header, " ")
		token = strings.TrimSpace(token)
		if !strings.EqualFold(scheme, "bearer") || token != "new" && token != "old" {
			if release.CodeOf(err) != release.Unauthenticated || d != (port.Delivery{}) {
				t.Fatalf("%q is let in: %+v, %v", header, d, err)
			}
			return
		}
		again, _ := r.Authenticate(bearer(header), body)
		_, unread := r.Map(d, body, arrived)
		if err != nil || d != again || d.Event == "" || strings.HasPrefix(d.ID, "body:") != (unread != nil) {
			t.Fatalf("%+v, %+v, %v, %v", d, again, err, unread)
		}
	})
}
