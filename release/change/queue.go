package change

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/evidence"
	"signalbox/release/health"
)

// Note is a question or an answer on a change.
type Note struct {
	Change string          `json:"change"`
	Person access.PersonID `json:"person"`
	Kind   string          `json:"kind"` // question
	Text   string          `json:"text"`
	At     time.Time       `json:"at"`
}

// Item is a change with everything that its decision rests on.
type Item struct {
	Change   Change           `json:"change"`
	Approval Approval         `json:"approval"`
	Service  *catalog.Service `json:"service,omitempty"`
	Target   access.Target    `json:"-"`
	Authors  []Author         `json:"authors"`
	Duties   Duties           `json:"separation_of_duties"`
	Dossier  evidence.Dossier `json:"evidence"`
	Passed   int              `json:"evidence_passed"`
	Of       int              `json:"evidence_of"`
	// EvidenceDark is set where a feed that the evidence rests on is dark; Stale names it.
	EvidenceDark bool              `json:"evidence_dark"`
	Stale        string            `json:"stale,omitempty"`
	Dependants   []string          `json:"dependants,omitempty"` // hard, transitive
	Eligible     []access.PersonID `json:"eligible"`             // who could approve now, in order of ids
	Notes        []Note            `json:"notes,omitempty"`
	// Deployed is the version seen last in the environment, "" where none was.
	Deployed string `json:"deployed,omitempty"`
	// Moving says that it is going, or has gone, into the environment although it was not approved; "" where it
	// did not.
	Moving string `json:"moving,omitempty"`
	// Firing are the alerts of its service in the environment that fire now.
	Firing []health.Alert `json:"firing,omitempty"`
	// Gate is the gate's verdict for this change: now, or of one that is scheduled when it is due.
	Gate string `json:"gate"`
	// Bar is the gate of the calendar that blocks it, whatever is decided, and BarReason its sentence: "freeze",
	// "window", "conflict"; "" where none does.
	Bar       string `json:"bar,omitempty"`
	BarReason string `json:"bar_reason,omitempty"`
}

// NewItem joins what is known and judges it. people are all persons; at is the instant of the reading.
func NewItem(c Change, a Approval, cat *catalog.Catalog, d evidence.Dossier, people []access.Person, dir Directory, bots []string, notes []Note, at time.Time) Item {
	i := Item{Change: c, Approval: a, Dossier: d, Notes: notes, Target: cat.Target(c.Service, c.Environment), Eligible: []access.PersonID{}}
	i.Service, _ = cat.Service(c.Service)
	i.Authors = Authors(c, d, dir, bots)
	i.Duties = Separate(i.Authors)
	i.Passed, i.Of = evidence.Score(d.Checks)
	i.Dependants = cat.HardDependants(c.Service)
	if i.shut(at) == free {
		for k := range people {
			if i.bars(&people[k], at) == free {
				i.Eligible = append(i.Eligible, people[k].ID)
			}
		}
		slices.Sort(i.Eligible)
	}
	return i
}

// PeerReviewed reports whether a merged pull request of the change was approved by a human being other than
// its author, who did not take the approval back or ask for changes later.
func (i *Item) PeerReviewed() bool {
	for _, p := range i.Dossier.Pulls {
		for _, r := range i.Dossier.Reviews {
			if p.State == "merged" && r.Number == p.Number && r.State == "approved" && !r.Reviewer.Bot &&
				!strings.EqualFold(r.Reviewer.String(), p.Author.String()) && !i.recanted(r) {
				return true
			}
		}
	}
	return false
}

func (i *Item) recanted(r evidence.Review) bool {
	return slices.ContainsFunc(i.Dossier.Reviews, func(o evidence.Review) bool {
		return o.Number == r.Number && o.Reviewer.String() == r.Reviewer.String() && o.At.After(r.At) &&
			(o.State == "changes_requested" || o.State == "dismissed")
	})
}

// Yours reports whether the person could decide on the item now.
func (i *Item) Yours(p access.PersonID) bool {
	_, found := slices.BinarySearch(i.Eligible, p)
	return found && p != ""
}

// Full reports whether an approval needs own words and the whole evidence on screen: High risk and above.
func (i *Item) Full() bool { return !i.Change.Risk.Band().Less(High) }

// NeedsWords reports whether a verdict on the item needs own words: every rejection, and a full approval.
func (i *Item) NeedsWords(v Verdict) bool { return v != Approve || i.Full() }

// Standing says in a word or two where the change is.
func (i *Item) Standing() string {
	if (i.Change.State == Requested || i.Change.State == Draft) && i.Approval.State != "" {
		return string(i.Approval.State)
	}
	if i.Change.State == Closed {
		return "closed " + string(i.Change.Result)
	}
	return string(i.Change.State)
}

// Barred reports whether a freeze bars a change that could be approved: nothing else blocks such a one at the gate.
func (i *Item) Barred() bool {
	return i.Bar != "" && i.Approval.State == Waiting && i.Locked() == nil && i.Service != nil && len(i.Eligible) > 0
}

// Blocked reports whether a change that waits can get no further as things stand: nobody may approve it, its
// evidence rests on a dark feed, it goes in already, or the calendar bars what could be approved.
func (i *Item) Blocked(at time.Time) bool {
	a := i.Aspect(at)
	return a == release.Stop || a == release.Dark || i.Barred()
}

// Aspect is the row's signal for the estate: stop where nobody may approve, or it went in unauthorised, dark where its evidence is,
// escalated and caution by the share of its time that has passed or by a High risk, else planned.
func (i *Item) Aspect(at time.Time) release.Aspect {
	if i.Moving != "" {
		return release.Stop
	}
	if i.Change.State != Requested {
		return release.Planned
	}
	if i.lock() != free || len(i.Eligible) == 0 {
		return release.Stop
	}
	if i.EvidenceDark {
		return release.Dark
	}
	total, gone := i.Approval.ExpiresAt.Sub(i.Approval.RequestedAt), at.Sub(i.Approval.RequestedAt)
	switch share := float64(gone) / float64(max(total, 1)); {
	case share >= EscalateAt:
		return release.Escalated
	case share >= RemindAt || i.Full() || i.Change.Kind == Emergency:
		return release.Caution
	}
	return release.Planned
}

// Queue is the snapshot of all changes that wait for a decision, and of today's decisions. It is built
// once per revision of what it rests on, shared by all readers, and never changed.
type Queue struct {
	AsOf    time.Time `json:"as_of"`
	Items   []Item    `json:"items"`
	Decided []Item    `json:"decided"` // decided since 00:00 UTC, newest first
	Stale   []string  `json:"stale"`   // feeds that are dark
}

// Mine returns how many items the person could decide on.
func (q *Queue) Mine(p access.PersonID) int {
	n := 0
	for k := range q.Items {
		if q.Items[k].Yours(p) {
			n++
		}
	}
	return n
}

// Find returns the item of a change: the snapshot's own, which must not be changed.
func (q *Queue) Find(id string) (*Item, bool) {
	for _, list := range [][]Item{q.Items, q.Decided} {
		for k := range list {
			if list[k].Change.ID == id {
				return &list[k], true
			}
		}
	}
	return nil, false
}

// Sorted returns the items in a person's order: own first, then by deadline, then by id. They are the
// snapshot's own and must not be changed.
func (q *Queue) Sorted(p access.PersonID) []*Item {
	out := make([]*Item, 0, len(q.Items))
	for k := range q.Items {
		if q.Items[k].Yours(p) {
			out = append(out, &q.Items[k])
		}
	}
	own := len(out)
	for k := range q.Items {
		if !q.Items[k].Yours(p) {
			out = append(out, &q.Items[k])
		}
	}
	byDeadline := func(a, b *Item) int {
		if c := a.Approval.ExpiresAt.Compare(b.Approval.ExpiresAt); c != 0 {
			return c
		}
		// Ids are numbers behind one prefix: the shorter is the smaller, CHG-9 before CHG-10.
		return cmp.Or(cmp.Compare(len(a.Change.ID), len(b.Change.ID)), cmp.Compare(a.Change.ID, b.Change.ID))
	}
	slices.SortStableFunc(out[:own], byDeadline)
	slices.SortStableFunc(out[own:], byDeadline)
	return out
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
