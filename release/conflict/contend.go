package conflict

import (
	"fmt"
	"time"

	"signalbox/release"
)

// Contention is who of two goes ahead where both cannot (PRACTICES 9.4).
type Contention struct {
	Winner string `json:"winner"`
	Loser  string `json:"loser"`
	By     string `json:"by"`  // priority, error budget, age or id
	Why    string `json:"why"` // a sentence
	// Offer is where the loser could go instead; its Slots are empty where there is nowhere.
	Offer Search `json:"offer"`
}

// Contend decides between two pieces of work that the engine holds: by priority, then by the error budget that their
// services have left (the one with more goes ahead), then by age. What is not known of either is passed over. The
// loser is offered the next slots from an instant on. The error is NotFound.
func (e *Engine) Contend(a, b string, from time.Time) (Contention, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	var of [2]*piece
	for i, id := range []string{a, b} {
		h, ok := e.byID[id]
		if !ok {
			return Contention{}, release.Errorf(release.NotFound, "%s is not on the calendar", release.Clean(id, 40))
		}
		of[i] = e.pieces[h]
	}
	wins, by := ahead(&of[0].Work, &of[1].Work, e.left(of[0]), e.left(of[1]))
	if !wins {
		of[0], of[1] = of[1], of[0]
	}
	c := Contention{Winner: of[0].ID, Loser: of[1].ID, By: by}
	c.Why = fmt.Sprintf("%s goes before %s by %s", c.Winner, c.Loser, by)
	search, err := e.slots(of[1].Work, from)
	c.Offer = search
	return c, err
}

// left is the least that a service has left of its error budgets, nil where none is known.
func (e *Engine) left(p *piece) *float64 {
	var out *float64
	for _, b := range p.place.buckets {
		for _, h := range b.always {
			if f := e.facts[h]; f.Sort == BudgetFact && f.covers(p.place.Target) && (out == nil || f.Left < *out) {
				out = &f.Left
			}
		}
	}
	return out
}

// ahead reports whether a goes before b, and by what.
func ahead(a, b *Work, aLeft, bLeft *float64) (bool, string) {
	switch {
	case a.Priority != 0 && b.Priority != 0 && a.Priority != b.Priority:
		return a.Priority < b.Priority, "priority"
	case aLeft != nil && bLeft != nil && *aLeft != *bLeft:
		return *aLeft > *bLeft, "error budget"
	case !a.RequestedAt.IsZero() && !b.RequestedAt.IsZero() && !a.RequestedAt.Equal(b.RequestedAt):
		return a.RequestedAt.Before(b.RequestedAt), "age"
	}
	return a.ID < b.ID, "id"
}
