// Package jobs owns the engine that carries out work of the outside: River, on a SQLite file of its own or in
// a schema of its own of the PostgreSQL database. It satisfies port.Jobs. It imports release and its packages,
// and nothing of the floors above; it knows no table of the store.
//
// The queue holds no truth. What is to be done stands in the store, with how far it is, so a queue that was
// lost is filled again from there, and work whose job is repeated finds in the store that it is done.
//
// A key is unique among the jobs that are there, in whatever state. Jobs that are over are kept for a day:
// until then their key enqueues nothing, afterwards it is a new job. Whoever wants the work of a key done
// again enqueues it under another key.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"signalbox/release"
	"signalbox/release/port"
)

// pace holds the engine's times and numbers.
type pace struct {
	workers  int
	attempts int
	poll     time.Duration // between looks for new jobs, where nothing tells of them
	timeout  time.Duration // of one try
	// rescue is how long after the begin of a try its process is taken for dead. It is more than timeout.
	rescue time.Duration
	grace  time.Duration // for tries that are running when the engine stops
	first  time.Duration // pause after the first failure; it doubles with each
	most   time.Duration // longest pause
	kept   time.Duration // how long a job is kept that is over
	// unstaggered starts River's own chores at once, not within a second.
	unstaggered bool
}

func usual() pace {
	return pace{
		workers: 8, attempts: 12, poll: 500 * time.Millisecond, timeout: time.Minute, rescue: 2 * time.Minute,
		grace: 10 * time.Second, first: 5 * time.Second, most: 15 * time.Minute, kept: 24 * time.Hour,
	}
}

// client is what is used of River's client, which is a different type for each engine.
type client interface {
	InsertMany(ctx context.Context, jobs []river.InsertManyParams) ([]*rivertype.JobInsertResult, error)
	Start(ctx context.Context) error
	Stopped() <-chan struct{}
}

// Engine is a port.Jobs.
type Engine struct {
	river  client
	worker *worker
	where  string // the queue, in sentences
	repair string // what to do about it
	shut   func() error

	mu      sync.Mutex
	working chan struct{} // closed when Work has ended; nil while nobody works
	stop    context.CancelFunc
	closed  bool
}

var _ port.Jobs = (*Engine)(nil)

// config is River's configuration for either engine. log hears of trouble; nil discards it.
func config(p pace, w *worker, log *slog.Logger) *river.Config {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	return &river.Config{
		Workers:                     workers,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: p.workers}},
		MaxAttempts:                 p.attempts,
		FetchPollInterval:           p.poll,
		JobTimeout:                  p.timeout,
		RescueStuckJobsAfter:        p.rescue,
		SoftStopTimeout:             p.grace,
		RetryPolicy:                 backoff{first: p.first, most: p.most},
		CompletedJobRetentionPeriod: p.kept,
		CancelledJobRetentionPeriod: p.kept,
		DiscardedJobRetentionPeriod: p.kept,
		Logger:                      slog.New(grave{log.Handler()}),
		TestOnly:                    p.unstaggered,
	}
}

// batch is how many jobs are inserted by one statement.
const batch = 500

// Enqueue inserts jobs whose keys are not there. A job that was inserted when an error is returned stays: to
// enqueue all of them again is safe.
func (e *Engine) Enqueue(ctx context.Context, jobs []port.Job) error {
	known := make(map[string]bool, len(jobs))
	rows := make([]river.InsertManyParams, 0, min(len(jobs), batch))
	insert := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := e.river.InsertMany(ctx, rows)
		rows = rows[:0]
		return e.explain(err)
	}
	for _, j := range jobs {
		if j.Key == "" {
			return release.Errorf(release.Internal, "work for the outside has no key").Because(errors.New(j.Kind + " " + j.ID))
		}
		if known[j.Key] {
			continue
		}
		known[j.Key] = true
		rows = append(rows, river.InsertManyParams{Args: args{Key: j.Key, Action: j.Kind, ID: j.ID}})
		if len(rows) == batch {
			if err := insert(); err != nil {
				return err
			}
		}
	}
	return insert()
}

// Work carries out jobs until ctx is done, then lets those that are running end, cancels their contexts
// after ten seconds, and returns when all have returned. A job that was cut off so is done again, and the
// cut-off try does not count.
//
// A try has a minute. A job whose process died is taken up again after two to three. A process that dies in
// the last try leaves a job that is over, without a call of do. Pauses between tries double from five
// seconds to fifteen minutes, give or take a fifth, unless a RetryAfter says otherwise (a day at most); the
// twelfth try is the last, after about an hour. A panic of do is a failure that is tried again.
// One goroutine of a process may work at a time.
func (e *Engine) Work(ctx context.Context, do func(ctx context.Context, j port.Job, last bool) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	e.mu.Lock()
	switch {
	case e.closed:
		e.mu.Unlock()
		return e.explain(errClosed)
	case e.working != nil:
		e.mu.Unlock()
		return release.Errorf(release.Internal, "the queue is being worked on by this process already")
	}
	e.working, e.stop = ended, stop
	e.worker.do = do
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.working = nil
		e.mu.Unlock()
		close(ended)
	}()
	if ctx.Err() != nil {
		return nil
	}
	if err := e.river.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return e.explain(err)
	}
	<-e.river.Stopped()
	return nil
}

// Close stops Work, waits for it and closes the queue.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	working := e.working
	if working != nil {
		e.stop()
	}
	e.mu.Unlock()
	if working != nil {
		<-working
	}
	return e.explain(e.shut())
}

var errClosed = errors.New("the queue was closed")

// explain turns what a driver says into what a person reads.
func (e *Engine) explain(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return release.Errorf(release.Unavailable, "the request was given up before %s had answered", e.where).
			Advise("try again").Because(err)
	}
	return release.Errorf(release.Unavailable, "%s does not answer", e.where).Advise("%s", e.repair).Because(err)
}

// grave passes on what River says from warnings upwards.
type grave struct{ slog.Handler }

func (g grave) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && g.Handler.Enabled(ctx, l)
}
func (g grave) WithAttrs(a []slog.Attr) slog.Handler { return grave{g.Handler.WithAttrs(a)} }
func (g grave) WithGroup(name string) slog.Handler   { return grave{g.Handler.WithGroup(name)} }
