package board_test

import (
	"strings"
	"testing"
	"time"

	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/board"
	"signalbox/views/viewtest"
)

// strikes lets an alert of identity fire at the company's clock, moved on by d.
func strikes(c *viewtest.Company, d time.Duration) {
	c.At = c.At.Add(d)
	c.Fires = append(c.Fires, health.Alert{ID: "new", Name: "TokensRefused", Service: "identity", Environment: "production", Severity: "page", StartsAt: c.At})
}

func again(v views.View) views.View {
	v, _ = viewtest.Send(v, views.Refresh{})
	return v
}

// rowOf is the line of the body with a word in it, -1 for none.
func rowOf(v views.View, c *viewtest.Company, w, h int, word string) int {
	for y, l := range strings.Split(viewtest.Text(v, c.Frame(), w, h), "\n") {
		if strings.Contains(l, word) {
			return y
		}
	}
	return -1
}

// A wall that nobody touches shows the worst thing by itself, and no ghosts; while somebody presses keys it waits.
func TestWallSettlesAlone(t *testing.T) {
	c := viewtest.Estate()
	v := on(c, 200, 46)
	strikes(c, 5*time.Second)
	v = again(v)
	if y := rowOf(v, c, 200, 46, "identity TokensRefused"); y < 0 || y > rowOf(v, c, 200, 46, "▲ CHG-4193") {
		t.Fatalf("what stops is in row %d of the wall that nobody touches", y)
	}
	c.Fires = c.Fires[:len(c.Fires)-1]
	if v = again(v); rowOf(v, c, 200, 46, "TokensRefused") >= 0 || rowOf(v, c, 200, 46, "gone ") >= 0 {
		t.Error("what is gone stays on the wall")
	}

	v, _ = viewtest.Type(v, "j", "j", "j")
	at := v.Selection().ID
	strikes(c, 5*time.Second)
	if v = again(v); rowOf(v, c, 200, 46, "identity TokensRefused") >= 0 || rowOf(v, c, 200, 46, "+1 ■") < 0 {
		t.Error("a row moved while somebody reads the wall")
	}
	c.At = c.At.Add(time.Minute)
	if v = again(v); rowOf(v, c, 200, 46, "identity TokensRefused") < 0 || v.Selection().ID != at {
		t.Errorf("the wall does not settle once it is left alone, or %q is under the cursor, not %q", v.Selection().ID, at)
	}
}

// At a desk what stops comes in at once where it moves nothing that somebody put the cursor on, else it waits.
func TestStopComesIn(t *testing.T) {
	for _, x := range []struct {
		keys []string
		in   bool
	}{{nil, true}, {[]string{"j", "j", "j"}, false}} {
		c := viewtest.Estate()
		v, _ := viewtest.Type(viewtest.Open(board.New(c, ""), 120, 32), x.keys...)
		c.Fires = nil
		v = again(v)
		at := v.Selection().ID
		strikes(c, 5*time.Second)
		v = again(v)
		if v.Selection().ID != at {
			t.Errorf("%v: the cursor is on %s, not %s", x.keys, v.Selection().ID, at)
		}
		in, waits := rowOf(v, c, 120, 32, "identity Tokens") >= 0, rowOf(v, c, 120, 32, "+1 ■") >= 0
		if in != x.in || waits == x.in {
			t.Errorf("%v: in %v, waits %v", x.keys, in, waits)
		}
	}
}

// Panes that nobody looks through stand in the order of the newest snapshot.
func TestOtherPanesAreWorstFirst(t *testing.T) {
	c := viewtest.Estate()
	v, _ := viewtest.Type(viewtest.Open(board.New(c, ""), 120, 32), "j")
	if y, z := rowOf(v, c, 120, 32, "│ ● search"), rowOf(v, c, 120, 32, "│ ● identity"); y < 0 || y > z {
		t.Fatalf("search in row %d, identity in row %d", y, z)
	}
	strikes(c, 5*time.Second)
	v = again(v)
	if y, z := rowOf(v, c, 120, 32, "│ ■ identity"), rowOf(v, c, 120, 32, "│ ● search"); y < 0 || y > z {
		t.Errorf("identity in row %d although it stops, search in row %d", y, z)
	}
}

// On the strip the label of what has ended leaves the line of now alone, and what goes in and stops is on its lane.
func TestStripKeepsNowAndWhatStops(t *testing.T) {
	c := viewtest.Estate()
	for k := range 9 {
		o := c.Observed[0]
		o.ID, o.Service, o.Change, o.State = rollout.ID(int64(800+k)), "checkout-web", "", rollout.Failure
		o.StartedAt, o.UpdatedAt = c.At.Add(-40*time.Minute), c.At.Add(-30*time.Minute)
		c.Observed = append(c.Observed, o)
	}
	for _, s := range sizes {
		v := viewtest.Open(board.New(c, ""), s[0], s[1])
		lines := strings.Split(viewtest.Text(v, c.Frame(), s[0], s[1]), "\n")
		for _, l := range lines[:6] {
			if strings.Contains(l, "APAC") && !strings.Contains(l, "┃") {
				t.Errorf("%v: the line of now is gone: %s", s, l)
			}
			if strings.Contains(l, "EMEA") && !strings.Contains(l, "■ RO-734 checkout") {
				t.Errorf("%v: what goes in and stops is not on its lane: %s", s, l)
			}
		}
	}
}

// The wall cuts no version while there are regions to leave out.
func TestWallKeepsVersions(t *testing.T) {
	c := viewtest.Estate()
	if v := on(c, 200, 46); rowOf(v, c, 200, 46, "│ ■ RO-734 checkout-web 2026.47.1 ") < 0 {
		t.Error("the version of a rollout is cut on the wall")
	}
}
