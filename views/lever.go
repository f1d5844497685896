package views

import (
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/verb"
	"signalbox/views/kit"
)

// Lock returns nil where the person may pull the verb's lever on the item now, else the Refused error that
// says why not and what would help. Control decides again.
func Lock(v verb.Verb, i *change.Item, p *access.Person, at time.Time) error {
	if i == nil {
		return release.Errorf(release.Refused, "nothing is selected")
	}
	switch v.Name {
	case "approve":
		return i.MayDecide(change.Approve, p, at)
	case "reject":
		return i.MayDecide(change.Reject, p, at)
	case "undo":
		return i.MayTakeBack(p, at)
	case "question":
		return i.MayAsk(p, at)
	}
	return access.Authorise(p, v.Permission, i.Target, at)
}

// LockAspect is the signal of what locks the approval: stop where nobody could approve, dark where the
// evidence is, planned where it waits for somebody else.
func LockAspect(i *change.Item) release.Aspect {
	switch {
	case i.Locked() != nil:
		return release.Stop
	case i.EvidenceDark:
		return release.Dark
	}
	return release.Planned
}

// Levers are the hints of a view's verbs on the item, in the order of the table: a lever that the person
// does not hold is absent, and so is one that takes back what was not done; one that is locked is dim.
func Levers(view string, f Frame, i *change.Item) []kit.Hint {
	var out []kit.Hint
	for _, v := range f.Verbs {
		if v.Key == "" || i == nil || !slices.Contains(v.Views, view) || !access.Holds(f.Person, v.Permission, f.Now) {
			continue
		}
		h := kit.Hint{Key: v.Key, Label: v.Hint, Weight: kit.LeverKey}
		if err := Lock(v, i, f.Person, f.Now); err != nil {
			if v.Name == "undo" {
				continue
			}
			h.Weight = kit.LockedKey
		}
		if f.Alarm.Store != "" {
			h.Weight = kit.LockedKey
		}
		out = append(out, h)
	}
	return out
}
