// Package control owns every use case: it authorises, asks the pure rules, writes state, audit entry and
// follow-up work in one transaction, and builds the snapshots that screens and verbs read. It holds the
// table of verbs and the workers that act later. It imports release only; the store, the clock and the
// importers come as arguments.
package control

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/names"
	"signalbox/release/port"
	"signalbox/release/rollout"
	"signalbox/release/topology"
	"signalbox/release/verb"
)

// Importer reads a source at a path of this machine. flags are those of the import verb. The fact is a
// CatalogSeen or a CalendarSeen.
type Importer func(path string, flags map[string][]string) (fact.Fact, error)

// CheckpointLog is the append-only file of signed checkpoints outside the database.
type CheckpointLog interface {
	Append(signedNote []byte) error
	Notes() ([][]byte, error)
	// Last is the newest whole note, nil where there is none.
	Last() ([]byte, error)
}

// Options is what Control is made of. Every field is needed, but for Importers, CSV, Jobs and Sandbox.
type Options struct {
	Store     port.Store
	Hub       *Hub
	Now       func() time.Time
	Rand      io.Reader
	Log       *slog.Logger
	Version   string
	Process   string // tells the processes of one store apart: "HOST:PID"
	Wiring    Wiring
	Importers map[string]Importer
	// CSV writes rows so that a spreadsheet takes every cell for text.
	CSV func(w io.Writer, rows [][]string) error
	// Jobs carries out what goes to the outside. Without it messages wait in the store for a process that
	// has it.
	Jobs        port.Jobs
	Checkpoints CheckpointLog
	Signer      note.Signer
	// VerifierKey is the public half of Signer, in note format.
	VerifierKey string
	// Sandbox steers the domain clock and everything that waits for it; nil in production.
	Sandbox Simulation
}

// Control serves every door. Its methods may be called from many goroutines.
type Control struct {
	Options
	wiring atomic.Pointer[wired]
	// rewiring is held while the store is told which feeds there are and the wiring changes with it.
	rewiring sync.Mutex
	verbs    verb.Table
	queue    shared[*change.Queue]
	alarm    shared[board.Alarm]
	cases    keyed[*gate.Case]
	panel    shared[*feed.Panel]
	spans    keyed[*calendar.Span]
	rollouts shared[*rollout.List]
	sheets   keyed[*rollout.Sheet]
	graph    shared[*topology.Map]
	vitals   vitals
	board    shared[*board.Page]
	measured shared[*measured]
	named    shared[*names.Names]
	frozen   atomic.Pointer[expanded]
	laid     atomic.Pointer[laid]
	locks    shared[*interlock]
	last     atomic.Pointer[interlock] // the newest, edited into the next
	docket   shared[*conflict.Docket]
	cased    shared[map[string]conflict.Case]
	briefs   keyed[*conflict.Brief]
	visits   visits
	pulls    said
	down     outage
	roster   shared[*roster]
	people   atomic.Pointer[roster] // as of the last change
	hooks    refusals
	sealed   seal
}

// New makes a Control. Run starts its workers.
func New(o Options) *Control {
	c := &Control{Options: o}
	c.wiring.Store(&wired{Wiring: o.Wiring, since: o.Now()})
	c.people.Store(&roster{})
	c.verbs = c.table()
	if c.Sandbox != nil {
		c.verbs = append(c.verbs, c.sandboxTable()...)
	}
	return c
}

// Verbs is the catalogue.
func (c *Control) Verbs() verb.Table { return c.verbs }

// Catalogue is the table of verbs without a Control behind it, for documents and completion. Its verbs
// must not be run.
func Catalogue() verb.Table { return (&Control{}).table() }

// Run works until ctx is done: it keeps the list of people fresh for sessions, carries out follow-up work
// when it is due, signs checkpoints, writes down what the doors turned away, reads the feeds that are asked,
// watches over all of them, sends what is for the outside, and tells who is in.
func (c *Control) Run(ctx context.Context) {
	var working sync.WaitGroup
	workers := []func(context.Context){c.watchPeople, c.checkpointer, c.writeRefusals, c.tellVisits}
	if c.Sandbox == nil { // a simulation lets these happen when its own clock says so
		workers = append(workers, c.followUp, c.pullFeeds, c.watchFeeds, c.send)
	}
	for _, work := range workers {
		working.Go(func() { work(ctx) })
	}
	working.Wait()
}

// now is the domain clock in the precision of the store.
func (c *Control) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
