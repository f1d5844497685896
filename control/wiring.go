package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/conflict"
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
	// Conflicts are the rules of the release calendar; the zero Rules are the defaults.
	Conflicts conflict.Rules
	// Feeds are the health rows of all connectors, in the order of the configuration. The interval of a pull
	// feed is its ExpectEvery.
	Feeds     []feed.Status
	Receivers []port.Receiver
	Pullers   []port.Puller
	Senders   []port.Sender
	Notices   []Notice
	// Freezing are the feeds from which freezes come, with the scope in which they may lie: while one of them
	// has not been read, or is dark, nobody knows that there is none.
	Freezing map[string]access.Scope
	// Unconfigured says that there is no configuration file. Then nothing is forgotten: one that is missing must
	// not open what a calendar has shut.
	Unconfigured bool
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
	"rollout.start", "rollout.end", "rollout.unauthorised", "freeze declare", "freeze lift", "freeze.begin", "freeze.end", "feed.dark", "feed.back", "alert.fire", "alert.resolve",
	"move", "conflict.raise", "conflict.gone", "conflict.lapse", "conflict.escalate", "escalate", "answer", "waive"}

// Events lists every event that a target may subscribe to.
func Events() []string {
	out := slices.Clone(DefaultEvents)
	for _, v := range Catalogue() {
		if v.Danger != "look" && !slices.Contains(out, v.Name) {
			out = append(out, v.Name)
		}
	}
	out = append(out, "calendar.read", "catalog.read", "objectives.read")
	slices.Sort(out)
	return out
}

// wired is a Wiring in force.
type wired struct {
	Wiring
	since time.Time // when this process began to expect its feeds
}

func (c *Control) wired() *wired { return c.wiring.Load() }

// Rewire puts a wiring in force: it declares its feeds in the store and takes the rest over at once; the
// feeds that are asked are asked now, and what is being read by the old wiring does not count. Sessions stay.
// What no process has any more is forgotten. Where the store does not answer, the wiring stays as it was.
func (c *Control) Rewire(ctx context.Context, w Wiring) error {
	c.rewiring.Lock()
	defer c.rewiring.Unlock()
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		known, err := tx.Feeds(ctx)
		if err != nil {
			return err
		}
		for _, f := range known {
			if slices.ContainsFunc(w.Feeds, func(n feed.Status) bool { return n.Name == f.Name && (n.Type != f.Type || n.Kind != f.Kind) }) {
				if err := c.forget(ctx, tx, f); err != nil { // another thing by the same name
					return err
				}
			}
		}
		return c.declare(ctx, tx, w, true)
	})
	if err == nil {
		c.wiring.Store(&wired{Wiring: w, since: c.Now()})
	}
	return err
}

// declare says in the store which feeds this process has, and forgets those that no process has. Each process
// says so every declareEvery, which also brings back what another process, with an older configuration, took
// away. anew has the feeds that are asked be asked now, by the new connectors.
func (c *Control) declare(ctx context.Context, tx port.Tx, w Wiring, anew bool) error {
	at := c.now()
	names := make([]string, len(w.Feeds))
	for i, f := range w.Feeds {
		names[i], f.Since = f.Name, at
		if err := tx.PutFeed(ctx, f); err != nil {
			return err
		}
	}
	gone, err := tx.Declare(ctx, c.Process, names, at)
	if err != nil {
		return err
	}
	known, err := tx.Feeds(ctx)
	if err != nil {
		return err
	}
	for _, f := range known {
		switch {
		case !w.Unconfigured && slices.Contains(gone, f.Name):
			if err := c.forget(ctx, tx, f); err != nil {
				return err
			}
		case anew && f.Kind == feed.Pull && slices.Contains(names, f.Name):
			run := f.Run
			run.NextAt, run.ClaimedUntil = time.Time{}, time.Time{}
			if err := tx.PutRun(ctx, f.Name, run); err != nil {
				return err
			}
		}
	}
	return nil
}

// Host is what people type after ssh to come in here, "" where the configuration does not say it.
func (c *Control) Host() string {
	if a := c.wired().Address; a != "" {
		return SSHTo(a)
	}
	return ""
}

// declareEvery is how often a process says which feeds it has.
const declareEvery = 30 * time.Second

// forget removes a feed that is not configured any more, and what its calendar held: nobody would keep that
// true. The catalog that it declared stays, because changes hang on its services.
func (c *Control) forget(ctx context.Context, tx port.Tx, f feed.Status) error {
	at := c.now()
	if err := tx.ResolveAlerts(ctx, f.Name, at); err != nil {
		return err
	}
	if f.Kind == feed.Pull {
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
	if f.Type == "openslo" {
		if err := c.forgetObjectives(ctx, tx, f.Name, at); err != nil {
			return err
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
