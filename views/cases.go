package views

import (
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/verb"
	"signalbox/views/kit"
)

// Way is a slot as it was painted, and is taken as such: whatever became of the calendar since, its time is moved to.
type Way struct {
	conflict.Slot
	Aspect release.Aspect // go where it is clear, caution where conflicts are left, dark where that is not known
	Word   string         // "clear", or the kinds that are left or not known
	Why    string         // traffic, who is awake, how far
}

// SlotTime is the beginning of a slot, seen from now in a zone.
func SlotTime(at, now time.Time, zone *time.Location) string {
	at, now = at.In(zone), now.In(zone)
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return "today " + kit.Clock(at, zone)
	}
	return at.Format("Mon 2 Jan ") + kit.Clock(at, zone)
}

// caseVerbs are those that act on a conflict.
var caseVerbs = map[string]bool{"move": true, "waive": true, "escalate": true, "answer": true}

// Meant reports whether a verb is the one that its key pulls on what is selected, where two share it: E answers a
// conflict that asks the person, and escalates any other.
func Meant(v verb.Verb, s Selection, p *access.Person) bool {
	if s.Kind != ConflictKind || v.Name != "answer" && v.Name != "escalate" {
		return true
	}
	asks := s.Brief != nil && p != nil && s.Brief.Asks(p.ID)
	return asks == (v.Name == "answer")
}

// mayOnCase is May for a conflict. It asks the rules that the verbs ask.
func mayOnCase(v verb.Verb, s Selection, p *access.Person, at time.Time) error {
	k := s.Case
	if k == nil {
		return release.Errorf(release.Refused, "the conflict has not been read yet").Advise("look, then press it again")
	}
	var err error
	if s.Item != nil {
		err = access.Authorise(p, v.Permission, s.Item.Target, at)
	} else if !access.Holds(p, v.Permission, at) {
		err = access.Authorise(p, v.Permission, access.Target{}, at)
	}
	if err != nil {
		return err
	}
	if k.State == conflict.Gone {
		return release.Errorf(release.Refused, "%s is settled: %s", k.ID, release.Clean(k.How, 120))
	}
	switch v.Name {
	case "move":
		if s.Brief == nil {
			return release.Errorf(release.Refused, "the ways out of %s are being read", k.ID).Advise("press it again in a moment")
		}
		if a := s.Brief.A; a == nil || a.State == change.Implementing || a.State == change.InReview {
			return release.Errorf(release.Refused, "%s has begun or is over; it is not moved", k.Work()).Advise("W waives the conflict, E escalates it")
		}
	case "waive":
		var hands []access.PersonID
		if s.Item != nil {
			for _, a := range s.Item.Authors {
				hands = append(hands, a.Person)
			}
		}
		// The words are asked for on the sheet: any that are long enough show what else stands against it.
		_, err := k.Waive(p.ID, hands, at.Add(time.Hour), strings.Repeat("x", conflict.OverrideWords), at)
		return err
	case "escalate":
		switch {
		case k.State != conflict.Open:
			return release.Errorf(release.Refused, "%s is %s; nobody need be asked", k.ID, k.State)
		case k.Step >= len(conflict.Path)-1:
			return release.Errorf(release.Refused, "%s has reached the end of its path: the %ss are asked", k.ID, conflict.Path[len(conflict.Path)-1].Role).
				Advise("call them; until somebody settles it %s does not go in", k.Work())
		}
	}
	return nil
}
