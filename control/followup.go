package control

import (
	"context"
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/port"
)

// Kinds of follow-up work. Each is carried out within signalbox; the transaction that does it also marks
// it done, so that it happens once, in whichever process comes first.
const (
	expireApproval = "approval.expire" // the request's time is over
	lapseApproval  = "approval.lapse"  // the grant's time is over
)

// clock is the follow-up that ends an approval round at an instant.
func clock(kind string, a change.Approval, due time.Time) port.Followup {
	return port.Followup{Kind: kind, DueAt: due, Args: map[string]string{"change": a.Change, "round": fmt.Sprint(a.Round)},
		Key: fmt.Sprintf("%s:%s/%d@%d", kind, a.Change, a.Round, due.UnixMicro())}
}

// followUp carries out work when it is due.
func (c *Control) followUp(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for ctx.Err() == nil && c.FollowUpOnce(ctx) {
			}
		}
	}
}

// FollowUpOnce carries out one due piece of work and reports whether there was one.
func (c *Control) FollowUpOnce(ctx context.Context) bool {
	at := c.now()
	worked := false
	var work port.Followup
	err := c.Store.Write(ctx, func(tx port.Tx) error {
		worked = false
		due, err := tx.DueFollowups(ctx, []string{expireApproval, lapseApproval, escalateConflict}, at, 1)
		if err != nil || len(due) == 0 {
			return err
		}
		worked, work = true, due[0]
		outcome, err := c.carryOut(ctx, tx, work, at)
		if err != nil {
			return err
		}
		return tx.EndFollowup(ctx, work.ID, at, outcome)
	})
	switch code := release.CodeOf(err); {
	case err == nil:
		return worked
	case code == release.Unavailable || work.ID == 0:
		return false // tried again at the next tick
	default:
		// Work that cannot be done must not stop what is due after it.
		c.Log.Error("follow-up work failed", "kind", work.Kind, "key", work.Key, "cause", err)
		err = c.Store.Write(ctx, func(tx port.Tx) error { return tx.EndFollowup(ctx, work.ID, at, "failed: "+err.Error()) })
		return err == nil
	}
}

func (c *Control) carryOut(ctx context.Context, tx port.Tx, f port.Followup, at time.Time) (string, error) {
	end, word := change.Expired, "expired"
	switch f.Kind {
	case escalateConflict:
		return c.escalateDue(ctx, tx, f, at)
	case expireApproval:
	case lapseApproval:
		end, word = change.Lapsed, "lapsed"
	default:
		return "", fmt.Errorf("no worker knows %q", f.Kind)
	}
	ch, err := tx.Change(ctx, f.Args["change"])
	if err != nil {
		return "", err
	}
	a, err := tx.Approval(ctx, ch.ID)
	if err != nil {
		return "", err
	}
	over := a.ExpiresAt
	if end == change.Lapsed {
		over = a.GrantUntil
	}
	waits := (end == change.Expired && a.State == change.Waiting) || (end == change.Lapsed && a.State == change.Approved)
	if fmt.Sprint(a.Round) != f.Args["round"] || !waits || at.Before(over) {
		return "nothing to do", nil
	}
	if a, err = change.End(a, end); err != nil {
		return "", err
	}
	if err := ch.To(change.Draft); err != nil {
		return "", err
	}
	if err := c.settle(ctx, tx, &ch, a, at); err != nil {
		return "", err
	}
	_, err = c.seal(ctx, tx, audit.Entry{At: at, Actor: "system:clock", Door: access.System, Verb: f.Kind, Subject: ch.ID,
		Outcome: audit.Done, Revision: ch.Revision, Summary: fmt.Sprintf("the approval of %s %s", ch.Name(), word)})
	return word, err
}
