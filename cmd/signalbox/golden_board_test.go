package main

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestGoldenBoard: the first screen of a session, of a store with and without what a company connects, and of one
// in which nothing has spoken yet.
func TestGoldenBoard(t *testing.T) {
	all := slices.Concat(sizes, []struct {
		name string
		w, h int
	}{{"200x50", 200, 50}})
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		for _, size := range all {
			s.keep("board-"+size.name, s.open("n.okafor", "dark", size.w, size.h, "wall"))
		}
		for _, theme := range []string{"dark", "16", "mono"} {
			g := s.open("n.okafor", theme, 80, 24, "board")
			golden(t, "board-80x24-"+theme+".ansi", g.cells().ansi())
			g.end()
		}
		s.connected()
		for _, size := range all {
			s.keep("board-connected-"+size.name, s.open("n.okafor", "dark", size.w, size.h, "board"))
		}
		s.until(24, "13:20:05") // the forge promised a word every 20 minutes
		for _, size := range sizes {
			s.keep("board-dark-"+size.name, s.open("n.okafor", "dark", size.w, size.h, "board"))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", true)
		s.until(23, "08:10:00")
		for _, size := range sizes {
			s.keep("board-fresh-"+size.name, s.open("n.okafor", "dark", size.w, size.h, "board"))
		}
	})
}

// TestGoldenBoardClear: nothing needs anybody, and the screen is grey: at most 6 % of its cells have a hue.
func TestGoldenBoardClear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStill(t, "one", false)
		s.until(24, "11:40:00")
		s.ship("notify-svc", "3.8.2", "Retry the mail relay with a longer pause", "lpetrov", 190).push().merged(75, 5, "kito").check("unit", "success", "540 passed").deployed()
		s.until(24, "11:52:00")
		s.as("p.lind", "approve", "CHG-1", "message", "read it, the rollback is rehearsed")
		s.until(24, noon.Format(time.TimeOnly))
		for _, size := range sizes {
			g := s.open("n.okafor", "dark", size.w, size.h, "board")
			if share := g.cells().hue(); share > 6 {
				t.Errorf("%.1f %% of an all-clear board have a hue, and 6 %% may", share)
			}
			s.keep("board-clear-"+size.name, g)
		}
	})
}

// TestBoardCountsWhatTheAlarmLineCounts: one rule makes both, and an act on a row of the board is seen in both.
func TestBoardCountsWhatTheAlarmLineCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		g := s.open("n.okafor", "dark", 120, 36, "board")
		before := g.cells()
		if y, _ := before.find("■ 2 STOP   ▲ 1 CAUTION", "■ 2 STOP"); y != 1 {
			t.Fatalf("the alarm line is not of three rows:\n%s", before.text())
		}
		if y, _ := before.find("ACT NOW 4", "ACT NOW 4"); y < 0 {
			t.Errorf("the board does not count those and the freeze in force:\n%s", before.text())
		}
		g.press("j", "j", "A", "\r") // the emergency is the third row, and n.okafor the first of two
		s.connected()                // an alert, and a letter that was not understood
		time.Sleep(6 * time.Second)
		g.settle()
		after := g.cells()
		for _, want := range []string{"■ 3 STOP   ▲ 2 CAUTION", "ACT NOW 4 +2 ■"} {
			if y, _ := after.find(want, want); y < 0 {
				t.Errorf("%q is not on\n%s", want, after.text())
			}
		}
		if y, _ := after.find("▲ CHG-9 ", "1/2 57M"); y < 0 {
			t.Errorf("the approval is not seen:\n%s", after.text())
		}
		answer := s.as("n.okafor", "board", "")
		if head := answer.Lines[0]; head != "ACT NOW 6: 3 stop, 2 caution, 0 escalated" {
			t.Errorf("the verb says %q", head)
		}
		if whole := strings.Join(answer.Lines, "\n"); !strings.Contains(whole, "payments-api HighErrorRate") || !strings.Contains(whole, "WHAT CHANGED") {
			t.Errorf("the verb prints\n%s", whole)
		}
	})
}

// TestOneFactOnTheBoard changes one stored fact under a board: the cells that show it change, and no other.
func TestOneFactOnTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := busy(t, "one")
		g := s.open("n.okafor", "dark", 80, 24, "board")
		before := g.cells()
		s.ships["search"].merged(1200, 1, "jruiz") // more than 1000 lines: 4 points of risk
		g.settle()
		after := g.cells()
		y, x := before.find(" CHG-5 ", "40M")
		ay, ax := after.find(" CHG-5 ", "44M")
		if y < 0 || ay != y || ax != x {
			t.Fatalf("the risk of CHG-5 stood in row %d and stands in row %d:\n%s\n%s", y, ay, before.text(), after.text())
		}
		fed, _ := before.find("github", "github 2m21s") // the feed that told of it is young again
		for _, d := range before.differs(after) {
			if d[0] != fed && (d[0] != y || d[1] < x && before[d[0]][d[1]].Content != after[d[0]][d[1]].Content) {
				t.Errorf("row %d column %d changed from %q to %q", d[0]+1, d[1]+1, before[d[0]][d[1]].Content, after[d[0]][d[1]].Content)
			}
		}
	})
}
