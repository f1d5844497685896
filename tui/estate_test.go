package tui

import (
	"slices"
	"strings"
	"testing"

	"signalbox/release/feed"
	"signalbox/views/viewtest"
)

// wholeEstate is one company with something of everything: changes, rollouts, freezes, entries, objectives, alerts,
// feeds, a dead letter and a message that was not delivered.
func wholeEstate() *viewtest.Company {
	c := viewtest.Rolling()
	week, measured, wired := viewtest.Week(), viewtest.Measured(), viewtest.Wired()
	c.Facts.Regions, c.Freezes, c.Held = week.Facts.Regions, week.Freezes, week.Held
	c.Vital, c.Lines = measured.Vital, wired.Lines
	for _, s := range week.Connected {
		if !slices.ContainsFunc(c.Connected, func(o feed.Status) bool { return o.Name == s.Name }) {
			c.Connected = append(c.Connected, s)
		}
	}
	c.Connected = append(c.Connected, c.Line("cab-webhook").Status)
	whole := viewtest.Estate()
	c.Fires, c.Measured = append(c.Fires, whole.Fires...), append(c.Measured, whole.Measured...)
	return c
}

// onto moves the cursor by the arrows, tab and ] until something is selected.
func (r *rig) onto(t testing.TB, id string) {
	t.Helper()
	if r.s.top().view.Name() == "graph" {
		r.keys("/")
		r.write("svc=" + id)
		r.keys("enter")
	}
	is := func() bool {
		s := r.s.top().view.Selection()
		return s.ID == id || strings.Contains(s.ID, "/"+id+"@")
	}
	for range 6 {
		r.keys("home")
		for range 40 {
			if is() {
				return
			}
			r.keys("j")
		}
		r.keys("tab")
	}
	for range 60 {
		r.keys("[")
	}
	for range 80 {
		if is() {
			return
		}
		r.keys("]")
	}
	t.Fatalf("%s is nowhere on %s:\n%s", id, r.s.top().view.Name(), r.screen(t))
}

// carried are the views that a key goes to from everywhere.
var carried = []struct{ view, keys string }{{"board", "1"}, {"calendar", "2"}, {"queue", "4"}, {"graph", "5"}, {"rollouts", "6"}, {"health", "7"}, {"feeds", "g f"}}

// A number key carries what is selected: what is selected in one view, and what then is in each of the others. What
// a view has nothing of leaves it where it begins: the queue on CHG-4193, the graph and health on checkout-web, the
// rollouts on RO-739, the feeds on prometheus.
func TestNumberKeysCarryTheSelection(t *testing.T) {
	estate := wholeEstate()
	for _, c := range []struct {
		from, id string
		then     [7]string // in the order of carried
	}{
		{"queue", "CHG-4182", [7]string{"CHG-4182", "CHG-4182", "CHG-4182", "payments-api", "RO-728", "payments-api", "prometheus"}},
		{"queue", "CHG-4193", [7]string{"CHG-4193", "CHG-4193", "CHG-4193", "identity", "RO-729", "identity", "prometheus"}},
		{"board", "CHG-4182", [7]string{"CHG-4182", "CHG-4182", "CHG-4182", "payments-api", "RO-728", "payments-api", "prometheus"}},
		{"board", "RO-738", [7]string{"RO-738", "RO-738", "CHG-4193", "fraud-score", "RO-738", "fraud-score", "prometheus"}},
		{"board", "FRZ-14", [7]string{"FRZ-14", "FRZ-14", "CHG-4193", "checkout-web", "RO-739", "checkout-web", "prometheus"}},
		{"calendar", "CHG-4193", [7]string{"CHG-4193", "CHG-4193", "CHG-4193", "identity", "RO-729", "identity", "prometheus"}},
		{"calendar", "RO-738", [7]string{"RO-738", "RO-738", "CHG-4193", "fraud-score", "RO-738", "fraud-score", "prometheus"}},
		{"calendar", "FRZ-12", [7]string{"FRZ-12", "FRZ-12", "CHG-4193", "checkout-web", "RO-739", "checkout-web", "prometheus"}},
		{"graph", "identity", [7]string{"CHG-4193", "CHG-4193", "CHG-4193", "identity", "RO-729", "identity", "prometheus"}},
		{"rollouts", "RO-734", [7]string{"RO-734", "CHG-4170", "CHG-4211", "checkout-web", "RO-734", "checkout-web", "prometheus"}},
		{"rollouts", "RO-733", [7]string{"RO-733", "CHG-4198", "CHG-4193", "orders", "RO-733", "orders", "prometheus"}},
		{"health", "fraud-score", [7]string{"RO-738", "RO-738", "CHG-4193", "fraud-score", "RO-738", "fraud-score", "prometheus"}},
		{"feeds", "github", [7]string{"github", "CHG-4170", "CHG-4193", "checkout-web", "RO-739", "checkout-web", "github"}},
	} {
		for k, to := range carried {
			r := newRigIn(t, estate, Options{Views: places(), Width: 120, Height: 36, Start: []string{"board"}})
			for _, p := range carried {
				if p.view == c.from {
					r.keys(p.keys)
				}
			}
			r.onto(t, c.id)
			r.keys(to.keys)
			s := r.s.top().view.Selection()
			if s.ID != c.then[k] || r.s.top().view.Name() != to.view || len(r.s.stack) != 1 {
				t.Errorf("%s selected in %s, then %s: %s %q is selected in %s, want %q", c.id, c.from, to.keys, s.Kind, s.ID, r.s.top().view.Name(), c.then[k])
			}
			r.keys(to.keys) // the key of the view that one is on moves nothing
			if now := r.s.top().view.Selection().ID; now != s.ID {
				t.Errorf("%s again moves from %s to %s", to.keys, s.ID, now)
			}
		}
	}
}
