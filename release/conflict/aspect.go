package conflict

import (
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// Aspect is the signal of a case at an instant: escalated where the first who were asked were silent, else stop where
// it is hard and caution where it is soft. A warning and a case that is waived hold nothing up and are as planned; one
// that is settled is go. What still stands after its waiver ended is not waived.
func (c *Case) Aspect(at time.Time) release.Aspect {
	switch {
	case c.State == Gone:
		return release.Go
	case c.Holds(at), c.Severity <= Warn:
		return release.Planned
	case c.Escalated():
		return release.Escalated
	case c.Severity == Hard:
		return release.Stop
	}
	return release.Caution
}

// Wants reports whether somebody has to settle the case: it stands, holds work up, and is not waived.
func (c *Case) Wants(at time.Time) bool { return c.Aspect(at).Worse(release.Planned) }

// Has reports whether an id is that of one of the parties.
func (c *Conflict) Has(id string) bool {
	for _, p := range c.Parties {
		if p.ID == id && id != "" {
			return true
		}
	}
	return false
}

// Asks reports whether the case waits for the answer of a person who is among those whom it asks.
func (b *Brief) Asks(p access.PersonID) bool {
	if b.State != Open || b.AnsweredBy != "" || p == "" {
		return false
	}
	for _, id := range b.Asked {
		if id == p {
			return true
		}
	}
	return false
}

// Of counts the cases that stand and have a piece of work among their parties.
func (d *Docket) Of(work string) int {
	n := 0
	for i := range d.Standing {
		if d.Standing[i].Has(work) {
			n++
		}
	}
	return n
}
