package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestConflictBudgets replays with the real client how a conflict is settled, from login: the worst one by moving its
// change to the best slot, the second by the second slot, and the answer to one that asks.
func TestConflictBudgets(t *testing.T) {
	b := newBox(t, "")
	bob := shops(b)
	cora := b.key("cora")
	b.must("person", "add", "cora", "--role", "coordinator", "--key", cora+".pub")
	s := b.serve()
	must := func(words ...string) string {
		t.Helper()
		r := s.exec(cora, words...)
		if r.code != 0 {
			t.Fatalf("%v: exit %d\n%s%s", words, r.code, r.out, r.err)
		}
		return r.out
	}
	s.hears(1, "status-page", "")
	s.hears(2, "notify-svc", "")
	must("freeze", "declare", "--kind", "hard", "--scope", "service:notify-svc", "--from", "+20h", "--for", "10h", "-m", "'the mail provider moves house'")
	must("move", "CHG-1", "--to", "+25h", "--for", "30m")
	must("move", "CHG-2", "--to", "+26h", "--for", "30m")
	type kase struct{ ID, Kind, State string }
	standing := func() (out []kase) {
		t.Helper()
		var list struct{ Items []kase }
		if err := json.Unmarshal([]byte(must("conflicts", "--json")), &list); err != nil {
			t.Fatal(err)
		}
		return list.Items
	}
	until(t, "the conflicts to be raised", func() bool { return len(standing()) == 3 }, func() string { return must("conflicts") })
	first := standing()[0]
	if first.Kind != "K1" {
		t.Fatalf("the worst is %+v", first)
	}
	log := func() string { return b.must("audit", "export") }
	acts := func(of string) (out []string) {
		for _, l := range strings.Split(strings.TrimSpace(log()), "\n") {
			var e struct{ Actor, Verb, Subject, Outcome, Reason string }
			if err := json.Unmarshal([]byte(l), &e); err != nil {
				t.Fatalf("%v in %q", err, l)
			}
			if e.Actor == "cora" && e.Verb == of {
				out = append(out, e.Subject+" "+e.Outcome+" "+e.Reason)
			}
		}
		return out
	}
	replay := func(keys ...stroke) {
		t.Helper()
		m := s.screen(cora, 80, 24)
		m.t = t
		m.wait("SIGNALBOX", "ACT NOW")
		for _, k := range keys {
			m.press(k.key)
			m.wait(strings.Split(k.sees, "|")...)
		}
		m.close()
	}
	for _, job := range []struct {
		name  string
		limit int
		verb  string
		keys  []stroke
		wrote func() string // of the last act
		gone  bool          // the worst stands no more
	}{
		{"answer one that asks me", 3, "answer", []stroke{{"3", "CX-|STOP|E answer"}, {"E", "ANSWER " + first.ID}, {"\r", "answered"}}, func() string { return first.ID + " done " }, false},
		{"the worst conflict, by moving its change to the best slot", 6, "move", []stroke{{"3", first.ID + " STOP|[1]"}, {"M", "MOVE " + first.ID + "|move (1)"}, {"\r", "moved CHG-2"}},
			func() string { return "CHG-2 done conflict " + first.ID + ": FREEZE_HARD" }, true},
	} {
		t.Run(job.name, func(t *testing.T) {
			before := len(acts(job.verb))
			replay(append(job.keys[:len(job.keys)-1:len(job.keys)-1], stroke{"\x1b", "▌M move A"})...)
			if after := len(acts(job.verb)); after != before {
				t.Errorf("esc left %d acts behind", after-before)
			}
			replay(job.keys...)
			if list := acts(job.verb); len(list) != before+1 || strings.TrimSpace(list[len(list)-1]) != strings.TrimSpace(job.wrote()) {
				t.Errorf("stored is %q, want %q", list, job.wrote())
			}
			if len(job.keys) > job.limit {
				t.Errorf("it takes %d strokes, and the budget is %d", len(job.keys), job.limit)
			}
			stands := func() bool {
				for _, k := range standing() {
					if k.ID == first.ID {
						return true
					}
				}
				return false
			}
			if job.gone {
				until(t, "it to be settled", func() bool { return !stands() }, func() string { return must("conflicts") })
			} else if !stands() {
				t.Errorf("it is settled:\n%s", must("conflicts"))
			}
		})
	}
	// Another conflict of the same change went with it; the one that is left is settled by the second slot.
	until(t, "one to be left", func() bool { return len(standing()) == 1 }, func() string { return must("conflicts") })
	left := standing()[0]
	replay(stroke{"3", left.ID + " CAUTION|[2]"}, stroke{"M", "MOVE " + left.ID}, stroke{"2", "move (2)"}, stroke{"\r", "moved CHG-1"})
	until(t, "none to be left", func() bool { return len(standing()) == 0 }, func() string { return must("conflicts") })
	if r := s.exec(bob, "audit", "verify"); r.code != 0 {
		t.Errorf("audit verify: exit %d\n%s%s", r.code, r.out, r.err)
	}
}
