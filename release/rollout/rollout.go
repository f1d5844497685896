// Package rollout owns what is being put into an environment and how far it is. Without a controller a
// rollout is observed: it follows the forge's deployment statuses (CONTRACTS section 1). It does no I/O.
package rollout

import (
	"slices"
	"time"

	"signalbox/release"
)

// State is the state of an observed rollout, in the forge's own words.
type State string

const (
	Pending    State = "pending"
	Queued     State = "queued"
	InProgress State = "in_progress"
	Success    State = "success"
	Failure    State = "failure"
	Error      State = "error"
	Inactive   State = "inactive"
)

// States lists every State.
var States = []State{Pending, Queued, InProgress, Success, Failure, Error, Inactive}

// Known reports whether s is one of States.
func (s State) Known() bool { return slices.Contains(States, s) }

// Over reports whether nothing further is expected.
func (s State) Over() bool { return s == Success || s == Failure || s == Error || s == Inactive }

// Moves reports whether the state says that the version is going, or has gone, into the environment.
// Pending and queued wait; inactive is about a deployment that another has replaced.
func (s State) Moves() bool {
	return s == InProgress || s == Success || s == Failure || s == Error
}

// Observed is a rollout that signalbox watches and does not steer. Change is "" where none was found:
// such a rollout is unauthorised. Ids are "RO-1".
type Observed struct {
	ID          string         `json:"id"`
	Connector   string         `json:"connector"`
	ExternalID  string         `json:"external_id"`
	Service     string         `json:"service"`
	Environment string         `json:"environment"`
	Version     string         `json:"version"`
	Digest      release.Digest `json:"digest"`
	Change      string         `json:"change,omitempty"`
	State       State          `json:"state"`
	URL         string         `json:"url,omitempty"`
	// StartedAt is when it began to move, by the first status that says so; until then when it was created.
	StartedAt time.Time `json:"started_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Begun reports whether it has begun to move.
func (o Observed) Begun() bool { return o.State != Pending && o.State != Queued }

// Next returns the state after a status observed at an instant, and whether it differs. A status older than
// the last change alters nothing (deliveries may arrive out of order), nor does one of the same instant that
// would go back (forges count in seconds), nor an unknown one; a finished rollout only becomes inactive. The
// first status that moves it is when it starts.
func Next(o Observed, s State, at time.Time) (Observed, bool) {
	back := at.Equal(o.UpdatedAt) && slices.Index(States, s) < slices.Index(States, o.State)
	if !s.Known() || at.Before(o.UpdatedAt) || back || o.State == s || (o.State.Over() && s != Inactive) {
		return o, false
	}
	if !o.State.Moves() && s.Moves() {
		o.StartedAt = at
	}
	o.State, o.UpdatedAt = s, at
	return o, true
}
