package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release/simulation"
	"signalbox/themes"
)

// drilled is the house as a sandbox.
type drilled struct {
	*house
	state *simulation.State
}

func (d drilled) Simulation() *simulation.State { return d.state }

func drilledRig(t testing.TB, o Options) (*rig, *simulation.State) {
	t.Helper()
	h, st := newHouse(), &simulation.State{Scenario: "rain", Seed: 7, Speed: 4, Run: 1}
	for _, i := range h.items {
		i.Change.ID = simulation.Mark + i.Change.ID
	}
	if o.Views == nil {
		o.Views = lists()
	}
	if o.Width == 0 {
		o.Width, o.Height = 80, 24
	}
	if o.Start == nil {
		o.Start = []string{"queue"}
	}
	r := &rig{t: t, h: h, s: New(drilled{h, st}, o).(*shell)}
	r.run(r.s.Init())
	r.s.View()
	return r, st
}

// Under the rail a click finds the row that it is on.
func TestClickUnderTheRail(t *testing.T) {
	r, _ := drilledRig(t, Options{Views: places()})
	found := 0
	for y, l := range strings.Split(r.screen(t), "\n") {
		for _, i := range r.h.items {
			if !strings.Contains(l, i.Change.ID+" ") || y >= 10 {
				continue
			}
			r.send(tea.MouseClickMsg{X: 12, Y: y, Button: tea.MouseLeft})
			if got := r.s.top().view.Selection().ID; got != i.Change.ID {
				t.Errorf("a click on row %d, %s, selects %s", y, i.Change.ID, got)
			}
			found++
		}
	}
	if found < 4 {
		t.Errorf("only %d rows were clicked", found)
	}
}

// TestRail: whatever is on the screen, its third row is the rail and every row below begins with the edge or the
// cursor; the brand and the window's title say SANDBOX.
func TestRail(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tier := rapid.SampledFrom(themes.Tiers()).Draw(rt, "tier")
		build := lists()
		if rapid.Bool().Draw(rt, "real") {
			build = places()
		}
		r, st := drilledRig(t, Options{Views: build, Theme: rapid.SampledFrom(themes.Names()).Draw(rt, "theme"), Tier: tier,
			Width: rapid.IntRange(80, 240).Draw(rt, "w"), Height: rapid.IntRange(24, 70).Draw(rt, "h")})
		st.Paused = rapid.Bool().Draw(rt, "paused")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom([]string{"j", "k", "A", "R", "esc", "?", ":", "/", "t", "enter", "i", "a", "g f", "g z", "g q", "tab"}), 0, 12).Draw(rt, "keys") {
			r.keys(k)
		}
		whole(rt, r)
		if r.quit || r.s.tiny() {
			return
		}
		lines, _ := r.s.paint()
		edges := "░▌"
		if tier == "ascii" {
			edges = string(themes.ASCII.Glyph('░')) + string(themes.ASCII.Glyph('▌'))
		} else if tier == "narrow" {
			edges += string(themes.Narrow.Glyph('░')) + string(themes.Narrow.Glyph('▌'))
		}
		if rail := ansi.Strip(lines[2]); !strings.Contains(rail, "SANDBOX") || !strings.Contains(rail, "nothing here reaches production") {
			rt.Fatalf("the rail is %q", rail)
		}
		for y, l := range lines[3:] {
			if first := []rune(ansi.Strip(l))[0]; !strings.ContainsRune(edges, first) {
				rt.Fatalf("row %d begins with %q, not one of %q: %q", y+4, first, edges, ansi.Strip(l))
			}
		}
		if title := ansi.Strip(lines[0]); !strings.HasPrefix(title, " SIGNALBOX") || !strings.Contains(title, "SANDBOX") || !strings.HasPrefix(r.s.windowTitle(), "SANDBOX ") {
			rt.Fatalf("the titles are %q and %q", title, r.s.windowTitle())
		}
	})
}

// TestProductionHasNoRail: and no screen to steer from.
func TestProductionHasNoRail(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places()})
	lines, _ := r.s.paint()
	for y, l := range lines {
		if text := ansi.Strip(l); strings.HasPrefix(text, "░") || strings.Contains(text, "SANDBOX") {
			t.Errorf("row %d: %q", y+1, text)
		}
	}
	if _, ok := r.s.views["sandbox"]; ok {
		t.Error("there is a screen to steer from")
	}
	r.keys("g z")
	r.wants(t, r.ticker(t), "this is production, not a sandbox")
}

// TestSandboxTime: a clock that is sent ahead does not disarm levers, and one that begins anew is read on.
func TestSandboxTime(t *testing.T) {
	r, _ := drilledRig(t, Options{})
	r.tick(3 * time.Hour)
	r.keys("A")
	if r.s.sheet == nil {
		t.Errorf("A opened nothing: %s", r.ticker(t))
	}
	r.keys("esc")
	r.tick(-3 * time.Hour)
	if r.s.readAt.After(r.s.now) {
		t.Error("nothing was read after the clock began anew")
	}
}

// TestMarkedIDs: an id may be typed as in production; it is the sandbox's that is meant.
func TestMarkedIDs(t *testing.T) {
	for _, words := range [][]string{{"go", "CHG-2"}, {"go", "s-chg-2"}, {"change", "show", "2"}} {
		h, st := newHouse(), &simulation.State{}
		s := New(drilled{h, st}, Options{Views: lists(), Start: words, Width: 80, Height: 24}).(*shell)
		if id := s.top().open.ID; id != "s-CHG-2" {
			t.Errorf("%v opens %q", words, id)
		}
	}
	for words, want := range map[string]string{"go s-RO-21": "s-RO-21", "go RO-21": "s-RO-21", "rollout show s-RO-21": "s-RO-21", "rollout show 21": "s-RO-21", "go FRZ-1": "s-FRZ-1", "go s-frz-1": "s-FRZ-1",
		"go DL-3": "letter DL-3", "go s-DL-3": "letter DL-3"} {
		if !Opens(strings.Fields(words)) {
			t.Errorf("%s is no screen", words)
		}
		h, st := newHouse(), &simulation.State{}
		s := New(drilled{h, st}, Options{Views: places(), Start: strings.Fields(words), Width: 80, Height: 24}).(*shell)
		if id := s.top().open.ID; id != want {
			t.Errorf("%s opens %q", words, id)
		}
		for _, how := range []string{words, words[strings.LastIndexByte(words, ' ')+1:]} {
			if strings.HasSuffix(how, "21") && !strings.Contains(how, "RO") {
				continue // a bare number is a change
			}
			r, _ := drilledRig(t, Options{Views: places()})
			r.keys(":")
			r.write(how)
			r.keys("enter")
			if id := r.s.top().open.ID; id != want {
				t.Errorf("the palette with %s opens %q", how, id)
			}
		}
	}
	r, _ := drilledRig(t, Options{})
	r.keys(":")
	r.write("chg2")
	found := r.s.sheet.(*palette).shown
	if len(found) == 0 || found[0].name != "s-CHG-2" {
		t.Errorf("the palette finds %v", found)
	}
	r.send(tea.WindowSizeMsg{Width: 120, Height: 36})
	whole(r.t, r)
}

// TestRailSaysTheSpeed: while the clock stands still too, so that nobody is surprised when it goes on.
func TestRailSaysTheSpeed(t *testing.T) {
	r, st := drilledRig(t, Options{})
	r.wants(t, r.row(t, 2), " ×4 ░ seed 7 ░")
	st.Paused = true
	r.tick(time.Second)
	r.wants(t, r.row(t, 2), "paused ×4 ░ seed 7 ░")
	st.Speed, st.Seed = 120, 18446744073709551615
	r.tick(time.Second)
	r.wants(t, r.row(t, 2), "paused ×120 ░")
	if strings.Contains(r.row(t, 2), "1844") {
		t.Errorf("a part of a seed is none: %q", r.row(t, 2))
	}
}

// TestRailOfSmallScreens: a screen that is too small for the views has the rail and the edge as well.
func TestRailOfSmallScreens(t *testing.T) {
	for _, tier := range themes.Tiers() {
		for _, size := range [][2]int{{60, 15}, {79, 23}, {80, 10}, {30, 6}, {20, 3}, {12, 4}} {
			r, _ := drilledRig(t, Options{Tier: tier, Width: size[0], Height: size[1]})
			for _, key := range []string{"", "4"} {
				r.keys(key)
				lines, _ := r.s.paint()
				edge := "░"
				if tier == "ascii" {
					edge = string(themes.ASCII.Glyph('░'))
				} else if tier == "narrow" {
					edge = string(themes.Narrow.Glyph('░'))
				}
				if !strings.Contains(ansi.Strip(lines[0]), "SANDBOX") {
					t.Errorf("%v: the rail is %q", size, ansi.Strip(lines[0]))
				}
				for y, l := range lines {
					if text := ansi.Strip(l); !strings.HasPrefix(text, edge) || ansi.StringWidth(text) != size[0] {
						t.Errorf("%v: row %d is %q", size, y, text)
					}
				}
			}
		}
	}
}
