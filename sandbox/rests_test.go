package sandbox

import (
	"strings"
	"testing"
	"time"
)

// TestBriefCounts: the brief of blast-radius counts right: services that rest on a service, by edges that are hard.
func TestBriefCounts(t *testing.T) {
	resting := func(root string) map[string]bool {
		seen := map[string]bool{root: true}
		for more := true; more; {
			more = false
			for _, o := range offers {
				for need := range strings.FieldsSeq(o.needs) {
					if !seen[o.id] && seen[need] {
						seen[o.id], more = true, true
					}
				}
			}
		}
		delete(seen, root)
		return seen
	}
	both, sessions := 0, resting("session-store")
	for id := range resting("identity") {
		if sessions[id] {
			both++
		}
	}
	sc, err := find("blast-radius")
	if err != nil || both != 10 || len(offers) != 40 || !strings.Contains(sc.Brief, "ten of the forty services rest on both") {
		t.Errorf("%d of %d services rest on both, and the brief says %q", both, len(offers), sc.Brief)
	}
}

// TestVersionsGoOn: a version after one that still waits has the next number, however many wait.
func TestVersionsGoOn(t *testing.T) {
	s, err := New(Options{Machine: func() time.Time { return DefaultStart }})
	if err != nil {
		t.Fatal(err)
	}
	s.ships, s.newest, s.telemetry = map[string]*ship{}, map[string]*ship{}, newTelemetry(1)
	var got []string
	for range 3 {
		got = append(got, s.launch("promo", "", "x", "kito").version)
	}
	first := s.telemetry.next("promo")
	if want := []string{first, after(first), after(after(first))}; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q, want %q", got, want)
	}
}
