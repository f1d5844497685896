package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// approve, reject and their undoing: the decision on a change.

func (c *Control) approve(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.decide(ctx, call, change.Approve)
}

func (c *Control) reject(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.decide(ctx, call, change.Reject)
}

func (c *Control) decide(ctx context.Context, call verb.Call, v change.Verdict) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	reason := change.Reason{Code: call.Flag("reason"), Text: release.Clean(call.Flag("message"), change.MaxReason)}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := seen(ctx, tx, call, it); err != nil {
			return done{}, err
		}
		if err := it.MayDecide(v, p, at); err != nil {
			return done{}, err
		}
		if err := change.CheckReason(reason, it.NeedsWords(v), it.Presets()); err != nil {
			return done{}, err
		}
		a, err := change.Decide(it.Approval, change.Decision{
			Person: p.ID, Verdict: v, Reason: reason, At: at, Door: call.Actor.Door, Fingerprint: call.Actor.Fingerprint,
		})
		if err != nil {
			return done{}, err
		}
		ch := it.Change
		a = a.Keep(ch)
		switch a.State {
		case change.Approved:
			if err = ch.To(change.Authorised); err == nil && !ch.Schedule.IsZero() {
				err = ch.To(change.Scheduled)
			}
		case change.Rejected:
			err = ch.To(change.Draft)
		}
		if err != nil {
			return done{}, err
		}
		if err := c.settle(ctx, tx, &ch, a, at); err != nil {
			return done{}, err
		}
		d := done{subject: ch.ID, reason: reason.Text, code: reason.Code, revision: ch.Revision, policy: a.Policy,
			undo: change.TakeBackWindow, value: a,
			detail: map[string]string{"binding": a.Binding, "digest": string(ch.Digest), "approval": string(a.State)}}
		who := string(p.ID)
		if v == change.Reject {
			d.summary = fmt.Sprintf("%s rejected %s: %s", who, ch.Name(), release.Clean(reason.String(), 60))
			return d, nil
		}
		d.summary = fmt.Sprintf("%s approved %s (%d/%d)", who, ch.Name(), a.Granted(), a.Needed)
		if a.State == change.Approved {
			d.lines = []string{fmt.Sprintf("%s is authorised until %s", ch.ID, a.GrantUntil.Format("Mon 02 Jan 15:04Z"))}
			bars, err := c.bars(ctx, tx, ch.ID, at)
			if err != nil {
				return done{}, err
			}
			d.lines = append(d.lines, bars...)
		} else {
			d.lines = []string{fmt.Sprintf("%s waits for %d more", ch.ID, a.Needed-a.Granted())}
		}
		return d, nil
	})
}

func (c *Control) undo(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := it.MayTakeBack(p, at); err != nil {
			return done{}, err
		}
		a, err := change.TakeBack(it.Approval, p.ID, at)
		if err != nil {
			return done{}, err
		}
		ch, back := it.Change, change.Requested
		if a.State == change.Expired { // the request's time ran out while the decision stood
			back = change.Draft
		}
		if ch.State != back {
			if err := ch.To(back); err != nil {
				return done{}, err
			}
		}
		if err := c.settle(ctx, tx, &ch, a, at); err != nil {
			return done{}, err
		}
		if a.State == change.Expired {
			return done{subject: ch.ID, revision: ch.Revision, value: a, detail: map[string]string{"approval": string(a.State)},
				summary: fmt.Sprintf("%s took back the decision on %s, whose request has expired", p.ID, ch.Name()),
				lines:   []string{"its requester can submit it again: change submit " + ch.ID}}, nil
		}
		// What happened to the risk while the decision stood counts now.
		l, err := c.load(ctx, tx, at)
		if err != nil {
			return done{}, err
		}
		if err := c.reassess(ctx, tx, l, ch, call.Actor, at); err != nil {
			return done{}, err
		}
		return done{subject: ch.ID, revision: ch.Revision, value: a,
			summary: fmt.Sprintf("%s took back the decision on %s (%d/%d)", p.ID, ch.Name(), a.Granted(), a.Needed),
			detail:  map[string]string{"approval": string(a.State)}}, nil
	})
}

// settle writes a change with its approval and the clock that ends it next.
func (c *Control) settle(ctx context.Context, tx port.Tx, ch *change.Change, a change.Approval, at time.Time) error {
	ch.UpdatedAt = at
	if err := tx.PutChange(ctx, ch); err != nil {
		return err
	}
	if err := tx.PutApproval(ctx, a); err != nil {
		return err
	}
	switch a.State {
	case change.Waiting:
		return tx.AddFollowup(ctx, clock(expireApproval, a, a.ExpiresAt))
	case change.Approved:
		return tx.AddFollowup(ctx, clock(lapseApproval, a, a.GrantUntil))
	}
	return nil
}

// bars says what still keeps an authorised change out: whoever approved it should not hear of it later.
func (c *Control) bars(ctx context.Context, r port.Reader, id string, at time.Time) ([]string, error) {
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
	if a := c.ahead(l, &it, at); a.Verdict.Exit() != 0 {
		return []string{fmt.Sprintf("the gate still says %s: %s", strings.ReplaceAll(string(a.Verdict), "_", " "), a.Why())}, nil
	}
	return nil, nil
}

// caseItem loads one change with all that it is judged by.
func (c *Control) caseItem(ctx context.Context, r port.Reader, id string, at time.Time) (change.Item, error) {
	ch, err := r.Change(ctx, id)
	if err != nil {
		return change.Item{}, err
	}
	l, err := c.load(ctx, r, at)
	if err != nil {
		return change.Item{}, err
	}
	return c.item(ctx, r, l, ch, at)
}

// seen refuses a lever that was pulled on an older revision than the store's: what changed is named, and
// nothing is done.
func seen(ctx context.Context, r port.Reader, call verb.Call, it change.Item) error {
	if call.Seen == 0 || call.Seen == it.Change.Revision {
		return nil
	}
	what := "it was changed"
	if rows, err := history(ctx, r, it.Change.ID, audit.Done, 1); err == nil && len(rows) > 0 {
		what = fmt.Sprintf("%s at %s", rows[0].Summary, rows[0].At.UTC().Format("15:04:05Z"))
	}
	return release.Errorf(release.Changed, "%s is not what you saw: %s (revision %d, you saw %d)",
		it.Change.ID, what, it.Change.Revision, call.Seen).Advise("look again; nothing was decided")
}

func (c *Control) question(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	text := release.Clean(call.Flag("message"), change.MaxReason)
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := it.MayAsk(p, at); err != nil {
			return done{}, err
		}
		if err := change.CheckQuestion(text); err != nil {
			return done{}, err
		}
		if err := tx.AddNote(ctx, change.Note{Change: id, Person: p.ID, Kind: "question", Text: text, At: at}); err != nil {
			return done{}, err
		}
		return done{subject: id, reason: text, revision: it.Change.Revision,
			summary: fmt.Sprintf("%s asks on %s: %s", p.ID, it.Change.Name(), release.Clean(text, 60))}, nil
	})
}
