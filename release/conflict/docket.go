package conflict

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release/access"
)

// Docket is the list of conflicts: those that stand, worst first, and those that were settled lately.
type Docket struct {
	AsOf  time.Time `json:"as_of"`
	Stale []string  `json:"stale"` // feeds that are dark: what they hold may have changed since
	// Standing are the cases that are open or waived.
	Standing []Case `json:"items"`
	Settled  []Case `json:"settled"` // within the last day, newest first
	// Unfed names the inputs of which nothing has ever come: kinds that need them cannot be judged.
	Unfed []string `json:"unfed"`
	// Unknown are conflicts that cannot be ruled out since something is missing that is fed.
	Unknown []Conflict `json:"unknown"`
	// Work are the pieces of work that the standing cases are between, by id, as far as they are still planned.
	Work map[string]Work `json:"work"`
}

// Brief is one case with everything by which it can be settled.
type Brief struct {
	Case
	AsOf time.Time `json:"as_of"`
	// A is the work that should yield, and B the other, where it is work; nil where there is none any more.
	A *Work `json:"a,omitempty"`
	B *Work `json:"b,omitempty"`
	// Against is the other party where it is a fact: the freeze, the window, the batch. nil where it is none.
	Against *Fact `json:"against,omitempty"`
	// Search is where A could go, and Other where B could.
	Search Search `json:"search"`
	Other  Search `json:"other"`
	Parts  []Part `json:"parts"` // of A by region; empty where it cannot be split
	// Waivers may waive it; Asked are those whom it asks now, and Next the stage after it.
	Waivers []access.PersonID `json:"waivers"`
	Asked   []access.PersonID `json:"asked"`
	Next    []access.PersonID `json:"next"`
	// Siblings are the other cases of A.
	Siblings []string `json:"siblings"`
}

// SortCases brings cases into the order in which they are read: escalated ones, hard ones, soft ones, warnings,
// waived ones; of the same, that which must be settled first.
func SortCases(list []Case, at time.Time) {
	rank := func(c *Case) int {
		switch {
		case c.Holds(at):
			return 4
		case c.Escalated() && c.Severity == Hard:
			return 0
		case c.Severity == Hard:
			return 1
		case c.Severity == Soft:
			return 2
		}
		return 3
	}
	slices.SortStableFunc(list, func(a, b Case) int {
		return cmp.Or(rank(&a)-rank(&b), a.Deadline.Compare(b.Deadline), cmp.Compare(a.ID, b.ID))
	})
}
