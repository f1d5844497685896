package tui

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
)

// frozen is a house with a freeze in force; p.lind is a coordinator.
func frozen() *house {
	h := newHouse()
	h.me = person("p.lind", access.Coordinator)
	h.freezes = []calendar.Freeze{{ID: "FRZ-12", Kind: calendar.HardFreeze, Scope: access.Org, Interval: calendar.Interval{From: noon.Add(-time.Hour), To: noon.Add(30 * time.Hour)},
		Reason: "the month is being closed", DeclaredBy: "j.ruiz", DeclaredAt: noon.Add(-2 * time.Hour), Revision: 3}}
	return h
}

func newCalendarRig(t testing.TB, h *house, w, height int) *rig {
	r := newRig(t, h, Options{Views: places(), Width: w, Height: height})
	r.keys("2 home")
	return r
}

func TestAFreezeIsLifted(t *testing.T) {
	for _, s := range [][2]int{{80, 24}, {120, 36}} {
		r := newCalendarRig(t, frozen(), s[0], s[1])
		r.wants(t, r.row(t, 0), "Calendar ▸ week")
		r.keys("Z")
		r.write("too short")
		r.keys("enter")
		if len(r.h.called()) != 0 {
			t.Fatalf("it fired with a short reason: %v", r.h.called())
		}
		r.write(", said nobody")
		r.keys("enter")
		if got := r.h.called(); len(got) != 1 || got[0] != "freeze lift FRZ-12 too short, said nobody" {
			t.Fatalf("it called %v", got)
		}
	}
	h := frozen()
	h.me = person("p.lind", access.Viewer)
	r := newCalendarRig(t, h, 80, 24)
	r.keys("Z")
	r.wants(t, r.ticker(t), "p.lind may not do this")
	if len(h.called()) != 0 {
		t.Fatalf("it called %v", h.called())
	}
}

// calendarStates are the moments of the calendar that the golden files hold.
var calendarStates = []struct {
	name string
	keys func(*rig)
}{
	{"calendar", nil},
	{"calendar-lift", func(r *rig) { r.keys("Z") }},
	{"calendar-declare", func(r *rig) { r.keys("n") }},
	{"calendar-help", func(r *rig) { r.keys("?") }},
}

func TestCalendarScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		for _, s := range calendarStates {
			r := newCalendarRig(t, frozen(), size.w, size.h)
			if s.keys != nil {
				s.keys(r)
			}
			golden(t, s.name+"-"+size.name, r.screen(t))
		}
	}
}

func TestWaysToTheCalendar(t *testing.T) {
	for _, keys := range []string{"2", "g c"} {
		r := newRig(t, frozen(), Options{Views: places()})
		r.keys(keys)
		r.wants(t, r.row(t, 0), "SIGNALBOX ▸ Calendar ▸ week")
	}
	r := newRig(t, frozen(), Options{Views: places()})
	r.keys("j 2") // it opens at what is selected
	if got := r.s.top().view.Selection(); got.ID != "CHG-2" {
		t.Errorf("it opened on %s", got.ID)
	}
	r.keys("k 2") // and stays where it is
	if got := r.s.top().view.Selection(); got.ID == "CHG-2" || len(r.s.stack) != 1 {
		t.Errorf("it is on %s", got.ID)
	}
	for words, want := range map[string]bool{"calendar": true, "calendar list": true, "calendar list --json": false, "calendar show": false} {
		if got := Opens(strings.Fields(words)); got != want {
			t.Errorf("Opens(%q) is %v", words, got)
		}
	}
}
