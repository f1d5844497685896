// Package store owns the persistence of signalbox: the schema, one body of SQL in the words of the domain,
// and the two engines that run it, SQLite (one file, nothing to install) and PostgreSQL (many front-ends,
// one truth). It satisfies port.Store. It is the only package that imports database/sql; it imports release
// and its packages, and nothing of the floors above.
package store

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/port"
)

// Options say where the store is and whom it tells. One of Path and URL is set.
type Options struct {
	// Path is the SQLite file.
	Path string
	// URL is a PostgreSQL connection string. It may name several hosts; the one that accepts writes is used
	// unless the URL sets target_session_attrs itself.
	URL string
	// Publisher is told of topics after each commit, by this process or another. Nil tells nobody.
	Publisher port.Publisher
	// Now is the domain clock: it stamps what the contract gives no instant for (when a catalog source was
	// read) and decides what is old enough to forget. Nil means the clock of the machine.
	Now func() time.Time
	// Log hears of trouble that no caller is told of, such as a lost connection for notifications. Nil
	// discards it.
	Log *slog.Logger
}

// Store is a port.Store on one of the two engines.
type Store struct {
	engine  engine
	dialect dialect
	now     func() time.Time
	log     *slog.Logger
	hub     port.Publisher

	// catalog is the newest catalog that was built from committed rows.
	catalog atomic.Pointer[catalog.Catalog]
	// people are everybody as of the newest revision that was read from committed rows.
	people atomic.Pointer[everybody]
	// outside are the entries of outside calendars as of the newest revision that was read from committed rows.
	outside atomic.Pointer[outside]

	stop    context.CancelFunc // ends the workers
	workers sync.WaitGroup
	close   sync.Once
}

var _ port.Store = (*Store)(nil)

// engine is what differs in kind between SQLite and PostgreSQL: how transactions begin, end and are run
// again, and how other processes' writes are heard of.
type engine interface {
	read(ctx context.Context, s *Store, fn func(port.Reader) error) error
	write(ctx context.Context, s *Store, fn func(port.Tx) error) error
	ping(ctx context.Context, s *Store) error
	clock(ctx context.Context) (time.Time, error)
	// follow publishes what other processes write, until ctx ends.
	follow(ctx context.Context, s *Store)
	close() error
}

// Open opens a store that exists and brings its schema up to date. A store that does not exist is a
// NotFound error; a schema of a newer signalbox is a Refused one.
func Open(ctx context.Context, o Options) (*Store, error) { return open(ctx, o, false) }

// Create makes the store where there is none, and opens it. An existing store is opened as it is: whether
// it was initialised before is told by its Meta.
func Create(ctx context.Context, o Options) (*Store, error) { return open(ctx, o, true) }

func open(ctx context.Context, o Options, create bool) (*Store, error) {
	s := &Store{now: o.Now, log: o.Log, hub: o.Publisher}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	var err error
	switch {
	case o.Path != "" && o.URL != "":
		return nil, release.Errorf(release.Usage, "a store is a file or a PostgreSQL URL, not both").
			Advise("give --data or --database")
	case o.Path != "":
		s.dialect = sqliteDialect
		s.engine, err = openSQLite(ctx, o.Path, create)
	case o.URL != "":
		s.dialect = postgresDialect
		s.engine, err = openPostgres(ctx, o.URL, create)
	default:
		return nil, release.Errorf(release.Usage, "no store is named").Advise("give --data or --database")
	}
	if err != nil {
		return nil, err
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.workers.Go(func() { s.engine.follow(working, s) })
	s.workers.Go(func() { s.sweepHourly(working) })
	return s, nil
}

// Read runs fn on one consistent snapshot.
func (s *Store) Read(ctx context.Context, fn func(r port.Reader) error) error {
	return s.engine.read(ctx, s, fn)
}

// Write runs fn in one transaction, returns after it is durable, and publishes its topics.
func (s *Store) Write(ctx context.Context, fn func(tx port.Tx) error) error {
	return s.engine.write(ctx, s, fn)
}

// Ping reports whether the store can read and write now.
func (s *Store) Ping(ctx context.Context) error { return s.engine.ping(ctx, s) }

// Close ends the store's workers and its connections. Writes that were begun are ended first.
func (s *Store) Close() (err error) {
	s.close.Do(func() {
		s.stop()
		s.workers.Wait()
		err = s.engine.close()
	})
	return err
}

func (s *Store) publish(topics ...port.Topic) {
	if s.hub != nil && len(topics) > 0 {
		s.hub.Publish(topics...)
	}
}
