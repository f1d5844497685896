package control

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/port"
	"signalbox/release/verb"
)

// draft, submit and withdraw: a change by hand.

func (c *Control) draft(ctx context.Context, call verb.Call) (verb.Answer, error) {
	digest, err := release.ParseDigest(call.Flag("digest"))
	if err != nil {
		return verb.Answer{}, err
	}
	ch := change.Change{
		State: change.Draft, Kind: change.Normal, Digest: digest,
		Service:     strings.ToLower(release.Clean(call.Flag("service"), 100)),
		Environment: strings.ToLower(release.Clean(call.Flag("environment"), 60)),
		Version:     release.Clean(call.Flag("version"), 100),
		Title:       release.Clean(call.Flag("title"), 200),
		Commit:      strings.ToLower(release.Clean(call.Flag("commit"), 64)),
	}
	if call.Flag("kind") != "" {
		ch.Kind = change.Kind(call.Flag("kind"))
	}
	if ch.Schedule, err = schedule(call, "from", change.Schedule{}, c.now()); err != nil {
		return verb.Answer{}, err
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		ch := ch // the deed may run again
		l, err := c.load(ctx, tx, at)
		if err != nil {
			return done{}, err
		}
		env, ok := catalog.Resolve(c.wired().Environments, ch.Environment)
		if !ok {
			return done{}, release.Errorf(release.Usage, "the environment %q is not configured", ch.Environment).
				Advise("choose one of %s", environmentNames(c.wired().Environments))
		}
		ch.Environment = env.Name
		svc, ok := l.cat.Service(ch.Service)
		if !ok {
			return done{}, release.Errorf(release.NotFound, "there is no service %q", ch.Service).
				Advise("import the catalog that declares it, or check the name")
		}
		if err := access.Authorise(p, access.Draft, l.cat.Target(ch.Service, ch.Environment), at); err != nil {
			return done{}, err
		}
		if open, err := tx.ChangeFor(ctx, ch.Service, ch.Environment, ch.Digest); err == nil && open.State.Open() {
			return done{}, release.Errorf(release.Refused, "%s is for this digest already and is %s", open.ID, open.State).
				Advise("submit or withdraw that one")
		} else if err != nil && release.CodeOf(err) != release.NotFound {
			return done{}, err
		}
		for _, forge := range []string{"github.com", "gitlab.com"} {
			if slug, ok := svc.Repos[forge]; ok && ch.Forge == "" {
				ch.Forge, ch.Repo = forge, slug
			}
		}
		if sha, ok := strings.CutPrefix(string(ch.Digest), "git:"); ok && ch.Commit == "" {
			ch.Commit = sha
		}
		n, err := tx.NextID(ctx, "change")
		if err != nil {
			return done{}, err
		}
		ch.ID, ch.Requester, ch.CreatedAt, ch.UpdatedAt = c.id(change.ID(n)), p.ID, at, at
		if ch.Risk, err = c.assess(ctx, tx, l, ch); err != nil {
			return done{}, err
		}
		if err := tx.PutChange(ctx, &ch); err != nil {
			return done{}, err
		}
		return done{subject: ch.ID, revision: ch.Revision, value: ch,
			summary: fmt.Sprintf("%s drafted %s for %s in %s", p.ID, ch.ID, ch.Name(), ch.Environment),
			lines:   []string{"submit it: change submit " + ch.ID}}, nil
	})
}

func (c *Control) submit(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := seen(ctx, tx, call, it); err != nil {
			return done{}, err
		}
		if err := access.Authorise(p, access.Submit, it.Target, at); err != nil {
			return done{}, err
		}
		ch := it.Change
		if ch.State != change.Draft {
			return done{}, release.Errorf(release.Refused, "%s is %s already", id, it.Standing())
		}
		if !own(it, p.ID) {
			return done{}, release.Errorf(release.Refused, "%s is not your change", id).Advise("its author submits it: %s", authorNames(it))
		}
		l, err := c.load(ctx, tx, at)
		if err != nil {
			return done{}, err
		}
		a, err := c.request(ctx, tx, l, &ch, at)
		if err != nil {
			return done{}, err
		}
		if it, err = c.caseItem(ctx, tx, id, at); err != nil { // who can approve is known once it is requested
			return done{}, err
		}
		return done{subject: ch.ID, revision: ch.Revision, policy: a.Policy, value: ch,
			summary: fmt.Sprintf("%s asks for %s in %s, risk %d %s", p.ID, ch.Name(), ch.Environment, ch.Risk.Score, ch.Risk.Band().Letter()),
			detail:  map[string]string{"binding": a.Binding, "round": fmt.Sprint(a.Round)},
			lines:   []string{fmt.Sprintf("it needs %d of: %s", a.Needed, orNobody(eligibleAfter(it, p.ID)))}}, nil
	})
}

// request moves a draft to requested and opens the next approval round.
func (c *Control) request(ctx context.Context, tx port.Tx, l *loaded, ch *change.Change, at time.Time) (change.Approval, error) {
	var err error
	if ch.State != change.Requested {
		if err := ch.To(change.Requested); err != nil {
			return change.Approval{}, err
		}
	}
	ch.RequestedAt = at
	if ch.Risk, err = c.assess(ctx, tx, l, *ch); err != nil {
		return change.Approval{}, err
	}
	round := 1
	if ch.Revision > 0 {
		switch last, err := tx.Approval(ctx, ch.ID); {
		case err == nil:
			round = last.Round + 1
		case release.CodeOf(err) != release.NotFound:
			return change.Approval{}, err
		}
	}
	tier := 0
	if svc, ok := l.cat.Service(ch.Service); ok {
		tier = int(svc.Tier)
	}
	a := change.Ask(*ch, round, tier, at).Keep(*ch)
	return a, c.settle(ctx, tx, ch, a, at)
}

func (c *Control) assess(ctx context.Context, r port.Reader, l *loaded, ch change.Change) (change.Risk, error) {
	svc, _ := l.cat.Service(ch.Service)
	var d evidence.Dossier
	if ch.Commit != "" {
		all, err := r.Dossiers(ctx, []port.CommitKey{keyOf(ch)})
		if err != nil {
			return change.Risk{}, err
		}
		d = all[keyOf(ch)]
	}
	return change.Assess(svc, len(l.cat.HardDependants(ch.Service)), d), nil
}

func (c *Control) withdraw(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	reason := release.Clean(call.Flag("message"), change.MaxReason)
	return c.act(ctx, call, func(ctx context.Context, tx port.Tx, p *access.Person, at time.Time) (done, error) {
		it, err := c.caseItem(ctx, tx, id, at)
		if err != nil {
			return done{}, err
		}
		if err := seen(ctx, tx, call, it); err != nil {
			return done{}, err
		}
		if err := access.Authorise(p, access.Withdraw, it.Target, at); err != nil {
			return done{}, err
		}
		if !own(it, p.ID) {
			return done{}, release.Errorf(release.Refused, "%s is not your change", id).
				Advise("its author withdraws it (%s), or an approver rejects it", authorNames(it))
		}
		ch, a := it.Change, it.Approval
		if err := ch.To(change.Cancelled); err != nil {
			return done{}, err
		}
		ch.UpdatedAt = at
		if a.State == change.Waiting || a.State == change.Approved {
			if a, err = change.End(a, change.Withdrawn); err != nil {
				return done{}, err
			}
			if err := tx.PutApproval(ctx, a); err != nil {
				return done{}, err
			}
		}
		if err := tx.PutChange(ctx, &ch); err != nil {
			return done{}, err
		}
		return done{subject: id, reason: reason, revision: ch.Revision, value: ch,
			summary: fmt.Sprintf("%s withdrew %s", p.ID, ch.Name())}, nil
	})
}

func (c *Control) showChange(ctx context.Context, call verb.Call) (verb.Answer, error) {
	id, err := c.changeID(call.Arg(0))
	if err != nil {
		return verb.Answer{}, err
	}
	var ans verb.Answer
	err = c.look(ctx, call, func(r port.Reader, p *access.Person, at time.Time) error {
		k, err := c.caseOf(ctx, r, id, at)
		if err != nil {
			return err
		}
		ans = verb.Answer{Value: k, Lines: caseLines(k, p, at)}
		return nil
	})
	return ans, err
}

func (c *Control) listChanges(ctx context.Context, call verb.Call) (verb.Answer, error) {
	limit, err := limitOf(call)
	if err != nil {
		return verb.Answer{}, err
	}
	after := ""
	if s := call.Flag("after"); s != "" {
		if after, err = c.changeID(s); err != nil {
			return verb.Answer{}, err
		}
	}
	var ans verb.Answer
	err = c.look(ctx, call, func(r port.Reader, _ *access.Person, at time.Time) error {
		list, err := r.ChangesPage(ctx, port.Page{After: after, Limit: limit})
		if err != nil {
			return err
		}
		next := ""
		rows := [][]string{{"ID", "CHANGE", "ENVIRONMENT", "STATE", "RISK", "DIGEST", "ASKED"}}
		for _, ch := range list {
			state := string(ch.State)
			if ch.Result != "" {
				state += " " + string(ch.Result)
			}
			rows = append(rows, []string{ch.ID, ch.Name(), ch.Environment, state, fmt.Sprintf("%d %s", ch.Risk.Score, ch.Risk.Band().Letter()),
				ch.Digest.Short(), ch.CreatedAt.Format("2006-01-02 15:04Z")})
		}
		ans = verb.Answer{Lines: table(rows)}
		if len(list) == limit {
			next = list[limit-1].ID
			ans.Lines = append(ans.Lines, "more: change list --after "+next)
		}
		if len(list) == 0 {
			ans.Lines = []string{"no change"}
		}
		ans.Value = verb.NewList(list, next, at, nil)
		return nil
	})
	return ans, err
}

// own reports whether the person requested the change or had it requested on a forge.
func own(it change.Item, p access.PersonID) bool {
	return slices.ContainsFunc(it.Authors, func(a change.Author) bool { return a.Person == p && !a.Bot })
}

func authorNames(it change.Item) string {
	var names []string
	for _, a := range it.Authors {
		if !a.Bot {
			names = append(names, a.String())
		}
	}
	return orNobody(names)
}

func eligibleAfter(it change.Item, not access.PersonID) []string {
	var names []string
	for _, e := range it.Eligible {
		if e != not {
			names = append(names, string(e))
		}
	}
	return names
}

func orNobody(names []string) string {
	if len(names) == 0 {
		return "nobody yet"
	}
	return strings.Join(names, ", ")
}

func environmentNames(envs []catalog.Environment) string {
	var names []string
	for _, e := range envs {
		names = append(names, e.Name)
	}
	return strings.Join(names, ", ")
}

// history reads the entries of a subject and an outcome ("" for all), newest first.
func history(ctx context.Context, r port.Reader, subject string, outcome audit.Outcome, limit int) ([]audit.Entry, error) {
	rows, err := r.AuditNewest(ctx, subject, outcome, limit)
	if err != nil {
		return nil, err
	}
	out := make([]audit.Entry, 0, len(rows))
	for _, row := range rows {
		e, err := row.Entry()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
