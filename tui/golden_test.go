package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views"
)

// states are the moments of a session that the golden files hold, each reached by keys.
var states = []struct {
	name  string
	house func(*house)
	keys  func(*rig)
}{
	{"queue", nil, nil},
	{"empty", func(h *house) { h.items, h.feeds, h.events = nil, nil, nil }, nil},
	{"approve", nil, func(r *rig) { r.keys("A") }},
	{"approve-own", nil, func(r *rig) { r.keys("A i"); r.write("reviewed wi") }},
	{"approve-many", nil, func(r *rig) { r.keys("j j j space j space A") }},
	{"approve-changed", nil, func(r *rig) {
		r.keys("A")
		r.h.touch("CHG-1", func(i *change.Item) {
			i.Approval, _ = change.Decide(i.Approval, change.Decision{Person: "j.ruiz", Verdict: change.Approve, At: noon})
		})
		r.changed()
	}},
	{"reject", nil, func(r *rig) { r.keys("R"); r.write("no rollback") }},
	{"question", nil, func(r *rig) { r.keys("Q"); r.write("is the flag off by default?") }},
	{"help", nil, func(r *rig) { r.keys("?") }},
	{"help-glyphs", nil, func(r *rig) { r.keys("? tab") }},
	{"help-time", nil, func(r *rig) { r.keys("? tab tab") }},
	{"help-levers", nil, func(r *rig) { r.keys("? tab tab tab") }},
	{"places", nil, func(r *rig) { r.keys("0") }},
	{"palette-people", nil, func(r *rig) { r.keys(":"); r.write("@") }},
	{"palette-settings", nil, func(r *rig) { r.keys(":"); r.write("set m") }},
	{"palette-levers", nil, func(r *rig) { r.keys(":"); r.write(">") }},
	{"help-search", nil, func(r *rig) { r.keys("? /"); r.write("app") }},
	{"palette", nil, func(r *rig) { r.keys(":") }},
	{"palette-typed", nil, func(r *rig) { r.keys(":"); r.write("chg4") }},
	{"filter", nil, func(r *rig) { r.keys("/"); r.write("pay") }},
	{"refused", nil, func(r *rig) { r.keys("j j A") }},
	{"high-risk", nil, func(r *rig) { r.keys("j A") }},
	{"approved", nil, func(r *rig) { r.keys("4 A enter"); r.tick(2 * time.Second) }},
	{"approved-later", nil, func(r *rig) { r.keys("4 A enter"); r.tick(30 * time.Second) }},
	{"undone", nil, func(r *rig) { r.keys("4 A enter U") }},
	{"store-down", func(h *house) { h.store = "STORE does not answer since 12:02:00Z · the disk is full" }, func(r *rig) { r.keys("A") }},
	{"not-built", nil, func(r *rig) { r.keys("9") }},
	{"no-such", nil, func(r *rig) { r.keys(":"); r.write("calandar"); r.keys("enter") }},
	{"leave", nil, func(r *rig) { r.keys("q") }},
	{"events", nil, func(r *rig) {
		r.h.happen("RO-734", release.Stop, "breaker tripped: 5xx 1.9% > 1.0%", -10*time.Second)
		r.h.happen("CHG-2", release.Caution, "k.ito withdrew identity 9.3.0", -5*time.Second)
		r.h.happen("CHG-2", release.Caution, "k.ito withdrew identity 9.3.1", -2*time.Second)
		r.changed()
	}},
}

func TestScreens(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		for _, s := range states {
			t.Run(s.name+"-"+size.name, func(t *testing.T) {
				h := newHouse()
				if s.house != nil {
					s.house(h)
				}
				r := newRig(t, h, Options{Width: size.w, Height: size.h})
				if s.keys != nil {
					s.keys(r)
				}
				golden(t, s.name+"-"+size.name, r.screen(t))
			})
		}
	}
}

func TestSmallScreens(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.send(tea.WindowSizeMsg{Width: 60, Height: 15})
	golden(t, "small-60x15", r.screen(t))
	r.keys("4")
	golden(t, "small-list-60x15", r.screen(t))
	r.keys("q")
	if r.quit {
		t.Fatal("q left the list and the session at once")
	}
	r.keys("q")
	if !r.quit {
		t.Fatal("q does not leave a screen that is too small")
	}
}

func TestASCIIScreens(t *testing.T) {
	r := newRig(t, newHouse(), Options{Tier: "ascii", Theme: "mono"})
	r.keys("A")
	golden(t, "approve-ascii-80x24", r.screen(t))
}

// What the shell lays over a view, in colours: the sequences themselves.
func TestScreensInColour(t *testing.T) {
	for name, keys := range map[string]func(*rig){
		"places":       func(r *rig) { r.keys("0") },
		"palette":      func(r *rig) { r.keys(":"); r.write("s") },
		"help":         func(r *rig) { r.keys("?") },
		"help-glyphs":  func(r *rig) { r.keys("? tab") },
		"help-time":    func(r *rig) { r.keys("? tab tab") },
		"help-levers":  func(r *rig) { r.keys("? tab tab tab") },
		"filter-wrong": func(r *rig) { r.keys("/"); r.write("risk>60 rigion:emea") },
	} {
		for _, theme := range []string{"dark", "light", "mono"} {
			r := newRig(t, newHouse(), Options{Theme: theme, Views: everythingReal()})
			keys(r)
			golden(t, name+"-80x24-"+theme+".ans", strings.ReplaceAll(r.s.View().Content, "\x1b", "\u241b")+"\n")
		}
	}
}

// everythingReal are all places, the queue that of this build.
func everythingReal() map[string]func(views.World, string) views.View {
	all := everything()
	for name, build := range places() {
		all[name] = build
	}
	return all
}
