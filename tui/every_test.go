package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/simulation"
	"signalbox/themes"
	"signalbox/views"
	"signalbox/views/viewtest"
)

// furnished are the places of this build, with what a page is opened on: the company whose facts fill it, and that
// company with what it rests on silent.
var furnished = map[string]struct{ busy, dark func() *viewtest.Company }{
	"board":               {viewtest.Estate, viewtest.Unlit},
	"calendar":            {viewtest.Week, viewtest.DarkCalendar},
	"conflicts":           {viewtest.Clashing, darkened(viewtest.Clashing)},
	"queue":               {viewtest.Story, viewtest.Dark},
	"change CHG-4182":     {viewtest.Story, viewtest.Dark},
	"graph checkout-web":  {viewtest.Meshed, darkened(viewtest.Meshed)},
	"rollouts":            {viewtest.Rolling, viewtest.Blind},
	"rollout RO-734":      {viewtest.Rolling, viewtest.Blind},
	"health":              {viewtest.Measured, darkened(viewtest.Measured)},
	"feeds":               {viewtest.Wired, darkened(viewtest.Wired)},
	"feed log github":     {viewtest.Wired, darkened(viewtest.Wired)},
	"feed letter DL-12":   {viewtest.Wired, darkened(viewtest.Wired)},
	"feed message OUT-31": {viewtest.Wired, darkened(viewtest.Wired)},
	"feed connect":        {viewtest.Wired, darkened(viewtest.Wired)},
	"sandbox":             {viewtest.Story, viewtest.Dark},
}

// darkened is a company all of whose feeds have been silent for a day.
func darkened(build func() *viewtest.Company) func() *viewtest.Company {
	return func() *viewtest.Company {
		c := build()
		silent := func(f *feed.Status) {
			f.LastGood, f.ExpectEvery = c.At.AddDate(0, 0, -1), time.Minute
		}
		for k := range c.Connected {
			silent(&c.Connected[k])
		}
		for k := range c.Vital.Monitors {
			silent(&c.Vital.Monitors[k])
		}
		for k := range c.Lines {
			silent(&c.Lines[k].Status)
		}
		return c
	}
}

// trained is a company as a sandbox, whose story and injects may have hostile names too.
type trained struct {
	*viewtest.Company
	state *simulation.State
}

func (d trained) Simulation() *simulation.State { return d.state }

func training(text func() string) *simulation.State {
	s := &simulation.State{Scenario: "rain", Title: text(), Brief: text(), Level: 1, Length: 10 * time.Minute, Seed: 7, Run: 1, Speed: 4, Start: noon.Add(-time.Hour), Now: noon}
	for n := range 9 {
		s.Steps = append(s.Steps, simulation.Step{At: noon.Add(time.Duration(n-4) * time.Minute), Text: text(), Done: n < 4, By: text()})
		s.Injects = append(s.Injects, simulation.Inject{Name: fmt.Sprintf("inject-%d", n), Short: text(), Target: text()})
		s.Scenarios = append(s.Scenarios, simulation.Scenario{Name: fmt.Sprintf("story-%d", n), Title: text(), Level: 2, Length: time.Hour, Running: n == 0})
	}
	return s
}

// circumstances in which a place may be opened.
var circumstances = []string{"busy", "empty", "dark", "refused", "hostile"}

// scene is one place in one circumstance.
type scene struct {
	place, how string
	company    *viewtest.Company
	state      *simulation.State // nil in production
}

func (s scene) world() views.World {
	if s.state == nil {
		return s.company
	}
	return trained{s.company, s.state}
}

// stage builds a scene; t draws the texts of a hostile one.
func stage(t *rapid.T, place, how string, sandbox bool) scene {
	f, s := furnished[place], scene{place: place, how: how}
	text := func() string { return "the cart loses a line" }
	switch how {
	case "empty":
		s.company = viewtest.Empty()
	case "dark":
		s.company = f.dark()
	default:
		s.company = f.busy()
	}
	if how == "hostile" {
		text = func() string { return viewtest.Hostile().Draw(t, "text") }
		s.company.Spoil(t)
		s.company.SpoilBoard(t)
		s.company.SpoilFeeds(t)
		s.company.SpoilHealth(t)
		s.company.SpoilRollouts(t)
		s.company.SpoilCalendar(text)
		s.company.SpoilConflicts(t)
	}
	if how == "refused" {
		s.company.Down = release.Errorf(release.Refused, "%s may not look at this", s.company.Who).Advise("ask an admin for a role that reads")
	}
	if sandbox || place == "sandbox" {
		s.state = training(text)
	}
	return s
}

func (s scene) rig(t testing.TB, theme, tier string, w, h int) *rig {
	model := New(s.world(), Options{Views: places(), Theme: theme, Tier: tier, Width: w, Height: h, Start: []string{"queue"}}).(*shell)
	r := &rig{t: t, s: model}
	r.run(model.Init())
	place, id, _ := strings.Cut(s.place, " ")
	r.run(model.openPage(place, id))
	model.View()
	return r
}

// clean checks that nothing is painted but text and the sequences by which a theme colours it and links it.
func clean(t interface{ Fatalf(string, ...any) }, r *rig, theme string) {
	lines, _ := r.s.paint()
	for y, l := range lines {
		if !utf8.ValidString(l) {
			t.Fatalf("line %d is no UTF-8: %q", y, l)
		}
		for rest, state := l, byte(0); rest != ""; {
			seq, _, n, next := ansi.DecodeSequence(rest, state, nil)
			rest, state = rest[n:], next
			if seq[0] == '\x1b' {
				colour := strings.HasPrefix(seq, "\x1b[") && strings.HasSuffix(seq, "m")
				if !colour && !strings.HasPrefix(seq, "\x1b]8;") || theme != "16" && seq == "\x1b[31m" {
					t.Fatalf("line %d holds the sequence %q: %q", y, seq, l)
				}
				continue
			}
			for _, c := range seq {
				if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
					t.Fatalf("line %d holds %U: %q", y, c, l)
				}
			}
		}
	}
	if c := r.s.windowTitle(); strings.ContainsFunc(c, unicode.IsControl) {
		t.Fatalf("the window's title is %q", c)
	}
}

// TestEveryPlaceIsFurnished: a place that is added has a company with data in it, or it is not proved.
func TestEveryPlaceIsFurnished(t *testing.T) {
	have := map[string]bool{}
	for place := range furnished {
		name, _, _ := strings.Cut(place, " ")
		have[name] = true
	}
	if have, want := slices.Sorted(maps.Keys(have)), slices.Sorted(maps.Keys(places())); !slices.Equal(have, want) {
		t.Fatalf("there is data for %v; the places are %v", have, want)
	}
}

// TestEveryPlaceInEveryCircumstance opens each place in each circumstance, in production and as a sandbox, at the
// least size, at the usual one, on a wall and on an odd one; the themes and the tiers take turns, so that every
// place is seen in each of them.
func TestEveryPlaceInEveryCircumstance(t *testing.T) {
	sizes := [][2]int{{80, 24}, {120, 36}, {200, 50}, {240, 70}, {131, 25}}
	n := 0
	for _, place := range slices.Sorted(maps.Keys(furnished)) {
		for _, how := range circumstances {
			for k, size := range sizes {
				if testing.Short() && k > 1 {
					continue
				}
				n++
				theme, tier := themes.Names()[n%len(themes.Names())], themes.Tiers()[n%len(themes.Tiers())]
				s := rapid.Custom(func(t *rapid.T) scene {
					rapid.Bool().Draw(t, "nothing") // a generator has to draw
					return stage(t, place, how, k%2 == 1)
				}).Example(n)
				t.Run(fmt.Sprintf("%s-%s-%dx%d-%s-%s", place, how, size[0], size[1], theme, tier), func(t *testing.T) {
					r := s.rig(t, theme, tier, size[0], size[1])
					if o := r.s.top().open; strings.TrimSpace(o.View+" "+o.ID) != place {
						t.Fatalf("%+v is on the screen", o)
					}
					said := map[string]string{"busy": "", "refused": "not shown to you"}[how]
					if place == "feed connect" || place == "sandbox" { // these show nothing that is read
						said = ""
					}
					if text := r.screen(t); !strings.Contains(text, said) || how == "busy" && strings.Contains(text, "not among") {
						t.Errorf("%q is not on\n%s", said, text)
					}
					whole(t, r)
					clean(t, r, theme)
					for _, keys := range []string{"end", "ctrl+d", "home", "j j", "tab", "?"} { // the last covers all of it
						r.keys(keys)
						whole(t, r)
						clean(t, r, theme)
					}
				})
			}
		}
	}
}

// TestEveryPlaceAtAnySize draws the place, the circumstance, the size, the theme, the tier and the keys.
func TestEveryPlaceAtAnySize(t *testing.T) {
	if testing.Short() {
		t.Skip("TestEveryPlaceInEveryCircumstance opens them all")
	}
	keys := []string{"j", "k", "j", "k", "tab", "end", "home", "ctrl+d", "ctrl+u", "enter", "esc", "s", "v", "]", "[", ".", "z", "i", "g f", "g c", "g d", "1", "3", "4", "5", "6", "7", "A", "R", "Z", "M", "W", "E", "?", ":", "/", "0", "n"}
	rapid.Check(t, func(rt *rapid.T) {
		place, how := rapid.SampledFrom(slices.Sorted(maps.Keys(furnished))).Draw(rt, "place"), rapid.SampledFrom(circumstances).Draw(rt, "how")
		theme, tier := rapid.SampledFrom(themes.Names()).Draw(rt, "theme"), rapid.SampledFrom(themes.Tiers()).Draw(rt, "tier")
		r := stage(rt, place, how, rapid.Bool().Draw(rt, "sandbox")).rig(t, theme, tier, rapid.IntRange(80, 240).Draw(rt, "w"), rapid.IntRange(24, 70).Draw(rt, "h"))
		whole(rt, r)
		clean(rt, r, theme)
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 8).Draw(rt, "keys") {
			r.keys(k)
		}
		if r.quit {
			return
		}
		whole(rt, r)
		clean(rt, r, theme)
		r.send(tea.WindowSizeMsg{Width: rapid.IntRange(80, 240).Draw(rt, "w2"), Height: rapid.IntRange(24, 70).Draw(rt, "h2")})
		whole(rt, r)
		clean(rt, r, theme)
	})
}
