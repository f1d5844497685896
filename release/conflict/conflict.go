package conflict

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release/calendar"
)

// Party is one of those between which a conflict is: a piece of work, a fact, or something that is named by its rule
// (a team, a region, a resource, a service). "" of both is nobody: the rule itself.
type Party struct {
	Sort Sort   `json:"sort"`
	ID   string `json:"id"`
}

// Further sorts of parties, beside those of facts.
const (
	WorkParty     Sort = "work"
	TeamParty     Sort = "team"
	RegionParty   Sort = "region"
	ServiceParty  Sort = "service"
	OrgParty      Sort = "organisation"
	LockStepParty Sort = "lock_step"
	// RuleParty is the other side of what a piece of work breaks alone, or of what is not known.
	RuleParty Sort = ""
)

// pairs are the kinds that are the same seen from either of two pieces of work.
func (k Kind) pairs() bool {
	switch k {
	case SameService, DepAdjacent, Related, SharedResource, People, OutOfOrder:
		return true
	}
	return false
}

// Finding is one conflict, or one thing that cannot be ruled out, of a piece of work: one for each kind and other
// party. It is small and comparable; Engine.Explain says the rest.
type Finding struct {
	Kind     Kind     `json:"kind"`
	Outcome  Outcome  `json:"outcome"`
	Severity Severity `json:"severity"` // of an unknown: that of the conflict it may be
	Work     string   `json:"work"`
	Other    Party    `json:"other"`
	// From and To are what the two share, in UTC; zero To is open. Of an unknown, what they may share.
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
	// Missing is what is not known.
	Missing Inputs `json:"missing,omitempty"`
	// Detail changes when the affected items do.
	Detail uint64 `json:"-"`
}

// Key is the identity of the conflict. It stays the same while kind and parties do, whatever the time, the severity
// or the items, and is the same seen from either of two pieces of work.
func (f Finding) Key() string {
	a, b := f.Work, string(f.Other.Sort)+":"+f.Other.ID
	if f.Other.Sort == WorkParty && f.Kind.pairs() {
		a, b = min(f.Work, f.Other.ID), string(WorkParty)+":"+max(f.Work, f.Other.ID)
	}
	mark := ""
	if f.Outcome == Unknown {
		mark = "?"
	}
	return f.Kind.ID() + mark + "/" + a + "/" + b
}

// Conflict is a finding with everything that people and scripts read of it.
type Conflict struct {
	Key      string   `json:"key"`
	Kind     Kind     `json:"kind"`
	Name     string   `json:"name"` // FREEZE_HARD
	Rule     string   `json:"rule"` // what it demands
	Outcome  Outcome  `json:"outcome"`
	Severity Severity `json:"severity"`
	// Parties are the work first, then the other party.
	Parties []Party `json:"parties"`
	// Items are all that are affected or the cause, in order: of a shared resource its name, of people who, of a limit
	// the other work, of cover and incidents the services. None is left out.
	Items []string `json:"items"`
	calendar.Interval
	With    string   `json:"with"`   // the other party in words; "" where the rule alone is broken
	Reason  string   `json:"reason"` // a sentence
	Missing []string `json:"missing"`
	// Owner is the team that should act: that of the work which would yield. "" is not known.
	Owner string `json:"owner"`
	// Deadline is when it must be settled: when the first piece of work that it holds begins to be occupied.
	Deadline time.Time `json:"deadline"`
}

// Delta is what became of the conflicts by one edit. Each list is in the order of keys.
type Delta struct {
	Appeared []Conflict `json:"appeared"`
	Changed  []Conflict `json:"changed"` // in time, severity or items
	Vanished []string   `json:"vanished"`
}

// Worst is the worst severity of conflicts, and the worst of what is unknown.
func Worst(list []Finding) (conflict, unknown Severity) {
	for _, f := range list {
		if f.Outcome == Collides {
			conflict = max(conflict, f.Severity)
		} else {
			unknown = max(unknown, f.Severity)
		}
	}
	return conflict, unknown
}

// Of is the outcome of one kind among the findings of a piece of work.
func Of(list []Finding, k Kind) Outcome {
	out := Clear
	for _, f := range list {
		if f.Kind == k {
			out = max(out, f.Outcome)
		}
	}
	return out
}

// order brings findings into the one in which they are read: conflicts before what is unknown, the worst first, then
// by their beginning, kind and party.
func order(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Outcome, a.Outcome), cmp.Compare(b.Severity, a.Severity), a.From.Compare(b.From), cmp.Compare(a.Kind, b.Kind),
		strings.Compare(a.Work, b.Work), strings.Compare(string(a.Other.Sort), string(b.Other.Sort)), strings.Compare(a.Other.ID, b.Other.ID))
}

// SortFindings brings findings into the order in which they are read.
func SortFindings(list []Finding) { slices.SortFunc(list, order) }
