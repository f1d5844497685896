package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

// deliver is the kind of follow-up that carries a message to its target.
const deliver = "deliver"

// seal appends an entry to the audit log and, in the same transaction, writes a message and its follow-up for
// each target that is to be told.
func (c *Control) seal(ctx context.Context, tx port.Tx, e audit.Entry) (int64, error) {
	seq, err := tx.Append(ctx, e)
	if err != nil || e.Outcome != audit.Done {
		return seq, err
	}
	e.Seq = seq
	for _, s := range c.wired().Notices {
		if !slices.Contains(s.Events, e.Verb) {
			continue
		}
		tell, err := c.within(ctx, tx, s.Scope, e)
		if err != nil {
			return seq, err
		}
		if tell {
			if err := c.post(ctx, tx, s.Target, e); err != nil {
				return seq, err
			}
		}
	}
	return seq, nil
}

// within reports whether what an entry is about lies in a scope: a conflict lies where the change does that should
// yield. What is none of these, nor a freeze, is the organisation's.
func (c *Control) within(ctx context.Context, tx port.Tx, scope access.Scope, e audit.Entry) (bool, error) {
	subject := e.Subject
	if strings.HasPrefix(subject, "CX-") {
		subject = e.Detail["change"]
	}
	switch {
	case scope == access.Org:
		return true, nil
	case strings.HasPrefix(subject, "CHG-"):
		ch, err := tx.Change(ctx, subject)
		if err != nil {
			return false, err
		}
		cat, err := tx.Catalog(ctx)
		if err != nil {
			return false, err
		}
		return scope.Covers(cat.Target(ch.Service, ch.Environment)), nil
	case strings.HasPrefix(e.Subject, "FRZ-"):
		f, err := tx.Freeze(ctx, e.Subject)
		if err != nil {
			return false, err
		}
		return meets(scope, f.Scope), nil
	case e.Verb == "freeze.begin" || e.Verb == "freeze.end":
		return meets(scope, access.Scope(e.Detail["scope"])), nil
	}
	return false, nil
}

// meets reports whether a freeze of a scope may stop something in another.
func meets(scope, frozen access.Scope) bool {
	return frozen == access.Org || scope.Includes(frozen) || frozen.Includes(scope)
}

// letter is the body of a message: what the target reads.
type letter struct {
	Event   string            `json:"event"`
	Seq     int64             `json:"seq"`
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"`
	Subject string            `json:"subject"`
	Summary string            `json:"summary"`
	Reason  string            `json:"reason,omitempty"`
	Detail  map[string]string `json:"detail,omitempty"`
	// See is the command that shows it.
	See string `json:"see,omitempty"`
}

func (c *Control) post(ctx context.Context, tx port.Tx, target string, e audit.Entry) error {
	n, err := tx.NextID(ctx, "message")
	if err != nil {
		return err
	}
	l := letter{Event: e.Verb, Seq: e.Seq, At: e.At, Actor: e.Actor, Subject: e.Subject, Summary: e.Summary, Reason: e.Reason, Detail: e.Detail}
	if host := c.wired().Address; host != "" && (strings.HasPrefix(e.Subject, "CHG-") || strings.HasPrefix(e.Subject, "CX-")) {
		l.See = "ssh " + SSHTo(host) + " go " + e.Subject
	}
	body, err := json.Marshal(l)
	if err != nil {
		return release.AsError(err)
	}
	key, err := messageKey(ctx, tx, target, e)
	if err != nil {
		return err
	}
	m := outbox.Message{ID: fmt.Sprintf("OUT-%d", n), Target: target, Event: e.Verb, Subject: e.Subject, Seq: e.Seq, Key: key,
		At: e.At, Body: body, State: outbox.Waiting, UpdatedAt: e.At}
	if err := tx.PutMessage(ctx, m); err != nil {
		return err
	}
	return tx.AddFollowup(ctx, port.Followup{Kind: deliver, DueAt: e.At, Args: map[string]string{"message": m.ID}, Key: deliver + ":" + key})
}

// messageKey is the idempotency key of an entry for a target. The log's first key tells installations apart,
// and what the entry says those that have one number, as they may after a backup was restored.
func messageKey(ctx context.Context, r port.Reader, target string, e audit.Entry) (string, error) {
	keys, err := r.AuditKeys(ctx)
	if err != nil {
		return "", err
	}
	origin := ""
	if len(keys) > 0 {
		origin = keys[0]
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%d\n%s\n%s\n%s\n%s", origin, e.Seq, target, e.At.Format(time.RFC3339Nano), e.Verb, e.Subject))
	return "msg_" + hex.EncodeToString(sum[:16]), nil
}

// SSHTo writes HOST:PORT as ssh wants it.
func SSHTo(address string) string {
	if host, p, ok := strings.Cut(address, ":"); ok && !strings.Contains(p, ":") {
		return "-p " + p + " " + host
	}
	return address
}

// handOver is how long work that the job engine was given stays out of sight of the relay. After that it is
// given again, which changes nothing while the engine still has it, and mends an engine that lost it.
const handOver = time.Hour

// relayBatch is how many messages the relay hands over at once.
const relayBatch = 200

// send hands due messages to the job engine and works its jobs, until ctx is done.
func (c *Control) send(ctx context.Context) {
	if c.Jobs == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := c.Jobs.Work(ctx, c.DeliverJob); err != nil && ctx.Err() == nil {
				c.Log.Error("the job engine stopped and is started again", "cause", err)
				pause(ctx, 5*time.Second)
			}
		}
	}()
	looked := time.Now()
	for ctx.Err() == nil {
		if time.Since(looked) >= time.Minute {
			looked = time.Now()
			if err := c.ResumeOnce(ctx); err != nil && ctx.Err() == nil {
				c.Log.Warn("messages whose worker died could not be taken up", "cause", err)
			}
		}
		more, err := c.RelayOnce(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.Warn("messages could not be handed to the job engine", "cause", err)
		}
		if !more || err != nil {
			pause(ctx, time.Second)
		}
	}
	<-done
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// RelayOnce hands one batch of due messages to the job engine and reports whether there may be more. The
// engine has them before the store says so: a relay that dies in between hands them over twice, which the
// unique key makes once.
func (c *Control) RelayOnce(ctx context.Context) (more bool, err error) {
	at := c.now()
	var due []port.Followup
	if err := c.Store.Read(ctx, func(r port.Reader) error {
		due, err = r.FollowupsOf(ctx, deliver, at, relayBatch)
		return err
	}); err != nil || len(due) == 0 {
		return false, err
	}
	jobs := make([]port.Job, len(due))
	for i, f := range due {
		jobs[i] = port.Job{Key: f.Key, Kind: deliver, ID: f.Args["message"]}
	}
	if err := c.Jobs.Enqueue(ctx, jobs); err != nil {
		return false, err
	}
	return len(due) == relayBatch, c.Store.Write(ctx, func(tx port.Tx) error {
		for _, f := range due {
			// One that ended meanwhile needs no more.
			if err := tx.DeferFollowup(ctx, f.ID, at.Add(handOver)); err != nil && release.CodeOf(err) != release.NotFound {
				return err
			}
		}
		return nil
	})
}

// stuck is how long a message may be on its way: longer than any try, and than the engine takes to give a dead
// worker's job to another.
const stuck = 10 * time.Minute

// ResumeOnce takes up messages that have been on their way for too long, because their worker died in its last
// try: they are sent again where the target knows a repeat, and unknown where it does not.
func (c *Control) ResumeOnce(ctx context.Context) error {
	return c.Store.Write(ctx, func(tx port.Tx) error {
		at := c.now()
		list, err := tx.Messages(ctx, "", []outbox.State{outbox.Sending}, relayBatch)
		if err != nil {
			return err
		}
		for _, m := range list {
			sender := c.wired().sender(m.Target)
			if sender == nil || at.Sub(m.UpdatedAt) < stuck {
				continue
			}
			key := fmt.Sprintf("%s:%s:%d", deliver, m.Key, at.UnixMicro())
			if m = outbox.Resume(m, sender.Deduplicates(), at); m.State.Over() {
				if err := c.settled(ctx, tx, m, deliver+":"+m.Key); err != nil {
					return err
				}
				continue
			}
			m.State, m.UpdatedAt = outbox.Waiting, at
			if err := tx.PutMessage(ctx, m); err != nil {
				return err
			}
			if err := tx.AddFollowup(ctx, port.Followup{Kind: deliver, DueAt: at, Args: map[string]string{"message": m.ID}, Key: key}); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeliverJob carries one message to its target: it notes that it is being sent, sends it, and notes what came
// of it.
func (c *Control) DeliverJob(ctx context.Context, j port.Job, last bool) error {
	var m outbox.Message
	begin, elsewhere := false, false
	var sender port.Sender
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		begin, elsewhere = false, false
		var err error
		if m, err = tx.Message(ctx, j.ID); err != nil {
			return err
		}
		if m.State.Over() {
			return tx.EndFollowupKey(ctx, j.Key, c.now(), string(m.State))
		}
		sender = c.wired().sender(m.Target)
		if _, err := current(ctx, tx, m.Target); sender == nil && err == nil && !last {
			elsewhere = true // another process has it in its configuration
			return nil
		} else if err != nil && release.CodeOf(err) != release.NotFound {
			return err
		}
		if sender == nil {
			m.State, m.LastError, m.UpdatedAt = outbox.Failed, "the connector "+m.Target+" is not configured any more", c.now()
			return c.settled(ctx, tx, m, j.Key)
		}
		if m = outbox.Resume(m, sender.Deduplicates(), c.now()); m.State.Over() {
			return c.settled(ctx, tx, m, j.Key)
		}
		m.State, m.UpdatedAt, begin = outbox.Sending, c.now(), true
		m.Attempts++
		return tx.PutMessage(ctx, m)
	})
	if elsewhere {
		return release.Errorf(release.Unavailable, "this process does not know the connector %s", m.Target)
	}
	if err != nil || !begin {
		return err
	}
	out := sender.Send(ctx, m)
	sentence := ""
	if out.Err != nil {
		sentence = release.Clean(release.AsError(out.Err).Error(), 300)
	}
	last = last || (out.Err != nil && release.CodeOf(out.Err) != release.Unavailable)
	// What was sent is noted although the process is told to stop.
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), refusalTimeout)
	defer cancel()
	if err := c.Store.Write(own, func(tx port.Tx) error {
		return c.settled(own, tx, outbox.Settle(m, out, sender.Deduplicates(), last, c.now(), sentence), j.Key)
	}); err != nil {
		return err
	}
	if outbox.Settle(m, out, sender.Deduplicates(), last, c.now(), sentence).State == outbox.Waiting {
		return out.Err
	}
	return nil
}

// settled writes a message after a try, counts it on its target's row, and ends the follow-up of one that is
// over. What a person must know of has an entry of its own.
func (c *Control) settled(ctx context.Context, tx port.Tx, m outbox.Message, followup string) error {
	if err := tx.PutMessage(ctx, m); err != nil {
		return err
	}
	count := feed.Status{Name: m.Target, Kind: feed.Out}
	line := feed.Exchange{At: m.UpdatedAt, Sign: feed.Tried, Text: m.ID + " " + m.Event + " " + m.Subject + ": " + m.LastError}
	switch m.State {
	case outbox.Sent:
		count.Accepted, count.LastGood = 1, m.UpdatedAt
		line.Sign, line.Text = feed.Good, m.ID+" "+m.Event+" "+m.Subject
	case outbox.Waiting:
		count.Tries, count.LastError, count.LastErrorAt = 1, m.LastError, m.UpdatedAt
	default:
		count.Dead, count.LastError, count.LastErrorAt = 1, m.LastError, m.UpdatedAt
		line.Sign = feed.Died
	}
	if err := tx.CountFeed(ctx, count, m.UpdatedAt); err != nil {
		return err
	}
	if err := tx.PutExchange(ctx, m.Target, line); err != nil {
		return err
	}
	if !m.State.Over() {
		return nil
	}
	if m.State == outbox.Unknown || m.State == outbox.Failed {
		_, err := tx.Append(ctx, audit.Entry{At: m.UpdatedAt, Actor: "system:outbox", Door: access.System, Verb: "outbox." + string(m.State), Subject: m.ID,
			Outcome: audit.Done, Summary: fmt.Sprintf("%s to %s is %s: %s", m.ID, m.Target, m.State, m.LastError), Detail: map[string]string{"event": m.Event, "subject": m.Subject}})
		if err != nil {
			return err
		}
	}
	return tx.EndFollowupKey(ctx, followup, m.UpdatedAt, string(m.State))
}
