package tui

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/themes"
)

// TestRealViewsFill plays the views of this build in the shell at every size.
func TestRealViewsFill(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		state := rapid.SampledFrom(states).Draw(rt, "state")
		h := newHouse()
		if state.house != nil {
			state.house(h)
		}
		r := newRig(t, h, Options{Views: places(), Theme: rapid.SampledFrom(themes.Names()).Draw(rt, "theme"), Tier: rapid.SampledFrom(themes.Tiers()).Draw(rt, "tier"),
			Width: rapid.IntRange(80, 240).Draw(rt, "w"), Height: rapid.IntRange(24, 70).Draw(rt, "h")})
		if state.keys != nil {
			state.keys(r)
		}
		whole(rt, r)
	})
}

func TestThreeKeysApproveInTheRealQueue(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places()})
	r.keys("4 A enter")
	if got := r.h.called(); len(got) != 1 || got[0][:8] != "approve " {
		t.Fatalf("calls are %q", got)
	}
	r.wants(t, r.ticker(t), "● approved CHG-")
	r.tick(2 * time.Second)
	r.keys("enter")
	r.wants(t, r.row(t, 0), "▸ CHG-")
	r.keys("esc U")
	r.wants(t, r.ticker(t), "● took back CHG-")
}

func TestHighRiskIsReadFirstInTheRealViews(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places()})
	for range 5 {
		if r.s.top().view.Selection().ID != "CHG-2" {
			r.keys("j")
		}
	}
	r.keys("A")
	if r.s.sheet != nil || r.s.top().view.Name() != "change" {
		t.Fatalf("A on CHG-2 left the screen on\n%s", r.screen(t))
	}
	for range 20 { // read on to the end, however long it is
		if r.keys("ctrl+d"); r.s.top().view.Selection().Read {
			break
		}
	}
	r.keys("A")
	r.write("read all of it, rollback is proven")
	r.keys("enter")
	if got := r.h.called(); len(got) != 1 || got[0] != "approve CHG-2 read all of it, rollback is proven" {
		t.Fatalf("calls are %q on\n%s", got, r.screen(t))
	}
}
