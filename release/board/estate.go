package board

import (
	"slices"
	"time"

	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/rollout"
)

// Estate is what ActNow looks at: everything that is known now and may need a person.
type Estate struct {
	At       time.Time
	Catalog  *catalog.Catalog
	Queue    *change.Queue
	Rollouts []rollout.Row      // under way, and the newest of each slot that was updated within a day before At
	Past     []rollout.Observed // those that were updated within that day, are over, and were followed by another
	Granted  []Grant
	Alerts   []health.Alert // that fire
	Feeds    []feed.Line    // with their kept letters, and the messages that wait
	Freezes  []calendar.Freeze
	// Conflicts are the cases that stand.
	Conflicts []Contested
	// Environments are those that are configured; what goes into one that is not gated is nobody's to approve.
	Environments []catalog.Environment
}

// Contested is a case, with the services of the changes that are its parties.
type Contested struct {
	conflict.Case
	Services    []string // of those parties that are changes, in their order
	Environment string
}

// Grant is an approval that may be used until an instant.
type Grant struct {
	Change change.Change `json:"change"`
	Since  time.Time     `json:"since"` // when the approval was complete
	Until  time.Time     `json:"until"`
}

// Divide parts rollouts into those that still matter, the one that went last into each service and environment and
// all that are under way, and those that are over and were followed by another, which settles what became of them.
func Divide(list []rollout.Observed) (matter, past []rollout.Observed) {
	type slot struct{ service, environment string }
	last := map[slot]int{}
	for i, g := range list {
		if !g.State.Moves() { // one that waits settles nothing
			continue
		}
		k := slot{g.Service, g.Environment}
		if j, ok := last[k]; !ok || later(g, list[j]) {
			last[k] = i
		}
	}
	for i, g := range list {
		if j, ok := last[slot{g.Service, g.Environment}]; !g.State.Over() || ok && j == i {
			matter = append(matter, g)
		} else {
			past = append(past, g)
		}
	}
	return matter, past
}

func later(a, b rollout.Observed) bool {
	if c := a.StartedAt.Compare(b.StartedAt); c != 0 {
		return c > 0
	}
	return len(a.ID) > len(b.ID) || len(a.ID) == len(b.ID) && a.ID > b.ID
}

// target places a service and an environment in the dimensions of scopes.
func (e Estate) target(service, environment string) access.Target {
	if e.Catalog == nil {
		return access.Target{Service: service, Environment: environment}
	}
	return e.Catalog.Target(service, environment)
}

// gated reports whether the gate judges what goes into an environment. One that nobody configured is: nothing is
// known of it.
func (e Estate) gated(environment string) bool {
	env, known := catalog.Resolve(e.Environments, environment)
	return !known || env.Gated
}

// regions are where a service runs in an environment: the environment's own region where it has one.
func (e Estate) regions(service, environment string) []string {
	if env, ok := catalog.Resolve(e.Environments, environment); ok && env.Region != "" {
		return []string{env.Region}
	}
	return slices.Clone(e.target(service, environment).Regions)
}
