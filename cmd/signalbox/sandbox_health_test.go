package main

import (
	"testing"
	"testing/synctest"

	"signalbox/release/health"
)

// verdicts are how many lines stand how, and those lines by their id. Services without an objective count under "".
func (s *still) verdicts() (map[health.Verdict]int, map[string]health.Line) {
	s.t.Helper()
	p, err := s.control.Health(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	n, lines := map[health.Verdict]int{}, map[string]health.Line{}
	for _, l := range p.Lines {
		n[l.Verdict]++
		lines[l.ID] = l
	}
	return n, lines
}

// TestSandboxObjectives: the company has objectives whose budgets are known from the start; a bad canary burns the one
// of its service until it pages, and a reset gives the beginning back.
func TestSandboxObjectives(t *testing.T) {
	for _, seed := range []uint64{1, 7} {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, seed, "canary-at-peak")
			begun, lines := s.verdicts()
			promising := map[string]bool{}
			for id, l := range lines {
				switch {
				case l.Objective == nil:
				case l.Service == "warehouse":
					if l.Verdict != health.Unknown || len(l.Sources) > 0 {
						t.Errorf("nobody measures %s, and it is %s", id, l.Verdict)
					}
				case l.State.Left == nil || l.State.Coverage < 0.99:
					t.Errorf("what is left of %s is not known: %s", id, l.Why)
				}
				if l.Objective != nil {
					promising[l.Service] = true
				}
			}
			if len(promising) != 34 || begun[""] != 6 || begun[health.Unknown] != 1 || begun[health.Page] != 0 || begun[health.Ticket] != 1 || begun[health.Watch] != 1 {
				t.Errorf("%d services promise something; %v", len(promising), begun)
			}
			if at := lines["checkout-web"].Verdict; at != health.Healthy {
				t.Errorf("checkout-web begins at %s", at)
			}
			s.steer("sandbox jump", "+14m31s")
			n, lines := s.verdicts()
			if l := lines["checkout-web"]; l.Verdict != health.Page || n[health.Page] != 1 {
				t.Errorf("checkout-web is %s, %s; %v", l.Verdict, l.Why, n)
			}
			s.steer("sandbox reset")
			if again, lines := s.verdicts(); again[health.Page] != 0 || lines["checkout-web"].Verdict != health.Healthy || again[health.Healthy] != begun[health.Healthy] {
				t.Errorf("after a reset %v, before %v", again, begun)
			}
		})
	}
}

// TestSandboxHealthDark: what rests on a monitor that fell silent is dark, and is known again when it speaks.
func TestSandboxHealthDark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 1, "feed-dark")
		s.steer("sandbox jump", "+8m")
		n, _ := s.verdicts()
		if n[health.Dark] != 40 || n[health.Unknown] != 1 || n[health.Healthy] != 0 {
			t.Errorf("%v", n)
		}
		g := s.open("guest", "dark", 120, 36)
		g.press("7")
		edged(t, "dark", g.cells())
		s.keep("sandbox-health-dark-120x36", g)
		g.end()
		s.steer("sandbox jump", "+8m")
		if n, _ := s.verdicts(); n[health.Dark] != 0 || n[health.Healthy] < 30 {
			t.Errorf("the monitor speaks again: %v", n)
		}
	})
}

// TestGoldenSandboxHealth: the screen of a bad canary, as the sandbox has it after a quarter of an hour.
func TestGoldenSandboxHealth(t *testing.T) {
	for _, size := range sizes {
		synctest.Test(t, func(t *testing.T) {
			s := simulated(t, 1, "canary-at-peak")
			s.steer("sandbox jump", "+14m31s")
			g := s.open("guest", "dark", size.w, size.h)
			g.press("7")
			edged(t, "sandbox-health", g.cells())
			s.keep("sandbox-health-"+size.name, g)
			g.press("\x1b[F")
			s.keep("sandbox-health-last-"+size.name, g)
			g.end()
		})
	}
}
