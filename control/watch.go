package control

import (
	"context"
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
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
	return nil
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
