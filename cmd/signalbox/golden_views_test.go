package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"signalbox/release/access"
	"signalbox/themes"
)

// shot is a moment of a view: the words after ssh -t HOST, and keys.
type shot struct {
	name  string
	words []string
	keys  []string
}

// take keeps a moment at both sizes.
func (s *still) take(shots ...shot) {
	s.t.Helper()
	for _, m := range shots {
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h, m.words...)
			g.press(m.keys...)
			s.keep(m.name+"-"+size.name, g)
		}
	}
}

// colours keeps a moment in the colours of the dark theme, and weighs them.
func (s *still) colours(shots ...shot) {
	s.t.Helper()
	for _, m := range shots {
		g := s.open("n.okafor", "dark", 80, 24, m.words...)
		g.press(m.keys...)
		f := g.cells()
		g.end()
		golden(s.t, m.name+"-80x24-dark.ansi", f.ansi())
		s.weigh(m.name, f)
	}
}

// TestGoldenViewsInColour: each view once, in the colours of the dark theme; the themes themselves are held by the
// queue.
func TestGoldenViewsInColour(t *testing.T) {
	said, dir := listened(t, 17), objectives(t)
	synctest.Test(t, func(t *testing.T) {
		s := planned(t)
		s.colours(shot{"calendar", nil, []string{"2"}}, shot{"change", []string{"show", "CHG-4"}, nil}, shot{"graph", nil, []string{"5"}}, shot{"rollouts", nil, []string{"6"}},
			shot{"feeds", []string{"feeds"}, nil}, shot{"feeds-log", []string{"feeds", "github"}, []string{"\r"}})
		g := s.open("n.okafor", "cb-light", 80, 24)
		golden(t, "queue-80x24-cb-light.ansi", g.cells().ansi())
		g.end()
	})
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.promised(said, dir)
		s.colours(shot{"health", nil, []string{"7"}})
	})
	synctest.Test(t, func(t *testing.T) {
		s := simulated(t, 7, "")
		s.steer("sandbox jump", "+9m")
		g := s.open("guest", "dark", 80, 24)
		g.press("g", "z")
		golden(t, "sandbox-80x24-dark.ansi", g.cells().ansi())
		g.end()
	})
}

// TestGoldenDarkPages: what a change, its rollout and the feeds themselves show while the forge is silent.
func TestGoldenDarkPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.connected()
		s.until(24, "13:20:05")
		time.Sleep(30 * time.Second) // the calendars and the catalog, which are due too, are read again
		// The newest line of the ticker, since those that come back do so in any order.
		s.do(access.Actor{Name: "os:operator", Door: access.Local}, "person edit", []string{"j.ruiz"}, map[string][]string{"name": {"Jorge Ruiz"}})
		s.take(shot{"change-dark", []string{"show", "CHG-4"}, nil}, shot{"feeds-dark", []string{"feeds"}, nil}, shot{"feeds-log-dark", []string{"feeds", "github"}, []string{"\r"}})
	})
}

// TestGoldenNothingThere: a store in which nothing was ever said, and ids of which it knows nothing.
func TestGoldenNothingThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		s.take(shot{"change-empty", []string{"show", "CHG-404"}, nil}, shot{"rollout-empty", []string{"go", "RO-404"}, nil}, shot{"feeds-empty", []string{"feeds"}, nil})
	})
}

// TestGoldenRefused: somebody without a role sees nothing of any view, and is told which role would show it.
func TestGoldenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		s.connected()
		s.person("m.novak", "mnovak", nil)
		for _, m := range []shot{{"board", []string{"board"}, nil}, {"queue", []string{"queue"}, nil}, {"calendar", []string{"calendar"}, nil}, {"graph", []string{"graph"}, nil}, {"rollouts", []string{"rollout"}, nil},
			{"health", []string{"queue"}, []string{"7"}}, {"feeds", []string{"feeds"}, nil}, {"change", []string{"show", "CHG-4"}, nil}, {"rollout", []string{"go", "RO-1"}, nil}} {
			for _, size := range sizes {
				g := s.open("m.novak", "dark", size.w, size.h, m.words...)
				g.press(m.keys...)
				s.keep(m.name+"-refused-"+size.name, g)
			}
		}
	})
}

// TestEveryViewHasItsGoldens lists what is held of each view: as it is on a busy day, while what it rests on is
// silent, to who may not look, and of a store without anything; once in colour; and once in each theme.
func TestEveryViewHasItsGoldens(t *testing.T) {
	var want []string
	for _, v := range []struct{ busy, dark, refused, empty string }{
		{"board", "board-dark", "board-refused", "board-fresh"}, {"calendar", "calendar-dark", "calendar-refused", "calendar-empty"}, {"queue", "dark", "queue-refused", "empty"},
		{"change", "change-dark", "change-refused", "change-empty"}, {"graph", "graph-dark", "graph-refused", "graph-empty"}, {"rollouts", "rollouts-dark", "rollouts-refused", "rollouts-empty"},
		{"rollout", "rollout-dark", "rollout-refused", "rollout-empty"}, {"health", "health-dark", "health-refused", "health-empty"}, {"feeds", "feeds-dark", "feeds-refused", "feeds-empty"},
		{"conflicts", "conflicts-dark", "conflicts-refused", "conflicts-empty"},
		// A sandbox is never empty; in this one a feed is dark, and a viewer may steer nothing.
		{"sandbox", "sandbox", "sandbox-viewer", "sandbox"},
	} {
		for _, size := range sizes {
			for _, name := range []string{v.busy, v.dark, v.refused, v.empty} {
				want = append(want, name+"-"+size.name+".txt")
			}
		}
	}
	want = append(want, "board-200x50.txt", "rollout-120x36-dark.ansi")
	for _, v := range []string{"board", "calendar", "queue", "change", "graph", "rollouts", "health", "conflicts", "feeds", "sandbox"} {
		want = append(want, v+"-80x24-dark.ansi")
	}
	for _, theme := range themes.Names() {
		want = append(want, "queue-80x24-"+theme+".ansi")
	}
	for _, name := range want {
		if _, err := os.Stat(filepath.Join("testdata", "golden", name)); err != nil {
			t.Error(err)
		}
	}
}
