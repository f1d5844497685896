package views

import (
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/outbox"
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

// Acts reports whether the verb acts on things of a kind. A screen that shows several kinds has the levers of all
// of them, and each row those of its own.
func Acts(v verb.Verb, kind string) bool {
	switch kind {
	case "", ChangeKind:
		return !strings.HasPrefix(v.Name, "feeds ") && !strings.HasPrefix(v.Name, "connector ")
	case FeedKind, LetterKind, MessageKind:
		return strings.HasPrefix(v.Name, "feeds ") || strings.HasPrefix(v.Name, "connector ")
	case ConflictKind:
		return caseVerbs[v.Name]
	case RolloutKind, AlertKind, ServiceKind, MarkKind:
		return false
	}
	return true
}

// May is Lock for whatever is selected: nil where the person may pull the verb's lever on it now, else the
// Refused error that says why not and what would help. Control decides again.
func May(v verb.Verb, s Selection, p *access.Person, at time.Time) error {
	if !Acts(v, s.Kind) {
		return release.Errorf(release.Refused, "%s does not act on a %s", v.Hint, s.Kind).Advise("? lists the keys of this row")
	}
	if s.Kind == "" || s.Kind == ChangeKind {
		return Lock(v, s.Item, p, at)
	}
	if s.Kind == ConflictKind {
		return mayOnCase(v, s, p, at)
	}
	if s.Kind == FreezeKind {
		if err := access.AuthoriseScope(p, v.Permission, s.Freeze.Scope, at); err != nil {
			return err
		}
	} else if err := access.Authorise(p, v.Permission, access.Target{}, at); err != nil && s.Kind != EntryKind {
		return err
	}
	return fits(v, s, at)
}

// fits returns nil where there is something in the selection for the verb to do.
func fits(v verb.Verb, s Selection, at time.Time) error {
	switch {
	case s.Kind == EntryKind && s.Entry != nil && s.Entry.Kind == calendar.FreezePeriod:
		return release.Errorf(release.Refused, "the freeze is held by the calendar %s", release.Clean(s.Entry.Source, 60)).Advise("end it there; it is read again by itself")
	case s.Kind == EntryKind:
		return release.Errorf(release.Refused, "that is no freeze, so there is nothing to lift")
	case s.Kind == FreezeKind && (!s.Freeze.LiftedAt.IsZero() || !at.Before(s.Freeze.To)):
		return release.Errorf(release.Refused, "%s is over already", s.ID)
	case v.Name == "connector test":
		return nil
	case v.Name == "sandbox inject" && s.Kind != InjectKind:
		return release.Errorf(release.Refused, "no inject is selected").Advise("tab goes to them")
	case v.Name == "sandbox scenario" && s.Kind != ScenarioKind:
		return release.Errorf(release.Refused, "no scenario is selected").Advise("tab goes to them")
	case v.Name == "feeds drop" && s.Kind == FeedKind:
		return release.Errorf(release.Refused, "no dead letter is selected").Advise("tab goes to them")
	case v.Name == "feeds drop" && s.Message != nil && (s.Message.State == outbox.Sending || s.Message.State == outbox.Sent || s.Message.State == outbox.Dropped):
		return release.Errorf(release.Refused, "%s is %s", s.ID, s.Message.State)
	case v.Name != "feeds retry":
		return nil
	case s.Kind == FeedKind && s.Feed.Kind != feed.Pull:
		return release.Errorf(release.Refused, "a push feed is not read").Advise("T tests it")
	case s.Letter != nil && s.Letter.Truncated:
		return release.Errorf(release.Refused, "only the beginning of %s was kept: it had %d bytes", s.ID, s.Letter.Size).
			Advise("have the sender deliver it again, or drop it")
	case s.Message != nil && s.Message.State != outbox.Failed && s.Message.State != outbox.Unknown:
		return release.Errorf(release.Refused, "%s is %s", s.ID, s.Message.State).Advise("only what failed or is unknown is sent again")
	}
	return nil
}

// Subject is what a call of the verb names: what is selected, or of a letter and a message their feed, where
// the verb acts on feeds only.
func Subject(v verb.Verb, s Selection) string {
	if v.Name == "connector test" && s.Feed != nil {
		return s.Feed.Name
	}
	switch v.Name {
	case "sandbox jump", "sandbox speed":
		return "next"
	case "sandbox pause", "sandbox resume", "sandbox reset":
		return ""
	}
	return s.ID
}

// Levers are the hints of a view's verbs on a change, as LeversOn has them.
func Levers(view string, f Frame, i *change.Item) []kit.Hint {
	if i == nil {
		return nil
	}
	return LeversOn(view, f, Selection{Kind: ChangeKind, ID: i.Change.ID, Revision: i.Change.Revision, Item: i})
}

// LeversOn are the hints of a view's verbs on what is selected, in the order of the table: a lever that the
// person does not hold is absent, and so is one that takes back what was not done; one that is locked is dim.
// A key in lower case is drawn as one that looks.
func LeversOn(view string, f Frame, s Selection) []kit.Hint {
	var out []kit.Hint
	for _, v := range f.Verbs {
		if v.Key == "" || s.Kind == "" || !slices.Contains(v.Views, view) || !Acts(v, s.Kind) || !Meant(v, s, f.Person) || !access.Holds(f.Person, v.Permission, f.Now) {
			continue
		}
		h := kit.Hint{Key: v.Key, Label: v.Hint, Weight: kit.LeverKey}
		if v.Key == strings.ToLower(v.Key) {
			h.Weight = kit.LookKey
		}
		if err := May(v, s, f.Person, f.Now); err != nil {
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

// Reasons are the ready reasons that a verb's declaration offers for what is selected: one that cannot be true
// of it is left out. A change has its own.
func Reasons(v verb.Verb, s Selection) []change.Preset {
	var out []change.Preset
	for _, f := range v.Flags {
		if f.Name != "code" {
			continue
		}
		for _, r := range feed.DropReasons {
			if slices.Contains(f.Values, r.Code) && (!r.Inbound || s.Kind != MessageKind) {
				out = append(out, change.Preset{Code: r.Code, Text: r.Text})
			}
		}
	}
	return out
}
