package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/conflict"
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

// TestConflictsOnTheBoard: each case that wants somebody is a row, and the alarm line counts the rows; what a lever is
// told to act on is the case as it was seen.
func TestConflictsOnTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := clashing(t)
		count := func() (rows int) {
			t.Helper()
			page, err := s.control.Board(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			stop, caution, escalated := board.Count(page.Act)
			a, err := s.control.Alarm(t.Context())
			if err != nil || a.Stop != stop || a.Caution != caution || a.Escalated != escalated {
				t.Errorf("the alarm line counts %d %d %d, the rows are %d %d %d; %v", a.Stop, a.Caution, a.Escalated, stop, caution, escalated, err)
			}
			d, err := s.control.Docket(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wants := 0
			for k := range d.Standing {
				if d.Standing[k].Wants(s.now()) {
					wants++
				}
			}
			for _, r := range page.Act {
				if r.Kind == board.ConflictRow {
					rows++
				}
			}
			if rows != wants || rows == 0 {
				t.Errorf("%d rows of conflicts, and %d want somebody", rows, wants)
			}
			return rows
		}
		before := count()
		d, _ := s.control.Docket(t.Context())
		i := slices.IndexFunc(d.Standing, func(k conflict.Case) bool { return k.Kind == conflict.LeadTime })
		k := d.Standing[i]
		s.as("n.okafor", "waive", k.ID, "message", "the teams sit together and watch it")
		s.watched()
		if after := count(); after != before-1 {
			t.Errorf("after a waiver %d rows of %d", after, before)
		}
		do := func(name string, seen int64, flags map[string][]string) error {
			_, err := s.control.Do(t.Context(), verb.Call{Verb: name, Actor: s.actor("n.okafor"), Args: []string{k.ID}, Flags: flags, Seen: seen})
			return err
		}
		to := map[string][]string{"to": {"2026-12-03T09:00:00Z"}}
		if err := do("move", k.Revision, to); release.CodeOf(err) != release.Changed {
			t.Errorf("a move on what was seen before the waiver: %v", err)
		}
		if err := do("move", k.Revision+1, to); err != nil {
			t.Errorf("a move on what is there: %v", err)
		}
		s.watched()
		if err := do("move", 0, to); release.CodeOf(err) != release.Refused {
			t.Errorf("a move of a case that is settled: %v", err)
		}
		page, _ := s.control.Span(t.Context(), noon.AddDate(0, 0, -1), noon.AddDate(0, 0, 9))
		crossed := 0
		for n := range page.Items {
			crossed += len(page.Items[n].Clashes)
		}
		if crossed == 0 {
			t.Error("nothing on the calendar is in conflict")
		}
		names, _ := s.control.Names(t.Context())
		if now, _ := s.control.Docket(t.Context()); len(names.Of("conflict")) != len(now.Standing) {
			t.Errorf("%d names of %d cases", len(names.Of("conflict")), len(now.Standing))
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
