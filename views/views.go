// Package views owns the contract between a screen and what is around it: the world that a session sees,
// and what every view must offer the shell. A view imports release, themes, views and views/kit, never a
// sibling, a store or control; it does no I/O in Update.
package views

import (
	"context"
	"time"

	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/names"
	"signalbox/release/rollout"
	"signalbox/release/simulation"
	"signalbox/release/topology"
	"signalbox/release/verb"
)

// World is what one signed-in session can see and do. control's session satisfies it. The reading methods
// return shared snapshots that must not be changed; they are quick, but may do I/O and so are called from
// commands, never from Update or View.
type World interface {
	// Person is who looks, with grants as of the last change to people. It never blocks.
	Person() *access.Person
	// Actor is how the person came in.
	Actor() access.Actor
	// Now is the domain clock, UTC.
	Now() time.Time
	// Verbs is the catalogue; views find keys, hints and permissions in it.
	Verbs() verb.Table
	// Alarm is the alarm line and the ticker.
	Alarm(ctx context.Context) (board.Alarm, error)
	// Queue is the approval queue.
	Queue(ctx context.Context) (*change.Queue, error)
	// Feeds is the panel of all feeds.
	Feeds(ctx context.Context) (*feed.Panel, error)
	// Calendar is what is on the calendar in [from, to).
	Calendar(ctx context.Context, from, to time.Time) (*calendar.Span, error)
	// Health is what monitors say of every service, and where each objective stands.
	Health(ctx context.Context) (*health.Panel, error)
	// Burning is what a line of Health burnt and what was measured of it over a span of health.Charts;
	// NotFound where there is no such line.
	Burning(ctx context.Context, line string, span time.Duration) (*health.Series, error)
	// Board is the whole estate.
	Board(ctx context.Context) (*board.Page, error)
	// Case is one change; NotFound where there is none.
	Case(ctx context.Context, id string) (*gate.Case, error)
	// Conflicts is the list of conflicts: those that stand, and those that were settled lately.
	Conflicts(ctx context.Context) (*conflict.Docket, error)
	// Conflict is one conflict with the ways out of it; NotFound where there is none.
	Conflict(ctx context.Context, id string) (*conflict.Brief, error)
	// Rollouts is what goes into the environments.
	Rollouts(ctx context.Context) (*rollout.List, error)
	// Rollout is one rollout; NotFound where there is none.
	Rollout(ctx context.Context, id string) (*rollout.Sheet, error)
	// Graph is the dependency graph with how each service stands.
	Graph(ctx context.Context) (*topology.Map, error)
	// Names is what can be called by its name on any screen: services, people, freezes, dead letters.
	Names(ctx context.Context) (*names.Names, error)
	// Do runs a verb as this person. The actor of the call is filled in.
	Do(ctx context.Context, c verb.Call) (verb.Answer, error)
	// Changed receives after something changed: a mailbox of one that is never blocked on, so that a slow
	// session reads the latest state once. It is closed when the session must end.
	Changed() <-chan struct{}
}

// Simulated is a World that may be a sandbox.
type Simulated interface {
	// Simulation is the state of the sandbox, nil in production. It never blocks.
	Simulation() *simulation.State
}
