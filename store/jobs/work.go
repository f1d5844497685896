package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"signalbox/release"
	"signalbox/release/port"
)

// args is a job as River keeps it; its key alone is unique.
type args struct {
	Key    string `json:"key" river:"unique"`
	Action string `json:"kind"`
	ID     string `json:"id"`
}

// Kind is what River calls all of this engine's jobs.
func (args) Kind() string { return "signalbox" }

// InsertOpts makes the key unique in all states.
func (args) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()}}
}

// longest bounds what a RetryAfter may ask for.
const longest = 24 * time.Hour

// worker does what Work was called with.
type worker struct {
	river.WorkerDefaults[args]
	do func(ctx context.Context, j port.Job, last bool) error
	// after has the instant of the next try of a job whose last one told it, by the job's id, between the
	// end of the try and the question when the next one is.
	after sync.Map
}

// Work makes one try.
func (w *worker) Work(ctx context.Context, job *river.Job[args]) error {
	j := port.Job{Key: job.Args.Key, Kind: job.Args.Action, ID: job.Args.ID}
	err := w.do(ctx, j, job.Attempt >= job.MaxAttempts)
	if err == nil {
		return nil
	}
	told := release.AsError(err) // its sentence is stored, never its cause
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errors.Join(told, context.Canceled) // River puts it back, and the try does not count
	case !again(err):
		return river.JobCancel(told)
	}
	if r, ok := errors.AsType[port.RetryAfter](err); ok && r.After > 0 {
		w.after.Store(job.ID, time.Now().Add(min(r.After, longest)))
	}
	return told
}

// again reports whether a failure may pass.
func again(err error) bool {
	if e, ok := errors.AsType[*release.Error](err); ok {
		return e.Code == release.Unavailable
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// NextRetry is the instant that the other side asked for, else zero, which leaves it to the backoff.
func (w *worker) NextRetry(job *river.Job[args]) time.Time {
	at, _ := w.after.LoadAndDelete(job.ID)
	t, _ := at.(time.Time)
	return t
}

// backoff doubles the pause from first to most, and moves it by up to a fifth, so that jobs that failed
// together do not come back together.
type backoff struct{ first, most time.Duration }

// NextRetry is when a job is tried again after its newest try.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(b.pause(job.Attempt, rand.Float64()))
}

// pause is the pause after a number of tries; chance is from 0 to 1.
func (b backoff) pause(tries int, chance float64) time.Duration {
	d := b.first
	for range tries - 1 {
		if d *= 2; d >= b.most {
			d = b.most
			break
		}
	}
	return time.Duration(float64(d) * (0.8 + 0.4*chance))
}
