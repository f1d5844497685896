// Package control owns every use case: it authorises, asks the pure rules, writes state, audit entry and
// follow-up work in one transaction, and builds the snapshots that screens and verbs read. It holds the
// table of verbs and the workers that act later. It imports release only; the store, the clock and the
// importers come as arguments.
package control

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signalbox/release/access"
	"signalbox/release/board"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/fact"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// Importer reads a catalog source at a path of this machine.
type Importer func(path string) (fact.CatalogSeen, error)

// CheckpointLog is the append-only file of signed checkpoints outside the database.
type CheckpointLog interface {
	Append(signedNote []byte) error
	Notes() ([][]byte, error)
	// Last is the newest whole note, nil where there is none.
	Last() ([]byte, error)
}

// Options is what Control is made of. Every field is needed, but for Importers and Bots.
type Options struct {
	Store        port.Store
	Hub          *Hub
	Now          func() time.Time
	Rand         io.Reader
	Log          *slog.Logger
	Version      string
	Environments []catalog.Environment
	// Bots are logins that stand for no human, besides those that a forge marks itself.
	Bots        []string
	Importers   map[string]Importer
	Checkpoints CheckpointLog
	Signer      note.Signer
	// VerifierKey is the public half of Signer, in note format.
	VerifierKey string
}

// Control serves every door. Its methods may be called from many goroutines.
type Control struct {
	Options
	since  time.Time // when this process began to expect its feeds
	verbs  verb.Table
	queue  shared[*change.Queue]
	alarm  shared[board.Alarm]
	cases  keyed[*gate.Case]
	down   outage
	people atomic.Pointer[map[access.PersonID]*access.Person]
	hooks  refusals
	sealed seal
}

// New makes a Control. Run starts its workers.
func New(o Options) *Control {
	c := &Control{Options: o, since: o.Now()}
	c.people.Store(&map[access.PersonID]*access.Person{})
	c.verbs = c.table()
	return c
}

// Verbs is the catalogue.
func (c *Control) Verbs() verb.Table { return c.verbs }

// Catalogue is the table of verbs without a Control behind it, for documents and completion. Its verbs
// must not be run.
func Catalogue() verb.Table { return (&Control{}).table() }

// Run works until ctx is done: it keeps the list of people fresh for sessions, carries out follow-up work
// when it is due, signs checkpoints, and writes down what the doors turned away.
func (c *Control) Run(ctx context.Context) {
	done := make(chan struct{}, 4)
	for _, work := range []func(context.Context){c.watchPeople, c.followUp, c.checkpointer, c.writeRefusals} {
		go func() {
			work(ctx)
			done <- struct{}{}
		}()
	}
	for range 4 {
		<-done
	}
}

// now is the domain clock in the precision of the store.
func (c *Control) now() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }
