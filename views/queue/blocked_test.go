package queue_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/views/queue"
	"signalbox/views/viewtest"
)

// A freeze shows in every row that it holds up, is counted with what is blocked and said once.
func TestAFreezeShowsInTheList(t *testing.T) {
	c := viewtest.Story()
	v := viewtest.Open(queue.New(c), 120, 40)
	if text := viewtest.Text(v, c.Frame(), 120, 40); strings.Contains(text, "FRZ") || !strings.Contains(text, "blocked 2") {
		t.Fatalf("without a freeze:\n%s", text)
	}
	c.Freezes = []calendar.Freeze{{ID: "FRZ-1", Kind: calendar.HardFreeze, Scope: access.Org, Reason: "quarter end",
		Interval: calendar.Interval{From: viewtest.Noon.Add(-time.Hour), To: viewtest.Noon.Add(time.Hour)}}}
	v = refresh(v)
	text := viewtest.Text(v, c.Frame(), 120, 40)
	if n := strings.Count(text, " FRZ│"); n != 6 {
		t.Errorf("%d rows are frozen, want 6:\n%s", n, text)
	}
	if !strings.Contains(text, "blocked 8") || strings.Count(text, "a freeze is in force") != 1 {
		t.Errorf("the freeze is not counted, or not said once:\n%s", text)
	}
	if first, last := strings.Index(text, "■ 4190 separation"), strings.Index(text, "a freeze is in force"); first < 0 || first > last {
		t.Errorf("what nobody may approve does not come first:\n%s", text)
	}
}

// What was decided is said calmly: no lock, no count of rows that wait no more, and no other row moves.
func TestADecidedRowIsCalm(t *testing.T) {
	for _, size := range [][2]int{{80, 30}, {120, 40}} {
		c := viewtest.Story()
		v := on(t, c, "CHG-4195", size[0], size[1])
		before := line(v, c, "CHG-4182")
		c.Decide("CHG-4195", "p.lind", change.Approve, "rollback was rehearsed on Monday", viewtest.Noon)
		v = refresh(v)
		text := viewtest.Text(v, c.Frame(), size[0], size[1])
		if strings.Contains(text, "  LOCKED ") || strings.Contains(text, "change show") || !strings.Contains(text, "● authorised · it may go in until ") {
			t.Errorf("%v: a decided change reads\n%s", size, text)
		}
		if size[0] == 120 && !strings.Contains(text, "━━ QUEUE 7 ━") {
			t.Errorf("the title counts rows that wait no more:\n%s", text)
		}
		if size[0] == 80 {
			if after := line(v, c, "CHG-4182"); after != before {
				t.Errorf("another row moved from %q to %q", before, after)
			}
		}
	}
}
