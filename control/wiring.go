package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// Wiring is what the configuration decides and a reload replaces: the environments, and the outside.
type Wiring struct {
	// Organisation is the name that a calendar client shows.
	Organisation string
	// Address is what people type after ssh, HOST or HOST:PORT; "" where nobody said.
	Address      string
	Environments []catalog.Environment
	// Bots are logins that stand for no human, besides those that a forge marks itself.
	Bots []string
	// Feeds are the health rows of all connectors, in the order of the configuration. The interval of a pull
	// feed is its ExpectEvery.
	Feeds     []feed.Status
	Receivers []port.Receiver
	Pullers   []port.Puller
	Senders   []port.Sender
	Notices   []Notice
}

// Notice says which events a sender is told of.
type Notice struct {
	Target string // the sender's name
	Events []string
	Scope  access.Scope
}

// DefaultEvents are what a target is told of that did not choose: what asks for a decision, what was
// decided, and what stops or endangers.
var DefaultEvents = []string{"change.request", "change submit", "approve", "reject", "question", "undo", "approval.void", "approval.expire", "approval.lapse",
	"rollout.start", "rollout.end", "rollout.unauthorised", "freeze declare", "freeze lift", "feed.dark", "feed.back", "alert.fire", "alert.resolve"}

// Events lists every event that a target may subscribe to.
func Events() []string {
	out := slices.Clone(DefaultEvents)
	for _, v := range Catalogue() {
		if v.Danger != "look" && !slices.Contains(out, v.Name) {
			out = append(out, v.Name)
		}
	}
	out = append(out, "calendar.read", "catalog.read")
	slices.Sort(out)
	return out
}

// wired is a Wiring in force.
type wired struct {
	Wiring
	since time.Time // when this process began to expect its feeds
}

func (c *Control) wired() *wired { return c.wiring.Load() }

// Rewire puts a wiring in force: it declares its feeds in the store, forgets those that are gone, and takes
// the rest over at once. Sessions stay. Where the store does not answer, the wiring stays as it was.
func (c *Control) Rewire(ctx context.Context, w Wiring) error {
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		known, err := tx.Feeds(ctx)
		if err != nil {
			return err
		}
		for _, f := range known {
			if !slices.ContainsFunc(w.Feeds, func(n feed.Status) bool { return n.Name == f.Name }) {
				if err := c.forget(ctx, tx, f); err != nil {
					return err
				}
			}
		}
		for _, f := range w.Feeds {
			if err := tx.PutFeed(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		c.wiring.Store(&wired{Wiring: w, since: c.Now()})
	}
	return err
}

// forget removes a feed that is not configured any more, and what its calendar held: nobody would keep that
// true. The catalog that it declared stays, because changes hang on its services.
func (c *Control) forget(ctx context.Context, tx port.Tx, f feed.Status) error {
	if f.Kind == feed.Pull {
		at := c.now()
		got, err := tx.PutCalendar(ctx, fact.CalendarSeen{Source: f.Name}, at)
		if err != nil {
			return err
		}
		if got.Removed > 0 {
			if _, err := c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:configuration", Door: access.System, Verb: "calendar.read", Subject: "calendar:" + f.Name,
				Outcome: audit.Done, Summary: fmt.Sprintf("%s is not configured any more: %d entries left the calendar", f.Name, got.Removed)}); err != nil {
				return err
			}
		}
	}
	return tx.RemoveFeed(ctx, f.Name)
}

func (w *wired) puller(name string) port.Puller { return named(w.Pullers, name) }

func (w *wired) receiver(name string) port.Receiver { return named(w.Receivers, name) }

func (w *wired) sender(name string) port.Sender { return named(w.Senders, name) }

// named finds a connector by its name; the zero value where there is none.
func named[T interface{ Name() string }](list []T, name string) (found T) {
	for _, x := range list {
		if x.Name() == name {
			return x
		}
	}
	return found
}
