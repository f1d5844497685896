package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
)

// waiting is the change of a service that waits for a decision, the newest one.
func (s *still) waiting(service string) *change.Item {
	s.t.Helper()
	q, err := s.control.Queue(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	var out *change.Item
	for _, i := range q.Sorted("") {
		if i.Change.Service == service && (out == nil || out.Change.RequestedAt.Before(i.Change.RequestedAt)) {
			out = i
		}
	}
	if out == nil {
		s.t.Fatalf("no change of %s waits", service)
	}
	return out
}

// TestSandboxStoriesAreTrue: what the briefs and the timelines of the scenarios say is what the screens show.
func TestSandboxStoriesAreTrue(t *testing.T) {
	if testing.Short() {
		t.Skip("three companies are founded")
	}
	t.Run("approval-waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, 1, "approval-waits")
			s.steer("sandbox jump", "+5m")
			if a := s.waiting("wallet").Approval; a.Granted() != 1 || a.Needed != 2 {
				t.Errorf("wallet has %d approvals of %d", a.Granted(), a.Needed)
			}
			for _, x := range s.control.Sandbox.State().Steps {
				if x.Failed != "" && !strings.HasPrefix(x.Failed, "j.ruiz was told: ") {
					t.Errorf("whom was it said to? %s: %s", x.Text, x.Failed)
				}
			}
		})
	})
	t.Run("freeze-arrives", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, 1, "freeze-arrives")
			s.steer("sandbox jump", "+11m")
			for _, service := range []string{"mobile-gw", "sanctions"} { // of the app stores, and of Money
				i := s.waiting(service)
				if i.Approval.Granted() != 1 || i.Gate != "block" {
					t.Errorf("%s has %d approvals and the gate says %s", service, i.Approval.Granted(), i.Gate)
				}
			}
		})
	})
	t.Run("feed-dark", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, 1, "feed-dark")
			s.steer("sandbox jump", "+8m")
			if _, lines := s.verdicts(); lines["search"].Verdict != health.Dark || len(lines["search"].Alerts) != 0 {
				t.Errorf("search fails unseen, and is %s with %d alerts", lines["search"].Verdict, len(lines["search"].Alerts))
			}
			aspect := func(name string) feed.Aspect {
				a, err := s.control.Alarm(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range a.Feeds {
					if f.Name == name {
						return f.Aspect(s.control.Now(), a.Since)
					}
				}
				return ""
			}
			s.steer("sandbox jump", "+46m30s")
			if got := aspect("github"); got != feed.Dark {
				t.Errorf("the forge is silent for 48m, and is %v", got)
			}
			s.steer("sandbox jump", "+6m")
			if a, b := aspect("github"), aspect("prometheus"); a != feed.Fresh || b != feed.Fresh {
				t.Errorf("at the end the forge is %v and the monitor %v", a, b)
			}
			s.waiting("recommend")
		})
	})
}
