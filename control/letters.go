package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// mostLetters is how many dead letters of one feed wait for a person at once. Those beyond are counted, and
// their reason is in the log: a sender who is out of order must not fill the store.
const mostLetters = 200

// DeadHook keeps an authenticated delivery that could not be understood, with the reason.
func (c *Control) DeadHook(ctx context.Context, connector string, d port.Delivery, body []byte, why string) {
	at := c.now()
	why = release.Clean(why, 300)
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		count := feed.Status{Name: connector, Dead: 1, LastError: release.Clean(d.Event+": "+why, 200), LastErrorAt: at}
		if err := tx.CountFeed(ctx, count, at); err != nil {
			return err
		}
		kept, err := tx.Letters(ctx, connector, mostLetters)
		if err != nil {
			return err
		}
		l := feed.Letter{Feed: connector, Delivery: d.ID, Event: d.Event, Reason: why, At: at, Seen: 1, Body: body, Size: len(body), State: feed.Kept}
		if len(l.Body) > feed.MaxLetter {
			l.Body, l.Truncated = l.Body[:min(len(l.Body), 1024)], true
		}
		for _, old := range kept {
			if old.Delivery == d.ID {
				l.ID, l.Seen = old.ID, old.Seen+1
			}
		}
		if l.ID == "" && len(kept) == mostLetters {
			return tx.PutExchange(ctx, connector, feed.Exchange{At: at, Sign: feed.Died, Text: "not kept, because " + fmt.Sprint(mostLetters) + " wait already: " + d.Event + ": " + why})
		}
		if l.ID == "" {
			n, err := tx.NextID(ctx, "letter")
			if err != nil {
				return err
			}
			l.ID = fmt.Sprintf("DL-%d", n)
		}
		if err := tx.PutLetter(ctx, l); err != nil {
			return err
		}
		return tx.PutExchange(ctx, connector, feed.Exchange{At: at, Sign: feed.Died, Text: l.ID + " " + d.Event + ": " + why})
	})
	if err != nil {
		c.Log.Error("a dead letter could not be recorded", "connector", connector, "delivery", d.ID, "cause", err)
	}
}

// feedsRetry reads a feed now, tries a dead letter again, or sends a message again.
func (c *Control) feedsRetry(ctx context.Context, call verb.Call) (verb.Answer, error) {
	name := call.Arg(0)
	switch id := strings.ToUpper(name); {
	case strings.HasPrefix(id, "DL-"):
		return c.retryLetter(ctx, call, id)
	case strings.HasPrefix(id, "OUT-"):
		return c.retryMessage(ctx, call, id)
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.RetryFeed, at); err != nil {
			return done{}, err
		}
		f, err := current(ctx, tx, name)
		if err != nil {
			return done{}, err
		}
		if f.Kind != feed.Pull {
			what := map[feed.Kind]string{feed.Push: "is called by the other side: it cannot be read", feed.Out: "is told by us: there is nothing to read"}[f.Kind]
			return done{}, release.Errorf(release.Usage, "%s %s", f.Name, what).
				Advise("retry one of what waits by its id; feeds log %s lists them", f.Name)
		}
		run := f.Run
		run.NextAt = at
		if err := tx.PutRun(ctx, f.Name, run); err != nil {
			return done{}, err
		}
		return done{subject: "feed:" + f.Name, summary: f.Name + " is being read", value: f, lines: []string{"see what came of it: feeds log " + f.Name}}, nil
	})
}

// retryLetter gives a kept body to its connector once more: what the program or the catalog could not place
// then may have a place now.
func (c *Control) retryLetter(ctx context.Context, call verb.Call, id string) (verb.Answer, error) {
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.RetryFeed, at); err != nil {
			return done{}, err
		}
		l, err := tx.Letter(ctx, id)
		if err != nil {
			return done{}, err
		}
		receiver := c.wired().receiver(l.Feed)
		switch {
		case l.State != feed.Kept:
			return done{}, release.Errorf(release.Refused, "%s was %s already", l.ID, l.State)
		case l.Truncated:
			return done{}, release.Errorf(release.Refused, "only the beginning of %s was kept: it had %d bytes", l.ID, l.Size).
				Advise("have the sender deliver it again, or drop it: feeds drop %s", l.ID)
		case receiver == nil:
			return done{}, release.Errorf(release.Refused, "the connector %s is not configured, or has no secret", l.Feed).
				Advise("configure it, or drop the letter: feeds drop %s", l.ID)
		}
		facts, merr := receiver.Map(port.Delivery{ID: l.Delivery, Event: l.Event}, l.Body, l.At)
		if merr != nil {
			return done{}, release.Errorf(release.Refused, "%s is still not understood: %s", l.ID, release.AsError(merr).Message).
				Advise("drop it if it does not matter: feeds drop %s", l.ID)
		}
		if err := c.revive(ctx, tx, l, facts, at); err != nil {
			return done{}, err
		}
		return done{subject: l.ID, summary: fmt.Sprintf("%s of %s was understood: %d facts", l.ID, l.Feed, len(facts)), value: l,
			detail: map[string]string{"feed": l.Feed, "delivery": l.Delivery}}, nil
	})
}

// revive takes the facts of a letter as if they had just been delivered.
func (c *Control) revive(ctx context.Context, tx port.Tx, l feed.Letter, facts []fact.Fact, at time.Time) error {
	fresh, err := tx.TakeDelivery(ctx, l.Feed, l.Delivery, at)
	if err != nil {
		return err
	}
	if fresh {
		in := ingest{Control: c, tx: tx, connector: l.Feed, delivery: l.Delivery, at: at}
		for _, f := range facts {
			if err := in.take(ctx, f); err != nil {
				return err
			}
		}
		if err := in.rest(ctx); err != nil {
			return err
		}
		if err := tx.CountFeed(ctx, feed.Status{Name: l.Feed, Accepted: 1}, at); err != nil {
			return err
		}
	}
	l.State, l.Seen = feed.Retried, l.Seen+1
	return tx.PutLetter(ctx, l)
}

func (c *Control) retryMessage(ctx context.Context, call verb.Call, id string) (verb.Answer, error) {
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.RetryFeed, at); err != nil {
			return done{}, err
		}
		m, err := tx.Message(ctx, id)
		if err != nil {
			return done{}, err
		}
		switch m.State {
		case outbox.Sent, outbox.Dropped, outbox.Sending, outbox.Waiting:
			return done{}, release.Errorf(release.Refused, "%s is %s", m.ID, m.State).Advise("only what failed or is unknown is sent again")
		}
		was := m.State
		m.State, m.UpdatedAt, m.Attempts = outbox.Waiting, at, 0
		if err := tx.PutMessage(ctx, m); err != nil {
			return done{}, err
		}
		// Another key for the engine, the same for the target: what it has seen it knows again.
		key := fmt.Sprintf("%s:%s:%d", deliver, m.Key, at.UnixMicro())
		if err := tx.AddFollowup(ctx, port.Followup{Kind: deliver, DueAt: at, Args: map[string]string{"message": m.ID}, Key: key}); err != nil {
			return done{}, err
		}
		return done{subject: m.ID, summary: fmt.Sprintf("%s to %s, which was %s, is sent again", m.ID, m.Target, was), value: m,
			detail: map[string]string{"was": string(was)}}, nil
	})
}

// feedsDrop gives up a dead letter or a message, with a reason.
func (c *Control) feedsDrop(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id := strings.ToUpper(call.Arg(0))
	code := call.Flag("code")
	reason, err := feed.CheckDrop(code, call.Flag("message"))
	if err != nil {
		c.recordRefusal(ctx, call, c.now(), err)
		return verb.Answer{}, err
	}
	if call.Flag("message") != "" {
		code = ""
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		if err := org(p, access.Connectors, at); err != nil {
			return done{}, err
		}
		d := done{subject: id, reason: reason, code: code}
		switch {
		case strings.HasPrefix(id, "DL-"):
			l, err := tx.Letter(ctx, id)
			if err != nil {
				return done{}, err
			}
			if l.State != feed.Kept {
				return done{}, release.Errorf(release.Refused, "%s was %s already", l.ID, l.State)
			}
			l.State = feed.Dropped
			d.value, d.summary = l, fmt.Sprintf("%s of %s was dropped: %s", l.ID, l.Feed, reason)
			d.detail = map[string]string{"feed": l.Feed, "delivery": l.Delivery, "reason": l.Reason}
			return d, tx.PutLetter(ctx, l)
		case strings.HasPrefix(id, "OUT-"):
			m, err := tx.Message(ctx, id)
			if err != nil {
				return done{}, err
			}
			if m.State == outbox.Sent || m.State == outbox.Dropped || m.State == outbox.Sending {
				return done{}, release.Errorf(release.Refused, "%s is %s", m.ID, m.State)
			}
			m.State, m.UpdatedAt = outbox.Dropped, at
			d.value, d.summary = m, fmt.Sprintf("%s to %s was dropped: %s", m.ID, m.Target, reason)
			d.detail = map[string]string{"target": m.Target, "event": m.Event, "subject": m.Subject}
			if err := tx.PutMessage(ctx, m); err != nil {
				return done{}, err
			}
			return d, tx.EndFollowupKey(ctx, deliver+":"+m.Key, at, string(m.State))
		}
		return done{}, release.Errorf(release.Usage, "%q is no dead letter and no message", release.Clean(id, 40)).Advise("feeds log NAME shows their ids: DL-1, OUT-1")
	})
}

func dropCodes() []string {
	out := make([]string, len(feed.DropReasons))
	for i, r := range feed.DropReasons {
		out[i] = r.Code
	}
	return out
}
