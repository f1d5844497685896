package control

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/board"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/simulation"
)

// tickerLength is how many events the ticker holds.
const tickerLength = 50

// queueTopics are what the queue and a case rest on. Feeds are not among them: their counts move with every
// delivery, and their age with the clock, which snapshotAge sees to.
var queueTopics = []port.Topic{port.Catalog, port.People, port.Changes, port.Rollouts, port.Freezes, port.Calendar, port.Health, port.Conflicts}

// panelTopics are what the Feeds screen rests on.
var panelTopics = append([]port.Topic{port.Feeds}, queueTopics...)

// alarmTopics are what the alarm line and the ticker rest on, and what sessions are told of.
var alarmTopics = append([]port.Topic{port.Audit}, queueTopics...)

// sessionTopics are what a session's screens are told of.
var sessionTopics = append([]port.Topic{port.Feeds, port.Health}, alarmTopics...)

// Queue returns the shared snapshot. While the store does not answer, the last one is returned: the alarm
// says so.
func (c *Control) Queue(ctx context.Context) (*change.Queue, error) {
	return c.queue.get(ctx, c, queueTopics, c.buildQueue)
}

func (c *Control) buildQueue(ctx context.Context) (*change.Queue, error) {
	at := c.now()
	var q *change.Queue
	err := c.judging(ctx, func(r port.Reader) error {
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
			if f.Aspect(at, c.wired().since) == "dark" {
				q.Stale = append(q.Stale, f.Name)
			}
		}
		return nil
	})
	return q, err
}

// outage is since when the store does not answer; zero while it does.
type outage struct {
	mu    sync.Mutex
	since time.Time
}

// Alarm returns the shared alarm line. A store that does not answer is part of the alarm, so this fails only
// for other reasons.
func (c *Control) Alarm(ctx context.Context) (board.Alarm, error) {
	out, err := c.alarm.get(ctx, c, alarmTopics, c.buildAlarm)
	c.down.mu.Lock()
	defer c.down.mu.Unlock()
	if err == nil {
		c.down.since = time.Time{}
		return out, nil
	}
	if release.CodeOf(err) != release.Unavailable || ctx.Err() != nil { // a caller who left knows nothing of the store
		return out, err
	}
	if errors.Is(err, simulation.ErrAnew) { // no outage: it was asked for
		return board.Alarm{Queue: &change.Queue{AsOf: c.now()}, AsOf: c.now(), Store: simulation.Beginning}, nil
	}
	if c.down.since.IsZero() {
		c.down.since = c.now()
	}
	if out.Queue == nil {
		out.Queue = &change.Queue{AsOf: c.now()}
	}
	out.Store = fmt.Sprintf("STORE does not answer since %s · %s", c.down.since.Format("15:04:05Z"), release.AsError(err).Message)
	return out, nil
}

func (c *Control) buildAlarm(ctx context.Context) (board.Alarm, error) {
	at := c.now()
	// A store that can be read but not written must darken the levers too.
	if err := c.Store.Ping(ctx); err != nil {
		return board.Alarm{}, err
	}
	q, err := c.Queue(ctx)
	if err != nil {
		return board.Alarm{}, err
	}
	out := board.Alarm{AsOf: at, Queue: q, Since: c.wired().since}
	err = c.judging(ctx, func(r port.Reader) error {
		e, err := c.estate(ctx, r, q, at)
		if err != nil {
			return err
		}
		// The counts are the rows of the Board: one rule makes both.
		out.Stop, out.Caution, out.Escalated = board.Count(board.ActNow(e))
		out.Rollouts = 0
		for _, g := range e.Rollouts {
			if !g.State.Over() {
				out.Rollouts++
			}
		}
		out.Feeds = make([]feed.Status, len(e.Feeds))
		for i, f := range e.Feeds {
			out.Feeds[i] = f.Status
		}
		out.Events, err = c.events(ctx, r)
		return err
	})
	return out, err
}

// eventAspect says how a ticker line is drawn: what stops or endangers is marked, the rest is plain.
func eventAspect(e audit.Entry) release.Aspect {
	switch e.Verb {
	case "conflict.raise":
		if e.Detail["severity"] == conflict.Hard.String() {
			return release.Stop
		}
		return release.Caution
	case "conflict.escalate", "escalate":
		return release.Escalated
	case "rollout.unauthorised", "alert.fire":
		return release.Stop
	case "feed.dark":
		return release.Dark
	case "reject", "approval.void", "approval.expire", "approval.lapse", "freeze declare", "freeze.begin", "outbox.unknown", "outbox.failed",
		"conflict.lapse", "waive":
		return release.Caution
	case "approve", "feed.back", "alert.resolve", "freeze.end", "conflict.gone", "answer":
		return release.Go
	}
	return release.Planned
}

// Case returns one change before the gate, shared by all who look at it.
func (c *Control) Case(ctx context.Context, id string) (*gate.Case, error) {
	return c.cases.of(id, c.now()).get(ctx, c, queueTopics, func(ctx context.Context) (*gate.Case, error) {
		var k *gate.Case
		err := c.judging(ctx, func(r port.Reader) error {
			var err error
			k, err = c.caseOf(ctx, r, id, c.now())
			return err
		})
		return k, err
	})
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
	k := &gate.Case{Item: it, Answer: c.ahead(l, &it, at)}
	// Whoever may read sees what was done and by whom; refusals, keys and operators are the auditor's.
	k.History, err = history(ctx, r, id, audit.Done, 100)
	for i := range k.History {
		k.History[i].Fingerprint, k.History[i].Detail = "", nil
	}
	if err != nil {
		return nil, err
	}
	k.Health, err = c.health(ctx, r, l, ch.Service, ch.Environment, at)
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
	r, err := c.everybody(ctx)
	if err == nil {
		c.people.Store(r)
	}
	return err
}
