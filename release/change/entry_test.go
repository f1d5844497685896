package change_test

import (
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/change"
)

func TestEntry(t *testing.T) {
	asked := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	c := change.Change{ID: "CHG-7", State: change.Requested, Service: "api", Version: "2.0", Environment: "production"}
	i := change.Item{Change: c, Approval: change.Ask(c, 1, 3, asked), Duties: change.Duties{Aspect: release.Dark}}
	e := i.Entry(asked.Add(time.Hour))
	if e.Stage != calendar.Waiting || e.Aspect != release.Stop || !e.From.Equal(asked) || !e.To.Equal(asked.Add(change.RequestTTL)) || e.Key != "CHG-7" || e.Title != "api 2.0" {
		t.Errorf("a request: %+v", e)
	}
	granted := asked.Add(2 * time.Hour)
	i.Change.State, i.Approval.State, i.Approval.GrantUntil = change.Authorised, change.Approved, granted.Add(change.GrantTTL)
	i.Approval.Decisions = []change.Decision{{Person: "k.ito", Verdict: change.Approve, At: granted}}
	for gate, want := range map[string]release.Aspect{"pass": release.Planned, "block": release.Stop, "unknown": release.Dark} {
		i.Gate = gate
		if e := i.Entry(granted); e.Stage != calendar.Approved || e.Aspect != want || !e.From.Equal(granted) || !e.To.Equal(granted.Add(change.GrantTTL)) {
			t.Errorf("approved, the gate says %s: %+v", gate, e)
		}
	}
}
