// Package calendar owns intervals of time in which something may or may not happen: freezes now; windows,
// recurrence and conflicts build on the same interval. Intervals are half-open, instants are UTC. It does
// no I/O.
package calendar

import (
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/access"
)

// Interval is [From, To): From belongs to it, To does not.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Contains reports whether an instant lies in the interval.
func (i Interval) Contains(t time.Time) bool { return !t.Before(i.From) && t.Before(i.To) }

// Overlaps reports whether two intervals share an instant: s1 < e2 and s2 < e1, so touching is no overlap.
// Neither may be empty.
func (i Interval) Overlaps(o Interval) bool { return i.From.Before(o.To) && o.From.Before(i.To) }

// Hardness says how strong a freeze is (DEFINITIONS B1).
type Hardness string

const (
	// HardFreeze bars everything in its scope.
	HardFreeze Hardness = "hard"
	// SoftFreeze bars all but emergency changes.
	SoftFreeze Hardness = "soft"
)

// Freeze bars changes within a scope for a time. A lifted freeze ends at LiftedAt. Ids are "FRZ-1".
type Freeze struct {
	ID    string       `json:"id"`
	Kind  Hardness     `json:"kind"`
	Scope access.Scope `json:"scope"`
	Interval
	Reason     string          `json:"reason"`
	DeclaredBy access.PersonID `json:"declared_by"`
	DeclaredAt time.Time       `json:"declared_at"`
	LiftedBy   access.PersonID `json:"lifted_by,omitempty"`
	LiftedAt   time.Time       `json:"lifted_at,omitzero"`
	Revision   int64           `json:"revision"`
	// Source is the calendar that holds it, "" for one that was declared here. Such a one is changed there and
	// cannot be lifted.
	Source string `json:"source,omitempty"`
	// ExternalID is the event's UID there.
	ExternalID string `json:"external_id,omitempty"`
}

// In reports whether the freeze is in force at an instant.
func (f Freeze) In(at time.Time) bool {
	return f.Contains(at) && (f.LiftedAt.IsZero() || at.Before(f.LiftedAt))
}

// Bars reports whether the freeze forbids a change on the target at an instant; emergency says whether
// the change is one.
func (f Freeze) Bars(t access.Target, at time.Time, emergency bool) bool {
	return f.In(at) && f.Scope.Covers(t) && (f.Kind == HardFreeze || !emergency)
}

// Check returns a Usage error where the freeze makes no sense, and a Refused one where its reason does not
// suffice.
func (f Freeze) Check() error {
	if _, err := access.ParseScope(string(f.Scope)); err != nil {
		return err
	}
	said := utf8.RuneCountInString(release.Clean(f.Reason, 0))
	switch {
	case f.Kind != HardFreeze && f.Kind != SoftFreeze:
		return release.Errorf(release.Usage, "a freeze is hard or soft, not %q", release.Clean(string(f.Kind), 20)).
			Advise("hard bars everything, soft lets emergency changes through")
	case !f.From.Before(f.To):
		return release.Errorf(release.Usage, "the freeze would end before it begins").
			Advise("give a --to after --from, or --for a duration")
	case said < 15:
		return release.Errorf(release.Refused, "the reason has %d characters", said).
			Advise("say why in 15 or more: the people it stops will read it")
	}
	return nil
}

// Window is a time in which changes of its scope may run. Where a scope has windows, a change must lie
// inside one; a freeze always beats a window. Entries arrive with the calendar.
type Window struct {
	ID    string       `json:"id"`
	Scope access.Scope `json:"scope"`
	Interval
	Title string `json:"title"`
}
