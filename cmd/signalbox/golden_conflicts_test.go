package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"signalbox/release/verb"
)

// clashing is the busy house with times given to five changes, of which two are of one service and two of services
// next to each other, one stood in a freeze, and was moved out of it again.
func clashing(t *testing.T) *still {
	s := busy(t, "one")
	s.ship("identity", "9.3.2", "Accept the old keys for an hour more", "lpetrov", 514).push().merged(31, 2, "jruiz").check("unit", "success", "1,206 passed").deployed()
	for _, m := range [][3]string{{"CHG-9", "2026-11-24T16:00:00Z", "2h"}, {"CHG-8", "2026-11-27T08:00:00Z", "1h"}, {"CHG-3", "2026-11-24T14:30:00Z", "150m"}, {"CHG-4", "2026-11-24T13:00:00Z", "3h"}, {"CHG-6", "2026-11-24T14:00:00Z", "1h"}} {
		s.as("n.okafor", "move", m[0], "to", m[1], "for", m[2])
	}
	s.watched()
	s.until(24, "12:05:31")
	s.as("n.okafor", "move", "CHG-8", "to", "2026-12-02T09:00:00Z", "message", "after the peak weekend")
	s.watched()
	s.until(24, "12:06:31")
	return s
}

// TestGoldenConflicts: what the Conflicts screen shows of changes that were given times through the table of verbs.
func TestGoldenConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := clashing(t)
		s.connected()
		s.take(shot{"conflicts", nil, []string{"3"}}, shot{"conflicts-move", nil, []string{"3", "M"}}, shot{"conflicts-waive", nil, []string{"3", "]", "W"}}, shot{"conflicts-between", nil, []string{"3", "]", "]"}},
			shot{"conflicts-answer", nil, []string{"3", "E"}}, shot{"conflicts-settled", nil, []string{"3", "\x1b[F"}})
		s.colours(shot{"conflicts", nil, []string{"3"}})

		// One stored fact, changed: the case that it ends is settled, by whom is told, and the others stand.
		before := s.screenOf("conflicts")
		s.as("n.okafor", "move", "CHG-3", "to", "2026-12-01T09:00:00Z")
		s.watched()
		after := s.screenOf("conflicts")
		if before == after || !strings.Contains(after, "n.okafor moved CHG-3") {
			t.Errorf("after the move:\n%s", after)
		}
		// The same snapshot is the verb's text.
		lines := s.as("n.okafor", "conflicts", "").Lines
		for _, l := range lines[1:] {
			if id, _, _ := strings.Cut(l, " "); strings.HasPrefix(id, "CX-") && !strings.Contains(after, id) {
				t.Errorf("the screen lacks %q:\n%s", l, after)
			}
		}
		if a := s.as("n.okafor", "go", "CX-1"); !strings.HasPrefix(a.Lines[0], "CX-1 ") || a.Value == (verb.Answer{}).Value {
			t.Errorf("go CX-1 says %q", a.Lines)
		}
	})
}

func (s *still) screenOf(words ...string) string {
	s.t.Helper()
	g := s.open("n.okafor", "dark", 120, 36, words...)
	defer g.end()
	return g.cells().text()
}

// TestGoldenConflictsElse: while the forge is silent, to somebody who may not look, and of a store without anything.
func TestGoldenConflictsElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := clashing(t)
		s.connected()
		s.until(24, "13:20:05")
		time.Sleep(30 * time.Second)
		s.take(shot{"conflicts-dark", []string{"conflicts"}, nil}, shot{"conflicts-dark-move", []string{"conflicts"}, []string{"M"}})
		s.person("m.novak", "mnovak", nil)
		for _, size := range sizes {
			g := s.open("m.novak", "dark", size.w, size.h, "conflicts")
			s.keep("conflicts-refused-"+size.name, g)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(24, noon.Format(time.TimeOnly))
		s.take(shot{"conflicts-empty", []string{"conflicts"}, nil})
	})
}
