package tui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// A beat of the clock paints the rows around the body as painting all would, and no others unless the body writes
// seconds.
func TestABeatPaintsTheClocks(t *testing.T) {
	for _, view := range []string{"queue", "board", "calendar", "health", "rollouts", "graph", "conflicts"} {
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
			r := newRig(t, newHouse(), Options{Views: places(), Start: []string{view}, Width: size[0], Height: size[1]})
			beats, part := r.s.still.beats, 0
			for range 9 {
				r.h.pass(time.Second)
				was := strings.Split(r.s.View().Content, "\n")
				_, _ = r.s.Update(tickMsg{})
				alone := r.s.dirty == clocks
				got := strings.Split(r.s.View().Content, "\n")
				r.s.dirty = screen
				want := strings.Split(r.s.View().Content, "\n")
				for y := range got {
					around := y < 2 || y >= len(got)-2
					if around && got[y] != want[y] || !around && alone && got[y] != was[y] || !alone && got[y] != want[y] {
						t.Fatalf("%s at %v, row %d: a beat left\n%s\nwhere a painting makes\n%s", view, size, y, got[y], want[y])
					}
				}
				if alone {
					part++
				}
			}
			if !beats && part == 0 {
				t.Errorf("%s at %v writes no seconds and was painted whole at every beat", view, size)
			}
		}
	}
}

// One change is painted once, when all that was read because of it has come.
func TestOneChangeIsPaintedOnce(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places(), Start: []string{"queue"}, Width: 120, Height: 36})
	r.h.touch("CHG-4", func(i *itemOf) { i.Change.Version = "9.9.9" })
	painted, before := 0, r.s.View().Content
	var answer func(tea.Msg)
	answer = func(msg tea.Msg) {
		if list, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range list {
				if cmd != nil {
					answer(cmd())
				}
			}
			return
		}
		if msg == nil {
			return
		}
		_, cmd := r.s.Update(msg)
		if now := r.s.View().Content; now != before {
			painted, before = painted+1, now
		}
		if cmd != nil {
			if _, over := msg.(settledMsg); !over {
				answer(cmd())
			}
		}
	}
	answer(r.s.refresh()())
	if !strings.Contains(before, "9.9.9") || painted != 1 {
		t.Errorf("the change was painted %d times", painted)
	}
}

// A screen does not wait longer than settle for an answer that does not come.
func TestAScreenDoesNotWaitForASlowReading(t *testing.T) {
	r := newRig(t, newHouse(), Options{Views: places(), Start: []string{"queue"}, Width: 120, Height: 36})
	r.h.happen("CHG-1", "go", "something happened just now", 0)
	r.s.refresh() // the queue's own reading never ends
	_, _ = r.s.Update(readAlarm(r.h)())
	if strings.Contains(r.s.View().Content, "something happened just now") {
		t.Fatal("it was painted before the other answer came")
	}
	_, _ = r.s.Update(settledMsg{})
	if !strings.Contains(r.s.View().Content, "something happened just now") {
		t.Error("it waits for ever")
	}
	was := r.s.View().Content
	_, _ = r.s.Update(press("j"))
	if r.s.View().Content == was {
		t.Error("a key waits")
	}
}
