package control

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
)

const (
	// pullsAtOnce bounds how many feeds one process reads at a time.
	pullsAtOnce = 8
	// pullTimeout bounds one reading; the claim on the feed ends a little later.
	pullTimeout = time.Minute
	claimFor    = 75 * time.Second
)

// pullFeeds reads each feed that is asked when its time has come, in one process at a time, until ctx is
// done.
func (c *Control) pullFeeds(ctx context.Context) {
	places, troubled := make(chan struct{}, pullsAtOnce), make(chan struct{}, pullsAtOnce/2)
	busy := &sync.Map{}
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		due, next := c.duePulls(ctx)
		for _, p := range due {
			if _, reading := busy.LoadOrStore(p.Name(), true); reading {
				continue
			}
			select {
			case places <- struct{}{}:
			default: // all are taken: the next look is soon
				busy.Delete(p.Name())
				continue
			}
			if p.failing {
				select {
				case troubled <- struct{}{}:
				default: // those that fail, and may hang, leave half of the places to the others
					<-places
					busy.Delete(p.Name())
					continue
				}
			}
			working.Go(func() {
				defer func() {
					if p.failing {
						<-troubled
					}
					<-places
					busy.Delete(p.Name())
				}()
				c.contained("reading of a feed", func() { c.PullOnce(ctx, p.Puller) })
			})
		}
		pause(ctx, next)
	}
}

// said remembers what the last reading of each feed refused and noted, so that what stays as it is, such as a
// service that the catalog does not have, is counted and logged once. The zero value remembers nothing.
type said struct {
	mu sync.Mutex
	by map[string]string
}

func (s *said) last(feed string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[feed]
}

func (s *said) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by = nil
}

func (s *said) keep(feed, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[string]string{}
	}
	s.by[feed] = text
}

// contained runs f and keeps its panic from everything else.
func (c *Control) contained(what string, f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.Log.Error("panic in "+what, "panic", fmt.Sprint(r))
		}
	}()
	f()
}

// duePulls are the feeds to read now, and how long until the next: at most a second, in which somebody may
// have asked for one.
func (c *Control) duePulls(ctx context.Context) (due []duePull, next time.Duration) {
	w, at := c.wired(), c.now()
	next = time.Second
	if len(w.Pullers) == 0 {
		return nil, next
	}
	rows, err := c.feeds(ctx)
	if err != nil {
		return nil, next // it is tried again in a second, and the alarm line says why
	}
	for _, p := range w.Pullers {
		f, ok := rows[p.Name()]
		if ok && isDue(f, at) {
			due = append(due, duePull{p, f.NextAt, f.Tries > 0})
		} else if ok && f.NextAt.After(at) {
			next = min(next, max(f.NextAt.Sub(at), 50*time.Millisecond))
		}
	}
	slices.SortStableFunc(due, func(a, b duePull) int { return a.since.Compare(b.since) })
	return due, next
}

// duePull is a feed to read now.
type duePull struct {
	port.Puller
	since   time.Time
	failing bool
}

// isDue reports whether a feed is to be read, and by nobody else now. An instant that lies further ahead than
// any pause was written by a clock that was wrong.
func isDue(f feed.Status, at time.Time) bool {
	wrong := at.Add(max(2*f.ExpectEvery, 25*time.Hour))
	return (!f.NextAt.After(at) || f.NextAt.After(wrong)) && (!f.ClaimedUntil.After(at) || f.ClaimedUntil.After(at.Add(2*claimFor)))
}

func (c *Control) feeds(ctx context.Context) (map[string]feed.Status, error) {
	rows := map[string]feed.Status{}
	err := c.Store.Read(ctx, func(r port.Reader) error {
		list, err := r.Feeds(ctx)
		for _, f := range list {
			rows[f.Name] = f
		}
		return err
	})
	return rows, err
}

// PullOnce claims a feed, reads it, and stores what it gave together with the new cursor; a failure is
// stored with the time of the next try. It does nothing where another process has the claim, or where the
// feed is not due.
func (c *Control) PullOnce(ctx context.Context, p port.Puller) {
	at := c.now()
	var status feed.Status
	mine := false
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		mine = false
		list, err := tx.Feeds(ctx)
		if err != nil {
			return err
		}
		for _, f := range list {
			if f.Name == p.Name() && isDue(f, at) {
				status, mine = f, true
			}
		}
		if !mine {
			return nil
		}
		status.ClaimedUntil = at.Add(claimFor)
		return tx.PutRun(ctx, p.Name(), status.Run)
	})
	if err != nil || !mine {
		return
	}
	began := time.Now()
	asked, cancel := context.WithTimeout(ctx, pullTimeout)
	out, err := pull(asked, p, status.Cursor, at)
	cancel()
	took := time.Since(began).Round(time.Millisecond)
	if c.Sandbox != nil { // no time but the simulated one is shown
		took = c.now().Sub(at)
	}
	if ctx.Err() != nil && err != nil {
		c.release(ctx, status) // told to stop: somebody else may read at once
		return
	}
	if err == nil {
		if err = c.pulled(ctx, status, out, took); err == nil {
			return
		}
		if release.CodeOf(err) == release.Unavailable {
			c.release(ctx, status) // the store's failure, not the feed's: nothing was stored, the cursor stays
			return
		}
	}
	if werr := c.pullFailed(ctx, status, err, took); werr != nil {
		c.Log.Warn("the failure of a feed could not be recorded", "feed", p.Name(), "cause", werr)
	}
}

// pull reads once; a panic of the connector is a fault of the program and not the end of it.
func pull(ctx context.Context, p port.Puller, cursor string, at time.Time) (out port.Pulled, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = release.Errorf(release.Internal, "the connector %s met a fault of its own", p.Name()).Because(fmt.Errorf("panic: %v", r))
		}
	}()
	return p.Pull(ctx, cursor, at)
}

func (c *Control) release(ctx context.Context, status feed.Status) {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	_ = c.Store.Write(own, func(tx port.Tx) error { // the claim ends by itself otherwise
		now, err := current(own, tx, status.Name)
		if err != nil || !holds(status, now) {
			return err
		}
		now.ClaimedUntil, now.NextAt = time.Time{}, c.now().Add(time.Second)
		return tx.PutRun(own, status.Name, now.Run)
	})
}

// current is a feed's row as of a transaction.
func current(ctx context.Context, r port.Reader, name string) (feed.Status, error) {
	list, err := r.Feeds(ctx)
	if err != nil {
		return feed.Status{}, err
	}
	for _, f := range list {
		if f.Name == name {
			return f, nil
		}
	}
	return feed.Status{}, release.Errorf(release.NotFound, "there is no feed %q", release.Clean(name, 60)).Advise("feeds lists them")
}

// holds reports whether the claim that a reading was made under is still the feed's. A reload takes it away: what
// the old connector reads does not count for the new one.
func holds(claimed, now feed.Status) bool { return now.ClaimedUntil.Equal(claimed.ClaimedUntil) }

// pulled stores one reading: facts, cursor, counts and log in one transaction. One whose claim is gone is
// dropped.
func (c *Control) pulled(ctx context.Context, status feed.Status, out port.Pulled, took time.Duration) (err error) {
	text := c.pulls.last(status.Name) // what the reading refused and noted, remembered once it is stored
	defer func() {
		if err == nil {
			c.pulls.keep(status.Name, text)
		}
	}()
	return c.deciding(ctx, func(tx port.Tx) error {
		at := c.now()
		now, err := current(ctx, tx, status.Name)
		if err != nil || !holds(status, now) {
			return err
		}
		if err := tx.CountFeed(ctx, feed.Status{Name: status.Name, LastGood: at}, at); err != nil { // it ends the silence
			return err
		}
		in := ingest{Control: c, tx: tx, connector: status.Name, delivery: "read " + at.Format(time.RFC3339), at: at}
		for _, f := range out.Facts {
			if err := in.take(ctx, f); err != nil {
				return err
			}
		}
		if err := in.rest(ctx); err != nil {
			return err
		}
		refused := slices.Concat(out.Refused, in.refused)
		accepted := max(out.Read-len(refused), 0)
		text = ""
		if len(refused)+len(out.Notes) > 0 {
			text = fmt.Sprint(refused, out.Notes)
		}
		news := text != "" && text != c.pulls.last(status.Name)
		if !news {
			refused = nil // it was counted, and said
		}
		next := at.Add(ahead(status.ExpectEvery))
		if err := tx.PutRun(ctx, status.Name, feed.Run{Cursor: out.Cursor, NextAt: next, Took: took, Fallen: now.Fallen}); err != nil {
			return err
		}
		if err := tx.CountFeed(ctx, feed.Status{Name: status.Name, Kind: feed.Pull, Accepted: int64(accepted), Refused: int64(len(refused)),
			LastGood: at, Run: feed.Run{Took: took}}, at); err != nil {
			return err
		}
		line := feed.Exchange{At: at, Sign: feed.Good, Took: took, Text: readLine(out, accepted)}
		switch {
		case status.Tries > 0:
			line.Sign, line.Text = feed.Back, "back, "+line.Text
		case !news && in.changed == 0 && !status.LastGood.IsZero():
			return nil // a log of nothing new would hide what was
		}
		for _, n := range out.Notes {
			line.Text += "; " + n
		}
		for i, r := range refused {
			if i == 3 {
				line.Text += fmt.Sprintf("; and %d more", len(refused)-3)
				break
			}
			line.Text += "; " + strings.TrimSpace(r.Place+" "+r.Item) + ": " + r.Reason
		}
		line.Text = release.Clean(line.Text, 400)
		return tx.PutExchange(ctx, status.Name, line)
	})
}

// ahead is when a feed is read again: somewhat before its promise, so that the answer is there in time.
func ahead(promise time.Duration) time.Duration {
	return promise - min(promise/10, 2*time.Second)
}

func readLine(out port.Pulled, accepted int) string {
	if out.Unchanged {
		return "unchanged"
	}
	return fmt.Sprintf("%d read, %d accepted, %d refused", out.Read, accepted, max(out.Read-accepted, 0))
}

// pullFailed stores a failure: its class, how often in a row, and when it is tried again.
func (c *Control) pullFailed(ctx context.Context, status feed.Status, cause error, took time.Duration) error {
	e := release.AsError(cause)
	if e.Code == release.Internal {
		c.Log.Error("a connector failed", "feed", status.Name, "cause", e.Cause)
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	jitter, err := c.fraction()
	if err != nil {
		return err
	}
	return c.Store.Write(own, func(tx port.Tx) error {
		at := c.now()
		now, err := current(own, tx, status.Name)
		if err != nil || !holds(status, now) {
			return err
		}
		run := feed.Run{Cursor: status.Cursor, Tries: status.Tries + 1, FailingSince: status.FailingSince, Class: classOf(e), Took: took, Fallen: now.Fallen}
		if run.FailingSince.IsZero() {
			run.FailingSince = at
		}
		wait := feed.Backoff(run.Tries, run.Class, jitter)
		if told := (port.RetryAfter{}); errors.As(cause, &told) {
			wait = max(told.After, time.Second)
		}
		run.NextAt = at.Add(wait)
		text := release.Clean(e.Error(), 300)
		if err := tx.PutRun(own, status.Name, run); err != nil {
			return err
		}
		if err := tx.CountFeed(own, feed.Status{Name: status.Name, Kind: feed.Pull, LastError: text, LastErrorAt: at, Run: feed.Run{Tries: 1, Took: took}}, at); err != nil {
			return err
		}
		return tx.PutExchange(own, status.Name, feed.Exchange{At: at, Sign: feed.Tried, Took: took, Text: fmt.Sprintf("try %d: %s", run.Tries, text)})
	})
}

// classOf says what a failure needs, from the code of its error (port.Puller).
func classOf(e *release.Error) feed.Class {
	switch e.Code {
	case release.Unavailable:
		return feed.Retry
	case release.Unauthenticated, release.Refused:
		return feed.Auth
	case release.Internal:
		return feed.Bug
	}
	return feed.Config
}

// fraction is a random number in [0, 1).
func (c *Control) fraction() (float64, error) {
	var b [8]byte
	if _, err := io.ReadFull(c.Rand, b[:]); err != nil {
		return 0, release.AsError(err)
	}
	return float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53), nil
}
