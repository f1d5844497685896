package control

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/calendar"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// watchFeeds notes when a feed falls dark and when it is back, and says which feeds this process has, until ctx
// is done.
func (c *Control) watchFeeds(ctx context.Context) {
	said := time.Now()
	for ctx.Err() == nil {
		if time.Since(said) >= declareEvery {
			said = time.Now()
			if err := c.DeclareOnce(ctx); err != nil && ctx.Err() == nil {
				c.Log.Debug("the feeds of this process could not be told", "cause", err)
			}
		}
		if err := c.WatchOnce(ctx); err != nil && ctx.Err() == nil && release.CodeOf(err) != release.Unavailable {
			c.Log.Error("the feeds could not be watched", "cause", err)
		}
		pause(ctx, time.Second)
	}
}

// DeclareOnce says again which feeds this process has.
func (c *Control) DeclareOnce(ctx context.Context) error {
	c.rewiring.Lock()
	defer c.rewiring.Unlock()
	w := c.wired().Wiring
	return c.Store.Write(ctx, func(tx port.Tx) error { return c.declare(ctx, tx, w, false) })
}

// WatchOnce writes down each feed that has become dark, or good again, since that was last written: in its
// log and in the audit log, so that the ticker and the subscribers learn of it.
func (c *Control) WatchOnce(ctx context.Context) error {
	rows, err := c.feeds(ctx)
	if err != nil {
		return err
	}
	w, at := c.wired(), c.now()
	for _, name := range slices.Sorted(maps.Keys(rows)) { // in one order, whatever the map's
		f := rows[name]
		aspect := f.Aspect(at, w.since)
		if f.Kind == feed.Out || (aspect != feed.Dark && aspect != feed.Fresh) {
			continue
		}
		dark := aspect == feed.Dark
		if dark == f.Fallen || (!dark && !f.LastGood.After(f.Since)) { // one that has not spoken is not back
			continue
		}
		if err := c.Store.Write(ctx, func(tx port.Tx) error { return c.turned(ctx, tx, f.Name, dark, at) }); err != nil {
			return err
		}
	}
	if err := c.watchFreezes(ctx, at); err != nil {
		return err
	}
	return c.watchConflicts(ctx, at)
}

// watchFreezes writes down each freeze of an outside calendar that has come into force, and each that was and is
// not any more, because it is over or because its calendar does not have it any more: once among all processes.
// Nobody declares them here, and those whom they stop should hear of it.
func (c *Control) watchFreezes(ctx context.Context, at time.Time) error {
	turned := false
	if err := c.Store.Read(ctx, func(r port.Reader) error {
		begin, end, err := c.freezesTurned(ctx, r, at)
		turned = len(begin)+len(end) > 0
		return err
	}); err != nil || !turned {
		return err
	}
	return c.Store.Write(ctx, func(tx port.Tx) error {
		begin, end, err := c.freezesTurned(ctx, tx, at)
		if err != nil {
			return err
		}
		for _, f := range begin {
			if err := tx.PutBegunFreeze(ctx, f); err != nil {
				return err
			}
			if err := c.tellFreeze(ctx, tx, f, "freeze.begin", at, "%s freeze of %s until %s, from the calendar %s: %s",
				f.Kind, f.Scope, f.To.UTC().Format("Mon 02 Jan 15:04Z"), f.Source, f.Reason); err != nil {
				return err
			}
		}
		for _, f := range end {
			if err := tx.RemoveBegunFreeze(ctx, f.Source, f.ExternalID); err != nil {
				return err
			}
			if err := c.tellFreeze(ctx, tx, f, "freeze.end", at, "the freeze of %s from the calendar %s is over: %s", f.Scope, f.Source, f.Reason); err != nil {
				return err
			}
		}
		return nil
	})
}

// freezesTurned compares the freezes of outside calendars that are in force with those that were said to be. One
// entry is one freeze, whatever becomes of its title and times while it is in force.
func (c *Control) freezesTurned(ctx context.Context, r port.Reader, at time.Time) (begin, end []calendar.Freeze, err error) {
	entries, err := r.Entries(ctx)
	if err != nil {
		return nil, nil, err
	}
	begun, err := r.BegunFreezes(ctx)
	if err != nil {
		return nil, nil, err
	}
	type key struct{ source, externalID string }
	said, now := map[key]bool{}, map[key]bool{}
	for _, f := range begun {
		said[key{f.Source, f.ExternalID}] = true
	}
	for _, f := range c.freezePeriods(entries, at) {
		k := key{f.Source, f.ExternalID}
		if !f.In(at) || now[k] {
			continue
		}
		now[k] = true
		if !said[k] {
			begin = append(begin, f)
		}
	}
	for _, f := range begun {
		if !now[key{f.Source, f.ExternalID}] {
			end = append(end, f)
		}
	}
	return begin, end, nil
}

func (c *Control) tellFreeze(ctx context.Context, tx port.Tx, f calendar.Freeze, verb string, at time.Time, format string, args ...any) error {
	_, err := c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:clock", Door: access.System, Verb: verb, Subject: "calendar:" + f.Source, Outcome: audit.Done,
		Summary: fmt.Sprintf(format, args...), Reason: f.Reason,
		Detail: map[string]string{"scope": string(f.Scope), "from": f.From.UTC().Format(time.RFC3339), "to": f.To.UTC().Format(time.RFC3339)}})
	return err
}

// turned writes down that a feed fell or came back, unless another process has.
func (c *Control) turned(ctx context.Context, tx port.Tx, name string, dark bool, at time.Time) error {
	list, err := tx.Feeds(ctx)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Name != name || f.Fallen == dark {
			continue
		}
		run := f.Run
		run.Fallen = dark
		if err := tx.PutRun(ctx, name, run); err != nil {
			return err
		}
		verb, summary := "feed.back", name+" is back"
		if dark {
			verb, summary = "feed.dark", fmt.Sprintf("%s is dark: %s", name, lastWords(f, at))
			if err := tx.PutExchange(ctx, name, feed.Exchange{At: at, Sign: feed.Fell, Text: lastWords(f, at)}); err != nil {
				return err
			}
		} else if f.Kind == feed.Push { // a reading has said so itself
			if err := tx.PutExchange(ctx, name, feed.Exchange{At: at, Sign: feed.Back, Text: "it calls again"}); err != nil {
				return err
			}
		}
		_, err := c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:clock", Door: access.System, Verb: verb, Subject: "feed:" + name,
			Outcome: audit.Done, Summary: summary})
		return err
	}
	return nil
}

// lastWords says since when a dark feed is silent, and why where that is known.
func lastWords(f feed.Status, at time.Time) string {
	text := "it has never answered"
	if !f.LastGood.IsZero() {
		text = fmt.Sprintf("last good %s ago", release.Span(f.Age(at)))
	}
	if f.Tries > 0 && f.LastError != "" {
		text += ", " + f.LastError
	}
	return text
}
