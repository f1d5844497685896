package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/port"
	"signalbox/release/simulation"
	"signalbox/release/verb"
)

func (c *Control) freezeDeclare(ctx context.Context, call verb.Call) (verb.Answer, error) {
	now := c.now()
	f := calendar.Freeze{Kind: calendar.Hardness(call.Flag("kind")), Reason: release.Clean(call.Flag("message"), 500), DeclaredAt: now}
	var err error
	if f.Scope, err = c.scope(call.Flag("scope")); err != nil {
		return verb.Answer{}, err
	}
	f.From = now
	if s := call.Flag("from"); s != "" {
		if f.From, err = verb.ParseTime(s, now); err != nil {
			return verb.Answer{}, err
		}
	}
	switch to, dur := call.Flag("to"), call.Flag("for"); {
	case to != "" && dur != "":
		return verb.Answer{}, release.Errorf(release.Usage, "a freeze has one end, and both --to and --for were given").Advise("give only one of them: --to TIME or --for DURATION")
	case to == "" && dur == "":
		return verb.Answer{}, release.Errorf(release.Usage, "a freeze needs an end").Advise("give either --to TIME or --for DURATION")
	case to != "":
		f.To, err = verb.ParseTime(to, now)
	default:
		var d time.Duration
		d, err = verb.ParseDuration(dur)
		f.To = f.From.Add(d)
	}
	if err != nil {
		return verb.Answer{}, err
	}
	f.From, f.To = f.From.Truncate(time.Microsecond), f.To.Truncate(time.Microsecond)
	if err := f.Check(); err != nil {
		c.recordRefusal(ctx, call, now, err)
		return verb.Answer{}, err
	}
	if !now.Before(f.To) {
		err := release.Errorf(release.Usage, "the freeze would have ended at %s, which is past", f.To.Format("Mon 02 Jan 2006 15:04Z")).
			Advise("give a --to or a --for that ends later than now, and write the day where the hour alone is past")
		c.recordRefusal(ctx, call, now, err)
		return verb.Answer{}, err
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		f := f
		if err := access.AuthoriseScope(p, access.Freeze, f.Scope, at); err != nil {
			return done{}, err
		}
		cat, err := tx.Catalog(ctx)
		if err != nil {
			return done{}, err
		}
		covered := c.covered(cat, f.Scope)
		if f.Scope != access.Org && covered == 0 {
			return done{}, release.Errorf(release.Refused, "no service is in the scope %s", f.Scope).
				Advise("check the words against the catalog; a freeze of nothing protects nothing")
		}
		n, err := tx.NextID(ctx, "freeze")
		if err != nil {
			return done{}, err
		}
		f.ID, f.DeclaredBy = c.id(fmt.Sprintf("FRZ-%d", n)), p.ID
		if err := tx.PutFreeze(ctx, &f); err != nil {
			return done{}, err
		}
		span := "until " + f.To.Format("Mon 02 Jan 15:04Z")
		if at.Before(f.From) {
			span = "from " + f.From.Format("Mon 02 Jan 15:04Z") + " " + span
		}
		return done{subject: f.ID, reason: f.Reason, revision: f.Revision, value: f,
			summary: fmt.Sprintf("%s declared a %s freeze of %s %s", p.ID, f.Kind, f.Scope, span),
			lines:   []string{fmt.Sprintf("it covers %d of %d services", covered, len(cat.Services)), "lift it: freeze lift " + f.ID},
			detail:  map[string]string{"scope": string(f.Scope), "from": f.From.Format(time.RFC3339), "to": f.To.Format(time.RFC3339)}}, nil
	})
}

// covered counts the services that lie in a scope, in whatever environment.
func (c *Control) covered(cat *catalog.Catalog, scope access.Scope) int {
	n := 0
	for _, s := range cat.Services {
		if slices.ContainsFunc(c.wired().Environments, func(e catalog.Environment) bool { return scope.Covers(cat.Target(s.ID, e.Name)) }) {
			n++
		}
	}
	return n
}

func (c *Control) freezeLift(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id := strings.TrimPrefix(strings.ToUpper(call.Arg(0)), strings.ToUpper(simulation.Mark))
	if !strings.HasPrefix(id, "FRZ-") {
		id = "FRZ-" + id
	}
	id = c.id(id)
	reason := release.Clean(call.Flag("message"), 500)
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		f, err := tx.Freeze(ctx, id)
		if err != nil {
			return done{}, err
		}
		if err := access.AuthoriseScope(p, access.Freeze, f.Scope, at); err != nil {
			return done{}, err
		}
		if !f.LiftedAt.IsZero() {
			return done{}, release.Errorf(release.Refused, "%s was lifted already, by %s at %s", f.ID, f.LiftedBy, f.LiftedAt.Format("Mon 02 Jan 15:04Z")).Advise("freeze list shows those that hold")
		}
		if !at.Before(f.To) {
			return done{}, release.Errorf(release.Refused, "%s is over already", f.ID)
		}
		if len([]rune(reason)) < 15 {
			return done{}, release.Errorf(release.Refused, "the reason has %d characters", len([]rune(reason))).
				Advise("say why in 15 or more: -m \"…\"")
		}
		f.LiftedBy, f.LiftedAt = p.ID, at
		if err := tx.PutFreeze(ctx, &f); err != nil {
			return done{}, err
		}
		return done{subject: f.ID, reason: reason, revision: f.Revision, value: f,
			summary: fmt.Sprintf("%s lifted the %s freeze %s of %s", p.ID, f.Kind, f.ID, f.Scope)}, nil
	})
}

func (c *Control) freezeList(ctx context.Context, call verb.Call) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		list, err := r.Freezes(ctx, at)
		if err != nil {
			return err
		}
		entries, err := r.Entries(ctx)
		if err != nil {
			return err
		}
		list = slices.Concat(list, c.freezePeriods(entries, at)) // those of outside calendars bar as well
		list = slices.DeleteFunc(list, func(f calendar.Freeze) bool { return !at.Before(f.To) || !f.LiftedAt.IsZero() })
		slices.SortStableFunc(list, func(a, b calendar.Freeze) int { return a.From.Compare(b.From) })
		rows := [][]string{{"ID", "KIND", "SCOPE", "FROM", "TO", "BY", "REASON"}}
		for _, f := range list {
			by := string(f.DeclaredBy)
			if f.Source != "" {
				by = "calendar " + f.Source
			}
			rows = append(rows, []string{f.ID, string(f.Kind), string(f.Scope), f.From.Format(time.RFC3339), f.To.Format(time.RFC3339), by, f.Reason})
		}
		ans = verb.Answer{Lines: table(rows), Value: verb.NewList(list, "", at, nil)}
		if len(list) == 0 {
			ans.Lines = []string{"no freeze is in force or to come"}
		}
		return nil
	})
	return ans, err
}

// freezeShow shows one freeze that was declared here: where and when it holds, who declared it and why.
func (c *Control) freezeShow(ctx context.Context, call verb.Call, id string) (verb.Answer, error) {
	var ans verb.Answer
	err := c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		f, err := r.Freeze(ctx, id)
		if err != nil {
			return err
		}
		state := "to come"
		switch {
		case !f.LiftedAt.IsZero():
			state = "lifted " + f.LiftedAt.Format(time.RFC3339)
		case !at.Before(f.To):
			state = "over"
		case f.In(at):
			state = "in force"
		}
		ans = verb.Answer{Value: f, Lines: table([][]string{{f.ID, string(f.Kind) + " freeze of " + string(f.Scope) + ", " + state},
			{"from", f.From.Format(time.RFC3339)}, {"to", f.To.Format(time.RFC3339)}, {"declared", f.DeclaredAt.Format(time.RFC3339) + " by " + string(f.DeclaredBy)}, {"reason", f.Reason}})}
		return nil
	})
	return ans, err
}
