package conflict_test

import (
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	. "signalbox/release/conflict"
)

// Every kind of entry gives facts that an engine takes, and belongs to an input.
func TestEveryKindOfEntryIsAFact(t *testing.T) {
	from := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, k := range calendar.Kinds {
		e := calendar.Entry{Source: "s", ExternalID: "1", Kind: k, Hardness: calendar.HardFreeze, Scope: access.Org, Title: "J.Ruiz",
			Timing: calendar.Timing{Zone: "UTC", Start: "2026-11-25T10:00:00", Length: time.Hour}}
		facts, err := Expand(e, from, from.Add(7*24*time.Hour))
		if err != nil || len(facts) != 1 {
			t.Fatalf("%s: %+v %v", k, facts, err)
		}
		f := facts[0]
		if _, err := New(World{At: from, Rules: Default(), Facts: facts}); err != nil {
			t.Errorf("%s: %v", k, err)
		}
		if Input(k) == 0 {
			t.Errorf("%s belongs to no input", k)
		}
		switch k {
		case calendar.Deadline: // until its end is in time
			if f.Sort != DeadlineFact || !f.From.Equal(from.Add(35*time.Hour)) {
				t.Errorf("%s: %+v", k, f)
			}
		case calendar.EndOfLife:
			if f.Sort != DeadlineFact || !f.From.Equal(from.Add(34*time.Hour)) {
				t.Errorf("%s: %+v", k, f)
			}
		case calendar.OnCall:
			if f.Sort != CoverFact || f.Person != "j.ruiz" {
				t.Errorf("%s: %+v", k, f)
			}
		}
	}
}
