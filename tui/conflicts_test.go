package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/conflict"
	"signalbox/release/verb"
	"signalbox/views/viewtest"
)

// recorded is a company that writes down what it is asked to do, and answers with err.
type recorded struct {
	*viewtest.Company
	calls []verb.Call
	err   error
}

func (c *recorded) Do(_ context.Context, call verb.Call) (verb.Answer, error) {
	c.calls = append(c.calls, call)
	return verb.Answer{Lines: []string{"done"}, Seq: 7}, c.err
}

// settling opens the conflicts as a person.
func settling(t testing.TB, who access.PersonID, w, h int) (*recorded, *rig) {
	c := &recorded{Company: viewtest.Clashing()}
	c.Who = who
	return c, newRigIn(t, c, Options{Views: places(), Width: w, Height: h, Start: []string{"conflicts"}})
}

// M ⏎ moves the change that should yield to the first slot that was painted; 2 takes the second.
func TestMoveASlot(t *testing.T) {
	for keys, slot := range map[string]int{"M enter": 0, "M 2 enter": 1, "M j j enter": 2, "M 5 k enter": 3} {
		c, r := settling(t, "c.wu", 80, 24)
		sel := r.s.top().view.Selection()
		r.keys(keys)
		if len(c.calls) != 1 {
			t.Fatalf("%s asked for %d acts:\n%s", keys, len(c.calls), r.screen(t))
		}
		call := c.calls[0]
		want := sel.Brief.Search.Slots[slot].From.Format(time.RFC3339Nano)
		if call.Verb != "move" || call.Arg(0) != sel.ID || call.Seen != sel.Revision || call.Flag("to") != want || !strings.Contains(call.Flag("message"), sel.ID) || call.Flag("slot") != "" {
			t.Errorf("%s asks %+v, want a move of %s to %s", keys, call, sel.ID, want)
		}
		if r.s.sheet != nil {
			t.Errorf("%s: the sheet stays", keys)
		}
	}
	c, r := settling(t, "c.wu", 80, 24)
	r.keys("M i")
	r.write("+9h")
	r.keys("enter")
	if len(c.calls) != 1 || c.calls[0].Flag("to") != c.At.Add(9*time.Hour).Format(time.RFC3339Nano) {
		t.Errorf("a time of one's own asks %+v", c.calls)
	}
	c, r = settling(t, "c.wu", 80, 24)
	r.keys("M i")
	r.write("tomorrow")
	r.keys("enter esc")
	if len(c.calls) != 0 || r.s.sheet != nil {
		t.Errorf("a word that is no time asks %+v", c.calls)
	}
}

// Where a feed is dark no slot is certain: ⏎ alone moves nothing.
func TestNoSlotIsTakenUnaskedInTheDark(t *testing.T) {
	c, r := settling(t, "c.wu", 80, 24)
	c.Connected[1].LastGood = c.At.Add(-time.Hour)
	r.s.alarmed = false
	r = newRigIn(t, c, Options{Views: places(), Start: []string{"conflicts"}})
	r.wants(t, r.screen(t), "gitlab DARK", "no slot is certain", "clear when last heard")
	r.keys("M enter")
	if len(c.calls) != 0 {
		t.Fatalf("it asked %+v", c.calls)
	}
	r.wants(t, r.screen(t), "choose a slot: 1 to 5, or i")
	r.keys("1 enter")
	if len(c.calls) != 1 {
		t.Errorf("a slot that was chosen is not moved to:\n%s", r.screen(t))
	}
}

// A waiver takes own words: 20 characters of a soft one, 30 of a hard one; a second person adds none.
func TestWaiveASoftAndAHardOne(t *testing.T) {
	c, r := settling(t, "c.wu", 120, 36)
	r.keys("W")
	r.wants(t, r.ticker(t), "a freeze is not waived for one change")
	r.keys("j W")
	r.wants(t, r.screen(t), "WAIVE CX-91", "0/30", "a second person waives it within 15m")
	r.write("twenty five characters ok")
	r.keys("enter")
	if len(c.calls) != 0 {
		t.Fatalf("25 characters of 30: %+v", c.calls)
	}
	r.write(", and more")
	r.keys("tab")
	r.write("+6h")
	r.keys("enter")
	if len(c.calls) != 1 || c.calls[0].Verb != "waive" || c.calls[0].Arg(0) != "CX-91" || c.calls[0].Seen != 1 || c.calls[0].Flag("until") != c.At.Add(6*time.Hour).Format(time.RFC3339Nano) || c.calls[0].Flag("message") != "twenty five characters ok, and more" {
		t.Errorf("it asked %+v", c.calls)
	}

	c, r = settling(t, "s.tan", 120, 36)
	key := ""
	d, _ := c.Conflicts(t.Context())
	for _, k := range d.Standing {
		if k.ID == "CX-91" {
			key = k.Key
		}
	}
	c.Judged = map[string]conflict.Case{key: {Revision: 4, State: conflict.Open, RaisedAt: c.At, AskedAt: c.At, Waiver: &conflict.Waiver{By: "c.wu", At: c.At.Add(-time.Minute), Until: c.At.Add(6 * time.Hour), Reason: "both teams sit together and watch it"}}}
	r = newRigIn(t, c, Options{Views: places(), Width: 120, Height: 36, Start: []string{"go", "CX-91"}})
	r.keys("W")
	r.wants(t, r.screen(t), "Asked by", "c.wu", "you are the second")
	r.keys("enter")
	if len(c.calls) != 1 || c.calls[0].Seen != 4 || c.calls[0].Flag("message") != "" {
		t.Errorf("the second person asked %+v", c.calls)
	}
}

// E answers a case that asks the person, and else asks the next on its path; neither fires without ⏎.
func TestEscalateOrAnswer(t *testing.T) {
	for who, want := range map[access.PersonID]string{"c.wu": "answer", "s.tan": "escalate"} {
		c, r := settling(t, who, 80, 24)
		r.wants(t, r.hintRow(t), "E "+want)
		r.keys("E")
		if len(c.calls) != 0 {
			t.Fatalf("E alone asked %+v", c.calls)
		}
		r.wants(t, r.screen(t), strings.ToUpper(want)+" CX-88")
		r.keys("enter")
		if len(c.calls) != 1 || c.calls[0].Verb != want || c.calls[0].Arg(0) != "CX-88" || c.calls[0].Seen != 1 {
			t.Errorf("%s asked %+v", who, c.calls)
		}
	}
	c, r := settling(t, "v.ng", 80, 24)
	r.keys("M E W")
	if len(c.calls) != 0 || r.s.sheet != nil {
		t.Errorf("somebody who only looks opened a sheet")
	}
	if row := r.hintRow(t); strings.Contains(row, "M move") || strings.Contains(row, "E ") {
		t.Errorf("their hints are %q", row)
	}
}

// A case that became another under the sheet disarms it; one that is settled says how.
func TestTheSheetDisarmsWhereTheCaseMoved(t *testing.T) {
	c, r := settling(t, "c.wu", 80, 24)
	r.keys("M")
	d, _ := c.Conflicts(t.Context())
	c.Judged = map[string]conflict.Case{d.Standing[0].Key: {Revision: 2, State: conflict.Open, RaisedAt: c.At, AskedAt: c.At}}
	r.run(r.s.refresh())
	r.keys("enter")
	if len(c.calls) != 0 {
		t.Fatalf("it fired on what was not painted: %+v", c.calls)
	}
	r.wants(t, r.screen(t), "CX-88 is another now · revision 1 → 2", "locked: look at what changed")
	r.keys(". enter")
	if len(c.calls) != 1 || c.calls[0].Seen != 2 {
		t.Errorf("after . it asked %+v", c.calls)
	}

	c, r = settling(t, "c.wu", 80, 24)
	c.err = release.Errorf(release.Changed, "CX-88 is not what you saw: it is open")
	r.keys("M enter")
	if r.s.sheet == nil {
		t.Fatal("the sheet closed on what changed")
	}
	r.wants(t, r.screen(t), "is not what you saw")
}

// 3 carries a change to its conflict, a conflict carries its change on; links open it again.
func TestConflictsCarryTheSelection(t *testing.T) {
	c := viewtest.Clashing()
	for _, k := range []struct{ start, keys, view, id string }{
		{"go CHG-4190", "3", "conflicts", "CX-92"}, {"go FRZ-2", "3", "conflicts", "CX-88"}, {"go CX-92", "2", "calendar", "CHG-4190"}, {"go CX-92", "5", "graph", "checkout-web"},
		{"go CX-92", "4", "queue", "CHG-4190"}, {"go CX-92", "enter", "change", "CHG-4190"}, {"go cx92", "k j", "conflicts", "CX-92"}, {"conflicts 91", "", "conflicts", "CX-91"}, {"conflicts", "", "conflicts", "CX-88"},
	} {
		r := newRigIn(t, c, Options{Views: places(), Width: 120, Height: 36, Start: strings.Fields(k.start)})
		r.keys(k.keys)
		if s := r.s.top().view.Selection(); s.ID != k.id || r.s.top().view.Name() != k.view {
			t.Errorf("%s, then %q: %s is selected in %s", k.start, k.keys, s.ID, r.s.top().view.Name())
		}
	}
	r := newRigIn(t, c, Options{Views: places(), Host: "box", Start: []string{"conflicts"}})
	r.keys("y")
	r.wants(t, r.ticker(t), "ssh -t box go CX-88")
	r.keys(":")
	r.write("cx91")
	r.keys("enter")
	if s := r.s.top().view.Selection(); s.ID != "CX-91" {
		t.Errorf("the palette goes to %s", s.ID)
	}
	r.keys("1")
	r.wants(t, r.screen(t), "CX-88", "FREEZE_HARD")
	if s := r.s.top().view.Selection(); s.ID != "CX-91" {
		t.Errorf("the board is on %s", s.ID)
	}
}

// In a sandbox the id of a conflict bears its mark, however it was typed.
func TestConflictsOfASandboxAreMarked(t *testing.T) {
	s := scene{place: "conflicts", company: viewtest.Clashing(), state: training(func() string { return "it rains" })}
	r := s.rig(t, "dark", "rich", 80, 24)
	for _, words := range []string{"go CX-3", "go s-CX-3", "conflicts 3", "conflicts s-cx3"} {
		list, err := start(strings.Fields(words))
		if err != nil {
			t.Fatal(err)
		}
		if o := r.s.own(list[len(list)-1]); o.View != "conflicts" || o.ID != "s-CX-3" {
			t.Errorf("%s opens %+v", words, o)
		}
	}
}
