package control

import (
	"context"
	"fmt"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/board"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/release/port"
)

// snapshotAge is how long a snapshot may serve without any change: grants end and clocks run without a
// write.
const snapshotAge = 5 * time.Second

// tickerLength is how many events the ticker holds.
const tickerLength = 50

// cachedQueue is the queue shared by all readers: however many ask, one builds it and the rest wait.
type cachedQueue struct {
	mu      sync.Mutex
	version int64
	built   time.Time
	value   *change.Queue
}

// queueTopics are what the queue rests on.
var queueTopics = []port.Topic{port.Catalog, port.People, port.Changes, port.Rollouts, port.Freezes, port.Feeds}

// Queue returns the shared snapshot. While the store does not answer, the last one is returned: the alarm
// says so.
func (c *Control) Queue(ctx context.Context) (*change.Queue, error) {
	q := &c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	version, at := c.Hub.Version(queueTopics...), c.now()
	if q.value != nil && q.version == version && at.Sub(q.built) < snapshotAge {
		return q.value, nil
	}
	fresh, err := c.buildQueue(ctx, at)
	if err != nil {
		if q.value != nil && release.CodeOf(err) == release.Unavailable {
			return q.value, nil
		}
		return nil, err
	}
	q.value, q.version, q.built = fresh, version, at
	return fresh, nil
}

func (c *Control) buildQueue(ctx context.Context, at time.Time) (*change.Queue, error) {
	var q *change.Queue
	err := c.Store.Read(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		waiting, err := r.ChangesIn(ctx, change.Requested)
		if err != nil {
			return err
		}
		decided, err := r.DecidedSince(ctx, at.Truncate(24*time.Hour))
		if err != nil {
			return err
		}
		q = &change.Queue{AsOf: at, Stale: []string{}}
		if q.Items, err = c.items(ctx, r, l, waiting, at); err != nil {
			return err
		}
		if q.Decided, err = c.items(ctx, r, l, decided, at); err != nil {
			return err
		}
		for _, f := range l.feeds {
			if f.Aspect(at, c.since) == "dark" {
				q.Stale = append(q.Stale, f.Name)
			}
		}
		return nil
	})
	return q, err
}

// cachedAlarm is the alarm line shared by all readers.
type cachedAlarm struct {
	mu      sync.Mutex
	version int64
	built   time.Time
	value   board.Alarm
	down    time.Time // since when the store does not answer
}

// Alarm returns the shared alarm line. It fails only where there has never been one: a store that does not
// answer is part of the alarm.
func (c *Control) Alarm(ctx context.Context) (board.Alarm, error) {
	a := &c.alarm
	a.mu.Lock()
	defer a.mu.Unlock()
	version, at := c.Hub.Version(port.Topics...), c.now()
	if !a.built.IsZero() && a.version == version && at.Sub(a.built) < snapshotAge && a.down.IsZero() {
		return a.value, nil
	}
	fresh, err := c.buildAlarm(ctx, at)
	if err == nil {
		a.value, a.version, a.built, a.down = fresh, version, at, time.Time{}
		return fresh, nil
	}
	if release.CodeOf(err) != release.Unavailable {
		return a.value, err
	}
	if a.down.IsZero() {
		a.down = at
	}
	out := a.value
	if out.Queue == nil {
		out.Queue = &change.Queue{AsOf: at}
	}
	out.Store = fmt.Sprintf("STORE does not answer since %s · %s", a.down.Format("15:04:05Z"), release.AsError(err).Message)
	return out, nil
}

func (c *Control) buildAlarm(ctx context.Context, at time.Time) (board.Alarm, error) {
	// A store that can be read but not written must darken the levers too.
	if err := c.Store.Ping(ctx); err != nil {
		return board.Alarm{}, err
	}
	q, err := c.Queue(ctx)
	if err != nil {
		return board.Alarm{}, err
	}
	out := board.Alarm{AsOf: at, Queue: q, Since: c.since}
	out.Stop, out.Caution, out.Escalated = board.Count(q, at)
	err = c.Store.Read(ctx, func(r port.Reader) error {
		live, err := r.LiveRollouts(ctx)
		if err != nil {
			return err
		}
		out.Rollouts = len(live)
		if out.Feeds, err = r.Feeds(ctx); err != nil {
			return err
		}
		entries, err := history(ctx, r, "", tickerLength)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Outcome == audit.Done && e.Summary != "" {
				out.Events = append(out.Events, board.Event{Seq: e.Seq, At: e.At, Aspect: eventAspect(e), ID: e.Subject, Text: e.Summary})
			}
		}
		return nil
	})
	return out, err
}

// eventAspect says how a ticker line is drawn: what stops or endangers is marked, the rest is plain.
func eventAspect(e audit.Entry) release.Aspect {
	switch e.Verb {
	case "rollout.unauthorised":
		return release.Stop
	case "reject", "approval.void", "approval.expire", "approval.lapse", "freeze declare":
		return release.Caution
	case "approve":
		return release.Go
	}
	return release.Planned
}

// Ready reports whether the store reads and writes.
func (c *Control) Ready(ctx context.Context) error { return c.Store.Ping(ctx) }

// caseOf joins one change with the verdict on it now and its history.
func (c *Control) caseOf(ctx context.Context, r port.Reader, id string, at time.Time) (*gate.Case, error) {
	ch, err := r.Change(ctx, id)
	if err != nil {
		return nil, err
	}
	l, err := c.load(ctx, r, at)
	if err != nil {
		return nil, err
	}
	it, err := c.item(ctx, r, l, ch, at)
	if err != nil {
		return nil, err
	}
	k := &gate.Case{Item: it, Answer: c.verdict(l, &it, subjectOf(ch), nil, at)}
	k.History, err = history(ctx, r, id, 100)
	return k, err
}

// watchPeople keeps the people of this process's sessions as of the last change.
func (c *Control) watchPeople(ctx context.Context) {
	sub := c.Hub.Subscribe(port.People)
	defer sub.Close()
	tick := time.NewTicker(snapshotAge)
	defer tick.Stop()
	for {
		if err := c.loadPeople(ctx); err != nil && ctx.Err() == nil {
			c.Log.Warn("people could not be read", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-sub.C():
		case <-tick.C:
		}
	}
}

func (c *Control) loadPeople(ctx context.Context) error {
	return c.Store.Read(ctx, func(r port.Reader) error {
		people, err := r.People(ctx)
		if err != nil {
			return err
		}
		m := make(map[access.PersonID]*access.Person, len(people))
		for i := range people {
			m[people[i].ID] = &people[i]
		}
		c.people.Store(&m)
		return nil
	})
}
