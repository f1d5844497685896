package tui

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
)

func (r *rig) wants(t *testing.T, where string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(where, text) {
			t.Errorf("want %q in %q", text, where)
		}
	}
}

func TestThreeKeysApproveFromLogin(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("4 A enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-1 reviewed"}) {
		t.Fatalf("calls are %q", got)
	}
	if seen := r.h.calls[0].Seen; seen != 7 {
		t.Errorf("the call carries revision %d, the eyes saw 7", seen)
	}
	r.wants(t, r.ticker(t), "● approved CHG-1 1/2 · audit #81")
	r.wants(t, r.ticker(t), "U undo 5m00s")
	r.tick(2 * time.Second)
	r.wants(t, r.ticker(t), "U undo 4m58s")
	r.tick(time.Minute)
	r.wants(t, r.ticker(t), "U undo CHG-1 3m58s")
	r.keys("U")
	if got := r.h.called(); got[len(got)-1] != "undo CHG-1" {
		t.Fatalf("calls are %q", got)
	}
	r.wants(t, r.ticker(t), "● took back CHG-1")
	r.keys("U")
	r.wants(t, r.ticker(t), "there is nothing to undo")
	if n := len(r.h.called()); n != 2 {
		t.Fatalf("%d calls, want 2", n)
	}
}

func TestUndoEndsAfterFiveMinutes(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A enter")
	r.tick(change.TakeBackWindow)
	if strings.Contains(r.ticker(t), "U undo") {
		t.Errorf("the undo is still offered: %q", r.ticker(t))
	}
	r.keys("U")
	r.wants(t, r.ticker(t), "refused: you decided at 12:04:31Z; 5 minutes have passed")
	if got := r.h.called(); len(got) != 1 {
		t.Errorf("calls are %q", got)
	}
}

func TestDigitsPickTheReason(t *testing.T) {
	h := newHouse()
	h.items[0].Passed = 8 // every check passed: two reasons hold
	r := newRig(t, h, Options{})
	r.keys("A 2")
	r.wants(t, r.screen(t), "⏎ approve (2)")
	r.keys("9 2 enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-1 reviewed"}) {
		t.Fatalf("calls are %q", got)
	}
}

func TestOwnWordsAreCounted(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A i")
	r.write("short")
	r.keys("enter")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a short reason fired")
	}
	r.wants(t, r.screen(t), "10 more characters")
	r.wants(t, r.screen(t), "5/15")
	r.write(" but long enough 3")
	r.wants(t, r.screen(t), "⏎ approve ")
	r.keys("enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-1 short but long enough 3"}) {
		t.Fatalf("calls are %q", got)
	}
}

func TestRejectionNeedsOwnWords(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("R enter 1 enter")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a rejection without a reason fired")
	}
	r.keys("ctrl+u")
	r.write("Reviewed the change and accept its risk")
	r.keys("enter")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a preset's text passed as own words")
	}
	r.wants(t, r.screen(t), "the reason is a preset's text")
	r.keys("ctrl+u")
	r.write("no rollback evidence")
	r.keys("enter")
	if got := r.h.called(); !slices.Equal(got, []string{"reject CHG-1 no rollback evidence"}) {
		t.Fatalf("calls are %q", got)
	}
	r.wants(t, r.ticker(t), "● rejected CHG-1 · audit #81")
}

func TestHighRiskIsReadFirst(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("j A")
	if r.s.top().view.Name() != "change" || r.s.sheet != nil {
		t.Fatal("the lever did not open the change")
	}
	r.wants(t, r.ticker(t), "CHG-2 is at risk 71 High: read its evidence, then press A")
	r.keys("A")
	if r.s.sheet != nil {
		t.Fatal("the sheet opened before the evidence was on screen")
	}
	r.wants(t, r.note(t), "not all of its evidence was on screen yet · read on to the end")
	r.keys("end A")
	r.wants(t, r.screen(t), "15 more characters")
	r.keys("enter")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a full approval without own words fired")
	}
	r.write("read all of it")
	r.write(", rollback is proven")
	r.keys("enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-2 read all of it, rollback is proven"}) {
		t.Fatalf("calls are %q", got)
	}
}

func TestLockedLeversSayWhy(t *testing.T) {
	for _, c := range []struct {
		name, keys, want string
		house            func(*house)
	}{
		{"author", "j j A", "■ refused: you are the author of CHG-3; the approver must be another · who can: j.ruiz", nil},
		{"role", "A", "■ refused: p.lind may not do this: it needs the role approver · an admin can grant it", func(h *house) { h.me = person("p.lind", access.Viewer) }},
		{"store", "A", "■ refused: the store does not answer, so nothing could be written down", func(h *house) { h.store = "STORE does not answer" }},
		{"dark", "A", "■ refused: its evidence rests on jira, which is dark", func(h *house) { h.items[0].EvidenceDark, h.items[0].Stale = true, "jira" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse()
			if c.house != nil {
				c.house(h)
			}
			r := newRig(t, h, Options{})
			r.keys(c.keys)
			r.wants(t, r.note(t), c.want)
			r.keys("enter")
			if n := len(h.called()); n != 0 || r.s.sheet != nil {
				t.Fatalf("a locked lever opened a sheet or fired: %q", h.called())
			}
		})
	}
}

// What stands beside U names its change where the sentence beside it speaks of another act.
func TestUndoNamesWhatItIsOf(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A enter")
	r.wants(t, r.ticker(t), "approved CHG-1", "U undo 5m")
	r.keys("j Q")
	r.write("which consumers read it?")
	r.keys("enter")
	r.wants(t, r.ticker(t), "CHG-2", "U undo CHG-1 ")
}

func TestMarkedRowsGoTogetherAtLowRiskOnly(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("j j j space j space A")
	r.wants(t, r.screen(t), "APPROVE 2 CHANGES")
	r.keys("enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-4 reviewed-evidence", "approve CHG-5 reviewed-evidence"}) {
		t.Fatalf("calls are %q", got)
	}
	r.wants(t, r.ticker(t), "● approved CHG-4 1/1, CHG-5 1/1 · audit #81–82")
	r.keys("U") // what was done at once is taken back at once
	if got := r.h.called(); !slices.Equal(got[2:], []string{"undo CHG-4", "undo CHG-5"}) {
		t.Fatalf("undos are %q", got[2:])
	}

	r = newRig(t, newHouse(), Options{})
	r.keys("space j j j space A")
	r.wants(t, r.ticker(t), "■ refused: CHG-1 is at Moderate risk; only Low goes together")
	r.keys("R")
	r.wants(t, r.ticker(t), "■ refused: reject takes one change at a time, and 2 are marked")
	if n := len(r.h.called()); n != 0 || r.s.sheet != nil {
		t.Fatal("a batch fired")
	}
}

func TestASheetDisarmsWhenItsChangeMoves(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A i")
	r.write("reviewed with care")
	r.h.touch("CHG-1", func(i *change.Item) { i.Change.Risk.Score = 40 })
	r.changed()
	r.wants(t, r.screen(t), "changed under you: somebody wrote to it · revision 7 → 8")
	r.keys("enter")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a disarmed sheet fired")
	}
	r.keys(". enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-1 reviewed with care"}) || r.h.calls[0].Seen != 8 {
		t.Fatalf("calls are %q on revision %d", got, r.h.calls[0].Seen)
	}
}

func TestAChangeBetweenDrawAndPressFiresNothing(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A")
	r.h.touch("CHG-1", func(i *change.Item) { i.Change.Risk.Score = 72 }) // nobody told the screen yet
	r.keys("enter")
	if i := r.h.items[0]; i.Approval.Granted() != 0 {
		t.Fatal("the approval was given")
	}
	if r.s.sheet == nil {
		t.Fatal("the sheet is gone")
	}
	r.wants(t, r.screen(t), "changed under you:")
	r.wants(t, r.ticker(t), "■ changed under you: CHG-1 is not what you saw")
	r.keys(".")
	if r.s.sheet != nil {
		t.Fatal("a change that became High risk is armed again unread")
	}
	r.wants(t, r.ticker(t), "read its evidence again")
}

func TestARaceForTheLastApprovalLocksTheSheet(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A")
	r.h.touch("CHG-1", func(i *change.Item) { i.Change.State = change.Cancelled })
	r.changed()
	r.keys("enter .")
	if n := len(r.h.called()); n != 0 || r.s.sheet != nil {
		t.Fatal("a cancelled change can be approved")
	}
	r.wants(t, r.ticker(t), "■ refused: CHG-1 is not waiting: cancelled")
}

func TestEvidenceThatGoesDarkLocksAnOpenSheet(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A")
	r.h.items[0].EvidenceDark, r.h.items[0].Stale = true, "github"
	r.changed()
	r.keys("enter")
	r.wants(t, r.screen(t), "locked: its evidence rests on github, which is dark")
	if n := len(r.h.called()); n != 0 {
		t.Fatal("it fired")
	}
	r.h.items[0].EvidenceDark = false
	r.changed()
	r.keys("enter")
	if n := len(r.h.called()); n != 1 {
		t.Fatal("it stayed locked when the feed was back")
	}
}

func TestAStoreThatFailsKeepsTheWords(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("R")
	r.write("no rollback evidence")
	r.h.next = release.Errorf(release.Unavailable, "the disk is full").Advise("nothing was written")
	r.keys("enter")
	r.wants(t, r.ticker(t), "■ the disk is full · nothing was written")
	r.wants(t, r.screen(t), "no rollback evidence")
	r.h.next = errStrange
	r.keys("enter")
	if s := r.screen(t); strings.Contains(s, "secret") {
		t.Fatal("a raw error is on the screen")
	}
	r.keys("enter")
	r.wants(t, r.ticker(t), "● rejected CHG-1")
}

func TestLeversBeforeTheFirstPaintAreDropped(t *testing.T) {
	h := newHouse()
	s := New(h, Options{Theme: "dark", Width: 80, Height: 24, Views: lists(), Start: []string{"queue"}}).(*shell)
	s.Update(press("A"))
	if s.sheet != nil || s.ticker.note == nil || !strings.Contains(s.ticker.note.text, "A did nothing: the screen had not been drawn yet") {
		t.Fatalf("the lever before the first snapshot said %+v", s.ticker.note)
	}
	// The snapshot has come but nobody has seen it.
	for _, c := range s.stack {
		s.send(c, c.view.(list).Init()())
	}
	s.Update(press("A"))
	if s.sheet != nil {
		t.Fatal("a lever acted on a row that was not painted")
	}
	s.View()
	s.Update(press("A"))
	if s.sheet == nil {
		t.Fatal("the lever stays dead after the first paint")
	}
}

func TestLeversDisarmAfterTenMinutes(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A")
	r.tick(access.DisarmAfter)
	if r.s.sheet != nil {
		t.Fatal("the sheet stayed armed")
	}
	r.wants(t, r.ticker(t), "levers are disarmed: no key was pressed for 10 minutes")
	r.keys("A")
	r.wants(t, r.ticker(t), "A did nothing")
	if r.s.sheet != nil {
		t.Fatal("the first key after ten minutes pulled a lever")
	}
	r.keys("A")
	if r.s.sheet == nil {
		t.Fatal("the second key does not")
	}
	r.h.pass(access.DisarmAfter) // and no tick
	r.keys("enter")
	if r.s.sheet != nil || len(r.h.called()) != 0 {
		t.Fatal("a sheet fired after ten minutes without a key")
	}
}

func TestPasteIsTakenInFieldsOnly(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.send(tea.PasteMsg{Content: "A\r"})
	r.keys("enter")
	r = newRig(t, newHouse(), Options{})
	r.keys("A")
	r.send(tea.PasteMsg{Content: "\r"})
	if n := len(r.h.called()); n != 0 {
		t.Fatal("a paste fired")
	}
	r.wants(t, r.ticker(t), "a paste is taken in text fields only")
	r.keys("i")
	r.send(tea.PasteMsg{Content: "reviewed\x1b[31m and\r\n accepted\u202e here"})
	r.keys("enter")
	if got := r.h.called(); !slices.Equal(got, []string{"approve CHG-1 reviewed[31m and accepted here"}) {
		t.Fatalf("calls are %q", got)
	}
}

func TestNoLeverWhileAnotherWaits(t *testing.T) {
	r := newRig(t, newHouse(), Options{})
	r.keys("A")
	_, cmd := r.s.Update(press("enter"))
	r.s.View()
	r.keys("enter esc A U")
	if n := len(r.h.called()); n != 0 || r.s.sheet == nil {
		t.Fatal("a second act was started")
	}
	r.run(cmd)
	if n := len(r.h.called()); n != 1 || r.s.sheet != nil {
		t.Fatalf("%d calls", n)
	}
}

// A wall of somebody who only looks has nothing to disarm, and its ticker goes on. A grant given meanwhile
// brings levers, and the rule for them.
func TestAViewersWallKeepsItsTicker(t *testing.T) {
	h := newHouse()
	h.me = person("p.lind", access.Viewer)
	r := newRig(t, h, Options{})
	r.keys("j")
	r.tick(12 * access.DisarmAfter)
	if got := r.ticker(t); strings.Contains(got, "disarmed") || r.s.disarmed {
		t.Fatalf("the wall says %q", got)
	}
	h.mu.Lock()
	h.me = person("p.lind", access.Approver)
	h.eligible()
	h.mu.Unlock()
	r.tick(time.Second)
	r.wants(t, r.ticker(t), "levers are disarmed: no key was pressed for 10 minutes")
	r.keys("A")
	if r.s.sheet != nil {
		t.Fatal("the first key after ten minutes pulled a lever")
	}
}
