package control

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// The ways to settle a conflict: move, waive, escalate, answer; and slots, which only looks.

// schedule reads --from or --to, --for, --prep and --verify of a call; was is the schedule so far.
func schedule(call verb.Call, start string, was change.Schedule, now time.Time) (change.Schedule, error) {
	s := was
	var err error
	if text := call.Flag(start); text != "" {
		length := time.Hour
		if !was.IsZero() {
			length = was.To.Sub(was.From)
		}
		if s.From, err = verb.ParseTime(text, now); err != nil {
			return s, err
		}
		s.From = s.From.Truncate(time.Microsecond)
		s.To = s.From.Add(length)
	}
	for _, x := range []struct {
		flag string
		set  func(time.Duration)
	}{{"for", func(d time.Duration) { s.To = s.From.Add(d) }}, {"prep", func(d time.Duration) { s.Prep = d }}, {"verify", func(d time.Duration) { s.Verify = d }}} {
		if text := call.Flag(x.flag); text != "" {
			d, err := verb.ParseDuration(text)
			if err != nil {
				return s, err
			}
			x.set(d)
		}
	}
	if s.IsZero() {
		if s != (change.Schedule{}) {
			return s, release.Errorf(release.Usage, "--for, --prep and --verify belong to a time").Advise("give the time too: --%s TIME", start)
		}
		return s, nil
	}
	s.AskedAt = now
	return s, s.Check(now)
}

// move gives a change a schedule, or another one. Its approval stays: what it binds is not when.
func (c *Control) move(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.subjectChange(ctx, call)
	if err != nil {
		return verb.Answer{}, err
	}
	if call.Has("what-if") {
		return c.moveWhatIf(ctx, call, id)
	}
	reason := release.Clean(call.Flag("message"), change.MaxReason)
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := c.seenMove(ctx, tx, call, it); err != nil {
			return done{}, err
		}
		if err := access.Authorise(p, access.Move, it.Target, at); err != nil {
			return done{}, err
		}
		ch := it.Change
		was := ch.Schedule
		if ch.Schedule, err = c.moved(call, ch, at); err != nil {
			return done{}, err
		}
		a := it.Approval.Keep(ch)
		if ch.State == change.Authorised {
			if err := ch.To(change.Scheduled); err != nil {
				return done{}, err
			}
		}
		if a.State == "" { // a draft that was never asked for
			ch.UpdatedAt = at
			err = tx.PutChange(ctx, &ch)
		} else {
			err = c.settle(ctx, tx, &ch, a, at)
		}
		if err != nil {
			return done{}, err
		}
		from := "had no time"
		if !was.IsZero() {
			from = "was " + was.Text()
		}
		lines, err := c.told(ch, at)
		if err != nil {
			return done{}, err
		}
		return done{subject: ch.ID, reason: reason, revision: ch.Revision, value: ch, lines: lines,
			summary: fmt.Sprintf("%s moved %s %s to %s (%s)", p.ID, ch.ID, ch.Name(), ch.Schedule.Text(), from),
			detail:  map[string]string{"from": ch.Schedule.From.Format(time.RFC3339), "to": ch.Schedule.To.Format(time.RFC3339), "was": was.Text()}}, nil
	})
}

// moved is the schedule that a call asks for: a time, or the number of a slot.
func (c *Control) moved(call verb.Call, ch change.Change, at time.Time) (change.Schedule, error) {
	if !ch.State.Open() || ch.State == change.Implementing || ch.State == change.InReview {
		return ch.Schedule, release.Errorf(release.Refused, "%s is %s; what has begun is not moved", ch.ID, ch.State)
	}
	n := call.Flag("slot")
	if n == "" {
		if call.Flag("to") == "" {
			return ch.Schedule, release.Errorf(release.Usage, "move needs a time").Advise("give --to TIME, or --slot N of slots %s", ch.ID)
		}
		return schedule(call, "to", ch.Schedule, at)
	}
	k, err := strconv.Atoi(n)
	if err != nil || k < 1 || call.Flag("to") != "" {
		return ch.Schedule, release.Errorf(release.Usage, "--slot takes one of the numbers of slots %s, in place of --to", ch.ID)
	}
	s, err := c.slotsOf(ch, at)
	if err != nil {
		return ch.Schedule, err
	}
	if k > len(s.Slots) {
		return ch.Schedule, release.Errorf(release.Refused, "there are %d slots for %s", len(s.Slots), ch.ID).Advise("slots %s lists them", ch.ID)
	}
	out := ch.Schedule
	out.Interval, out.AskedAt = s.Slots[k-1].Interval, at
	return out, out.Check(at)
}

// slotsOf looks for times for a change, scheduled or not.
func (c *Control) slotsOf(ch change.Change, at time.Time) (conflict.Search, error) {
	k, _, err := c.books()
	if err != nil {
		return conflict.Search{}, err
	}
	w := workOf(ch)
	if ch.Schedule.IsZero() {
		w.Interval = calendar.Interval{From: at.Truncate(time.Minute).Add(time.Minute), To: at.Truncate(time.Minute).Add(time.Minute + unplanned)}
	}
	return k.engine.Slots(w, at)
}

// told are the conflicts that a change meets where it is scheduled.
func (c *Control) told(ch change.Change, at time.Time) ([]string, error) {
	k, _, err := c.books()
	if err != nil {
		return nil, err
	}
	list, err := k.conflictsOf(ch, at)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range list {
		if x := &list[i]; x.Outcome == conflict.Collides {
			out = append(out, fmt.Sprintf("%s %s %s: %s", x.Severity, x.Kind.ID(), x.Name, x.Reason))
		}
	}
	if len(out) == 0 {
		return []string{"no conflict there"}, nil
	}
	return out, nil
}

// whatIf is what a move would do; nothing was written.
type whatIf struct {
	Change   string              `json:"change"`
	Schedule change.Schedule     `json:"schedule"`
	Before   []conflict.Conflict `json:"before"`
	After    []conflict.Conflict `json:"after"`
}

func (c *Control) moveWhatIf(ctx context.Context, call verb.Call, id string) (verb.Answer, error) {
	var out whatIf
	var ch change.Change
	at := c.now()
	if err := c.look(ctx, call, func(r port.Reader, _ *access.Person, now time.Time) (err error) {
		at = now
		ch, err = r.Change(ctx, id)
		return err
	}); err != nil {
		return verb.Answer{}, err
	}
	k, _, err := c.books()
	if err != nil {
		return verb.Answer{}, err
	}
	found := func(ch change.Change) ([]conflict.Conflict, error) {
		list, err := k.conflictsOf(ch, at)
		out := []conflict.Conflict{}
		for _, x := range list {
			if x.Outcome == conflict.Collides {
				out = append(out, x)
			}
		}
		return out, err
	}
	if out.Before, err = found(ch); err != nil {
		return verb.Answer{}, err
	}
	if ch.Schedule, err = c.moved(call, ch, at); err != nil {
		return verb.Answer{}, err
	}
	if out.After, err = found(ch); err != nil {
		return verb.Answer{}, err
	}
	out.Change, out.Schedule = ch.ID, ch.Schedule
	lines := []string{fmt.Sprintf("%s at %s would leave %d of %d conflicts; nothing was changed", ch.ID, ch.Schedule.Text(), len(out.After), len(out.Before))}
	for i := range out.After {
		x := &out.After[i]
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", x.Severity, x.Kind.ID(), x.Name, x.Reason))
	}
	return verb.Answer{Lines: lines, Value: out}, nil
}

// slots lists the best times for a change.
func (c *Control) slots(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.subjectChange(ctx, call)
	if err != nil {
		return verb.Answer{}, err
	}
	var ch change.Change
	at := c.now()
	if err := c.look(ctx, call, func(r port.Reader, _ *access.Person, now time.Time) (err error) {
		at = now
		ch, err = r.Change(ctx, id)
		return err
	}); err != nil {
		return verb.Answer{}, err
	}
	s, err := c.slotsOf(ch, at)
	if err != nil {
		return verb.Answer{}, err
	}
	lines := append(searchLines(ch.ID, s), "take one: move "+ch.ID+" --slot N")
	if len(s.Slots) == 0 {
		lines = lines[:len(lines)-1]
	}
	return verb.Answer{Lines: lines, Value: s}, nil
}

// subjectChange reads the id of a change, or that of a case, whose change it is then.
func (c *Control) subjectChange(ctx context.Context, call verb.Call) (string, error) {
	text := call.Arg(0)
	if !ofCase(call) {
		return c.changeID(text)
	}
	id, err := c.caseID(text)
	if err != nil {
		return "", err
	}
	var k conflict.Case
	err = c.look(ctx, call, func(r port.Reader, _ *access.Person, _ time.Time) (err error) {
		k, err = r.ConflictCase(ctx, id)
		return err
	})
	return k.Work(), err
}

// onCase runs a deed on one case, as its caller saw it.
func (c *Control) onCase(ctx context.Context, call verb.Call, perm access.Permission, fn func(ctx context.Context, tx port.Tx, p *access.Person, k *conflict.Case, at time.Time) (done, error)) (verb.Answer, error) {
	id, err := c.caseID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		k, err := tx.ConflictCase(ctx, id)
		if err != nil {
			return done{}, err
		}
		if call.Seen != 0 && call.Seen != k.Revision {
			return done{}, release.Errorf(release.Changed, "%s is not what you saw: it is %s, %s", k.ID, k.State, k.Reason).Advise("look again; nothing was changed")
		}
		ch, err := tx.Change(ctx, k.Work())
		if err != nil {
			return done{}, err
		}
		cat, err := tx.Catalog(ctx)
		if err != nil {
			return done{}, err
		}
		if err := access.Authorise(p, perm, cat.Target(ch.Service, ch.Environment), at); err != nil {
			return done{}, err
		}
		d, err := fn(ctx, tx, p, &k, at)
		if err != nil {
			return done{}, err
		}
		d.subject, d.value = k.ID, k
		d.detail = with(with(d.detail, "change", ch.ID), "kind", k.Kind.ID())
		if d.revision == 0 {
			d.revision = k.Revision
		}
		return d, nil
	})
}

// waive lets a change in although the conflict stands.
func (c *Control) waive(ctx context.Context, call verb.Call) (verb.Answer, error) {
	reason := release.Clean(call.Flag("message"), 500)
	return c.onCase(ctx, call, access.Waive, func(ctx context.Context, tx port.Tx, p *access.Person, k *conflict.Case, at time.Time) (done, error) {
		until := k.Deadline.Add(24 * time.Hour)
		if s := call.Flag("until"); s != "" {
			var err error
			if until, err = verb.ParseTime(s, at); err != nil {
				return done{}, err
			}
		}
		it, err := c.caseItem(ctx, tx, k.Work(), at)
		if err != nil {
			return done{}, err
		}
		var hands []access.PersonID
		for _, a := range it.Authors {
			hands = append(hands, a.Person)
		}
		next, err := k.Waive(p.ID, hands, until, reason, at)
		if err != nil {
			return done{}, err
		}
		*k = next
		if err := tx.PutConflictCase(ctx, k); err != nil {
			return done{}, err
		}
		d := done{reason: reason, summary: fmt.Sprintf("%s waived %s until %s: %s", p.ID, k.ID, stamp(k.Waiver.Until), k.Kind.Name())}
		switch {
		case k.Waiver.Second != "":
			d.reason, d.summary = k.Waiver.Reason, fmt.Sprintf("%s and %s waived %s until %s: %s", k.Waiver.By, p.ID, k.ID, stamp(k.Waiver.Until), k.Kind.Name())
		case k.State == conflict.Open:
			d.summary = fmt.Sprintf("%s asks for a waiver of %s until %s: %s", p.ID, k.ID, stamp(k.Waiver.Until), k.Kind.Name())
			d.lines = []string{fmt.Sprintf("it is hard: a second person says waive %s before %s", k.ID, k.Waiver.At.Add(conflict.OverrideTTL).Format("15:04Z"))}
		}
		return d, nil
	})
}

// escalate asks the next on the path now.
func (c *Control) escalate(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.onCase(ctx, call, access.Escalate, func(ctx context.Context, tx port.Tx, p *access.Person, k *conflict.Case, at time.Time) (done, error) {
		switch {
		case k.State != conflict.Open:
			return done{}, release.Errorf(release.Refused, "%s is %s; nobody need be asked", k.ID, k.State)
		case k.Step >= len(conflict.Path)-1:
			return done{}, release.Errorf(release.Refused, "%s has reached the end of its path: the %ss are asked", k.ID, conflict.Path[k.Step].Role).
				Advise("call them; until somebody settles it %s does not go in", k.Work())
		}
		asked, err := c.step(ctx, tx, k, at)
		if err != nil {
			return done{}, err
		}
		return done{reason: release.Clean(call.Flag("message"), 500), summary: fmt.Sprintf("%s escalated %s to the %ss: %s", p.ID, k.ID, conflict.Path[k.Step].Role, orNobody(asked)),
			detail: map[string]string{"step": fmt.Sprint(k.Step), "asked": strings.Join(asked, ", ")}}, nil
	})
}

// answer says that somebody is on it: nobody else is asked.
func (c *Control) answer(ctx context.Context, call verb.Call) (verb.Answer, error) {
	return c.onCase(ctx, call, access.Escalate, func(ctx context.Context, tx port.Tx, p *access.Person, k *conflict.Case, at time.Time) (done, error) {
		switch {
		case k.State != conflict.Open:
			return done{}, release.Errorf(release.Refused, "%s is %s; nobody waits for an answer", k.ID, k.State)
		case k.AnsweredBy != "":
			return done{}, release.Errorf(release.Refused, "%s answered it at %s", k.AnsweredBy, k.AnsweredAt.UTC().Format("15:04Z")).Advise("move, split or waive settles it")
		}
		k.AnsweredBy, k.AnsweredAt = p.ID, at
		if err := tx.PutConflictCase(ctx, k); err != nil {
			return done{}, err
		}
		return done{summary: fmt.Sprintf("%s answered %s: %s", p.ID, k.ID, release.Clean(k.Reason, 120))}, nil
	})
}
