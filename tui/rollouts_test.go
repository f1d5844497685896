package tui

import (
	"strings"
	"testing"
)

func TestWaysToTheRollouts(t *testing.T) {
	for name, keys := range map[string]func(*rig){
		"6": func(r *rig) { r.keys("6") }, "g r": func(r *rig) { r.keys("g r") }, "its name": func(r *rig) { r.keys(":"); r.write("rollouts"); r.keys("enter") },
	} {
		r := newRig(t, wired(), Options{Views: places()})
		keys(r)
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Rollouts")
		r.wants(t, r.row(t, 4), "RO-1   search")
		if len(r.s.stack) != 1 {
			t.Errorf("%s left %d views on the stack", name, len(r.s.stack))
		}
		r.keys("enter")
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Rollouts ▸ RO-1")
		r.keys("y")
		r.wants(t, r.row(t, 22), "go RO-1")
		r.keys("enter")
		r.wants(t, r.row(t, 0), "CHG-4")
		r.keys("esc")
		r.keys("o")
		r.wants(t, r.row(t, 22), "https://example.test/1")
	}
	r := newRig(t, wired(), Options{Views: places()})
	r.keys(":")
	r.write("ro1")
	r.keys("enter")
	r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Rollouts ▸ RO-1")
	r.keys("esc")
	r.wants(t, r.row(t, 0), "Queue ▸ all")
	for _, c := range []struct {
		words, crumb string
		opens        bool
		deep         int
	}{{"go RO-1", "Rollouts ▸ RO-1", true, 3}, {"show ro1", "Rollouts ▸ RO-1", true, 3}, {"rollout", "Rollouts", true, 2}, {"rollout list", "Rollouts", true, 2},
		{"rollout show 1", "Rollouts ▸ RO-1", true, 3}, {"rollout show", "SIGNALBOX ▸ Board", false, 1}, {"rollout show x", "SIGNALBOX ▸ Board", false, 1},
		{"go RO-0", "SIGNALBOX ▸ Board", false, 1}, {"go CHG-4", "CHG-4", true, 2}, {"rollout list --json", "SIGNALBOX ▸ Board", false, 1}} {
		if got := Opens(strings.Fields(c.words)); got != c.opens {
			t.Errorf("Opens(%q) is %v", c.words, got)
		}
		r := newRig(t, wired(), Options{Views: places(), Start: strings.Fields(c.words)})
		r.wants(t, r.row(t, 0), c.crumb)
		if len(r.s.stack) != c.deep {
			t.Errorf("%q opens %d views", c.words, len(r.s.stack))
		}
	}
}

// No controller is connected: its keys say that they do nothing here, and promise nothing.
func TestNoLeverOfAController(t *testing.T) {
	for _, k := range []string{"P", "X", "B", "+"} {
		r := newRig(t, wired(), Options{Views: places(), Start: []string{"go", "RO-1"}})
		r.keys(k)
		r.wants(t, r.row(t, 22), k+" does nothing on this screen")
	}
}
