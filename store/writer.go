package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// maxGroup bounds how many commands share a commit, and so how much is run again after one that fails.
const maxGroup = 512

// writer is the one writer of a SQLite file. It takes all commands that wait, lets each run under a
// savepoint of its own, commits once, and answers none before that. Where the group's transaction is lost
// (disk full, a fault of the disk, no memory, an interrupt, a panic) it is rolled back and each command is
// run again in a transaction of its own, so that one command's fate is no other's.
//
// A command's function runs in the goroutine of its caller, to which the writer passes the transaction:
// whatever it does there, even ending its goroutine, the writer goes on.
type writer struct {
	file  *file
	db    *sql.DB
	queue chan *command
	// failed says that the last commit did not succeed for a reason of the machine.
	failed atomic.Bool
	// seen are the topic revisions that this store has published; the follower of other processes skips them.
	seen topicRevisions

	closing chan struct{}
	once    sync.Once
	done    chan struct{}

	session *session    // nil until the first command, and after one was discarded
	log     os.FileInfo // the write-ahead log that the session has open
}

// command is one call of Write.
type command struct {
	s      *Store
	fn     func(port.Tx) error
	turn   chan *tx    // the writer passes the transaction
	ended  chan result // and gets it back
	answer chan error  // at last
	state  atomic.Int32

	tx   *tx   // of the last turn
	err  error // of the last turn
	gone bool  // its function panicked or ended its goroutine: it gets no other turn
}

const (
	waiting int32 = iota
	running
	withdrawn
)

// result is how one turn of a command ended.
type result struct {
	err  error
	gone bool
}

func newWriter(f *file, db *sql.DB) *writer {
	w := &writer{file: f, db: db, queue: make(chan *command, 4*maxGroup), closing: make(chan struct{}), done: make(chan struct{})}
	go w.work()
	return w
}

func (w *writer) close() {
	w.once.Do(func() { close(w.closing) })
	<-w.done
}

var errClosed = release.Errorf(release.Unavailable, "the store is closed: nothing was written").
	Advise("signalbox is ending; try again when it runs")

// do hands a command to the writer and serves its turns until it is answered. A command that waits can be
// given up; one that runs is seen to its end, whatever ctx says.
func (w *writer) do(ctx context.Context, s *Store, fn func(port.Tx) error) error {
	c := &command{s: s, fn: fn, turn: make(chan *tx), ended: make(chan result), answer: make(chan error, 1)}
	if ctx.Err() != nil {
		return explain(ctx.Err())
	}
	select {
	case <-w.closing:
		return errClosed
	case <-ctx.Done():
		return explain(ctx.Err())
	case w.queue <- c:
	}
	given := ctx.Done()
	for {
		select {
		case t := <-c.turn:
			c.run(t)
		case err := <-c.answer:
			if err != nil && c.tx != nil {
				c.tx.back()
			}
			return err
		case <-given:
			if c.state.CompareAndSwap(waiting, withdrawn) {
				return explain(ctx.Err())
			}
			given = nil
		case <-w.done:
			// The writer ended; it answered all it took before that.
			select {
			case err := <-c.answer:
				return err
			default:
				return errClosed
			}
		}
	}
}

// run is one turn, in the goroutine of the caller.
func (c *command) run(t *tx) {
	if c.tx != nil {
		c.tx.back()
	}
	c.tx = t
	r := result{err: errors.New("the goroutine of a command ended within it"), gone: true}
	defer func() { c.ended <- r }()
	err := t.run(c.fn)
	r = result{err: err, gone: t.panicked}
}

func (w *writer) work() {
	defer close(w.done)
	defer func() {
		if w.session != nil {
			w.session.discard()
		}
	}()
	for {
		select {
		case c := <-w.queue:
			w.group(w.gather(c))
		case <-w.closing:
			for {
				select {
				case c := <-w.queue:
					w.group(w.gather(c))
				default:
					return
				}
			}
		}
	}
}

// gather takes what waits behind the first command. It lets other goroutines run once: those just answered
// are about to send their next.
func (w *writer) gather(first *command) []*command {
	var group []*command
	take := func(c *command) {
		if c.state.CompareAndSwap(waiting, running) {
			group = append(group, c)
		}
	}
	take(first)
	runtime.Gosched()
	for len(group) < maxGroup {
		select {
		case c := <-w.queue:
			take(c)
		default:
			return group
		}
	}
	return group
}

// begin starts a transaction on the file that the store was opened on.
func (w *writer) begin() error {
	if err := w.there(); err != nil {
		return err
	}
	ctx := context.Background()
	if w.session == nil {
		s, err := newSession(ctx, w.db)
		if err != nil {
			return err
		}
		w.session = s
		if _, err := s.exec(ctx, "PRAGMA busy_timeout = 0"); err != nil {
			w.drop()
			return err
		}
	}
	if err := w.lock(ctx); err != nil {
		if suspect(err) {
			w.drop()
		}
		return err
	}
	if w.log == nil {
		w.log = w.file.log()
	}
	return nil
}

// lockWait is how long the writer waits for another process to give the lock up.
const lockWait = 5 * time.Second

// lock begins a transaction that writes. It asks for the lock every few milliseconds: SQLite's own waiting
// asks every tenth of a second at last, and then a process that commits without a pause leaves another
// none for its whole five seconds (measured).
func (w *writer) lock(ctx context.Context) error {
	for end := time.Now().Add(lockWait); ; {
		err := w.session.begin(ctx, "BEGIN IMMEDIATE")
		if err == nil || !busy(err) || time.Now().After(end) {
			return err
		}
		time.Sleep(time.Millisecond + rand.N(2*time.Millisecond))
	}
}

// there returns nil while what is committed is kept: the file and its log are the ones that are open.
func (w *writer) there() error {
	if err := w.file.there(); err != nil {
		return err
	}
	return w.file.logThere(w.log)
}

func (w *writer) drop() {
	if w.session != nil {
		w.session.discard()
		w.session, w.log = nil, nil
	}
}

// abandon ends a transaction that is not committed, and the connection with it where cause makes that wise.
func (w *writer) abandon(cause error) {
	if err := w.session.rollback(); err != nil || suspect(cause) {
		w.drop()
	}
}

// commit counts the topics up, makes all durable and looks again whether the file is still there: what is
// in a deleted file is not stored, so it is not acknowledged.
func (w *writer) commit(topics []port.Topic) error {
	ctx := context.Background()
	revisions, err := countTopics(ctx, w.session, topics)
	if err == nil {
		err = w.seen.during(revisions, func() error { return w.session.commit(ctx) })
	}
	if err != nil {
		w.failed.Store(true)
		w.abandon(err)
		return err
	}
	w.failed.Store(false)
	if err := w.there(); err != nil {
		e := release.AsError(err)
		return release.Errorf(release.Unavailable, "%s; it is not known whether this was kept", e.Message).
			Advise("%s", e.Try).Because(err)
	}
	return nil
}

// turn runs one command in the open transaction. An error says that the transaction is no more.
func (w *writer) turn(c *command) (lost error) {
	t := &tx{reader: reader{s: c.s, q: w.session, writes: true}}
	c.turn <- t
	r := <-c.ended
	c.err, c.gone = r.err, r.gone
	switch {
	case ends(t.raw), errors.Is(t.raw, errOver):
		return t.raw
	case w.session.over.Load():
		return errOver
	case r.gone:
		return r.err
	}
	return nil
}

// group runs commands in one transaction and answers them.
func (w *writer) group(group []*command) {
	switch len(group) {
	case 0:
		return
	case 1:
		w.alone(group[0])
		return
	}
	if err := w.begin(); err != nil {
		answer(group, explain(err))
		return
	}
	topics, lost := w.together(group)
	if lost == nil {
		lost = w.commit(topics)
		if e, ok := errors.AsType[*release.Error](lost); ok {
			answer(group, e) // committed to a file that is gone: not acknowledged
			return
		}
	}
	if lost != nil {
		if w.session != nil {
			w.abandon(lost)
		}
		w.again(group)
		return
	}
	group[0].s.publish(topics...)
	for _, c := range group {
		c.settle()
		c.answer <- c.err
	}
}

// answer tells commands that the store could not serve them. One that failed by itself hears that.
func answer(group []*command, err error) {
	for _, c := range group {
		if c.gone {
			c.answer <- c.err
			continue
		}
		c.answer <- err
	}
}

// again runs each command of a group whose transaction was lost in one of its own.
func (w *writer) again(group []*command) {
	for i, c := range group {
		if c.gone {
			c.answer <- c.err
			continue
		}
		if err := w.alone(c); busy(err) {
			// The lock was waited for once; the others need not wait for it one after another.
			answer(group[i+1:], explain(err))
			return
		}
	}
}

// together gives each command its turn under a savepoint, and returns the topics of those that succeeded.
func (w *writer) together(group []*command) (topics []port.Topic, lost error) {
	ctx := context.Background()
	for _, c := range group {
		if _, err := w.session.ExecContext(ctx, "SAVEPOINT command"); err != nil {
			return nil, err
		}
		if lost := w.turn(c); lost != nil {
			return nil, lost
		}
		if c.err != nil {
			if _, err := w.session.ExecContext(ctx, "ROLLBACK TO command"); err != nil {
				return nil, err
			}
		} else {
			for _, p := range c.tx.topics {
				if !slices.Contains(topics, p) {
					topics = append(topics, p)
				}
			}
		}
		if _, err := w.session.ExecContext(ctx, "RELEASE command"); err != nil {
			return nil, err
		}
	}
	return topics, nil
}

// alone runs a command in a transaction of its own and answers it. It returns why the transaction could
// not begin.
func (w *writer) alone(c *command) error {
	if err := w.begin(); err != nil {
		c.answer <- explain(err)
		return err
	}
	lost := w.turn(c)
	if c.err == nil {
		c.err = lost
	}
	if c.err != nil {
		if lost != nil && !c.gone {
			w.failed.Store(true)
		}
		w.abandon(lost)
		c.answer <- explain(c.err)
		return nil
	}
	if err := w.commit(c.tx.topics); err != nil {
		c.answer <- explain(err)
		return nil
	}
	c.s.publish(c.tx.topics...)
	c.settle()
	c.answer <- nil
	return nil
}

// settle shares what a command built, now that it is durable.
func (c *command) settle() {
	if c.err == nil && c.tx.built != nil {
		c.s.share(c.tx.built)
	}
}
