package control

import (
	"context"
	"fmt"
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
			w := c.wired().Wiring
			if err := c.Store.Write(ctx, func(tx port.Tx) error { return c.declare(ctx, tx, w, len(w.Feeds) > 0, false) }); err != nil && ctx.Err() == nil {
				c.Log.Debug("the feeds of this process could not be told", "cause", err)
			}
		}
		if err := c.WatchOnce(ctx); err != nil && ctx.Err() == nil && release.CodeOf(err) != release.Unavailable {
			c.Log.Error("the feeds could not be watched", "cause", err)
		}
		pause(ctx, time.Second)
	}
}

// WatchOnce writes down each feed that has become dark, or good again, since that was last written: in its
// log and in the audit log, so that the ticker and the subscribers learn of it.
func (c *Control) WatchOnce(ctx context.Context) error {
	rows, err := c.feeds(ctx)
	if err != nil {
		return err
	}
	w, at := c.wired(), c.now()
	for _, f := range rows {
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
	return c.watchFreezes(ctx, at)
}

// freezeNews is how long ago a freeze may have ended to be told of.
const freezeNews = time.Hour

// watchFreezes writes down each freeze of an outside calendar that has come into force or ended, once among all
// processes: nobody declares them here, and those whom they stop should hear of it.
func (c *Control) watchFreezes(ctx context.Context, at time.Time) error {
	var entries []calendar.Entry
	if err := c.Store.Read(ctx, func(r port.Reader) error {
		var err error
		entries, err = r.Entries(ctx)
		return err
	}); err != nil {
		return err
	}
	for _, f := range c.freezePeriods(entries, at) {
		began := !f.From.After(at)
		over := !f.To.After(at)
		if !began || (over && at.Sub(f.To) > freezeNews) {
			continue
		}
		key := fmt.Sprintf("%s %s %s %d", f.Source, f.Scope, f.Reason, f.From.UnixMicro())
		if c.begun.last(key) == fmt.Sprint(over) {
			continue
		}
		if err := c.Store.Write(ctx, func(tx port.Tx) error { return c.freezeTurned(ctx, tx, f, key, over, at) }); err != nil {
			return err
		}
		c.begun.keep(key, fmt.Sprint(over))
	}
	return nil
}

func (c *Control) freezeTurned(ctx context.Context, tx port.Tx, f calendar.Freeze, key string, over bool, at time.Time) error {
	fresh, err := tx.TakeDelivery(ctx, "calendar:"+f.Source, "begin "+key, at)
	if err != nil {
		return err
	}
	verb, summary := "freeze.begin", fmt.Sprintf("%s freeze of %s until %s, from the calendar %s: %s", f.Kind, f.Scope, f.To.UTC().Format("Mon 02 Jan 15:04Z"), f.Source, f.Reason)
	if over {
		if fresh { // nobody was told that it began
			return nil
		}
		if fresh, err = tx.TakeDelivery(ctx, "calendar:"+f.Source, "end "+key, at); err != nil {
			return err
		}
		verb, summary = "freeze.end", fmt.Sprintf("the freeze of %s from the calendar %s is over: %s", f.Scope, f.Source, f.Reason)
	}
	if !fresh {
		return nil
	}
	_, err = c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:clock", Door: access.System, Verb: verb, Subject: "calendar:" + f.Source, Outcome: audit.Done,
		Summary: summary, Reason: f.Reason, Detail: map[string]string{"scope": string(f.Scope), "from": f.From.UTC().Format(time.RFC3339), "to": f.To.UTC().Format(time.RFC3339)}})
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
