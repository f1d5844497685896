package control

import (
	"cmp"
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
	"signalbox/release/fact"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// Ingest takes the facts of one authenticated delivery. All of them, the delivery's id and the audit
// entries are one transaction: when it returns nil everything is stored. A delivery seen before, by its id
// or by what was signed, has no second effect and reports fresh false.
func (c *Control) Ingest(ctx context.Context, connector string, d port.Delivery, facts []fact.Fact) (fresh bool, err error) {
	at := c.now()
	err = c.deciding(ctx, func(tx port.Tx) error {
		var err error
		if fresh, err = tx.TakeDelivery(ctx, connector, d.ID, at); err != nil {
			return err
		}
		if fresh && d.Sum != "" {
			if fresh, err = tx.TakeDelivery(ctx, connector, "body:"+d.Sum, at); err != nil {
				return err
			}
		}
		count := feed.Status{Name: connector, Accepted: 1, LastGood: at}
		if !fresh {
			count = feed.Status{Name: connector, Repeated: 1}
			if !d.Renews { // it proves nothing about the feed: anybody may repeat what was captured
				return tx.CountFeed(ctx, count, at)
			}
			count.LastGood = at
			facts = alertsOf(facts)
		}
		// First, so that what it says is not judged by the silence that it ends.
		if err := tx.CountFeed(ctx, count, at); err != nil {
			return err
		}
		in := ingest{Control: c, tx: tx, connector: connector, delivery: d.ID, at: at}
		for _, f := range facts {
			if err := in.take(ctx, f); err != nil {
				return err
			}
		}
		return in.rest(ctx)
	})
	return fresh, err
}

// alertsOf are the alerts among facts: telling one again alters nothing, or makes one fire again that was
// thought to be over.
func alertsOf(facts []fact.Fact) []fact.Fact {
	var out []fact.Fact
	for _, f := range facts {
		if _, ok := f.(fact.AlertSeen); ok {
			out = append(out, f)
		}
	}
	return out
}

// ingest is one delivery on its way into the store.
type ingest struct {
	*Control
	tx        port.Tx
	connector string
	delivery  string
	at        time.Time
	l         *loaded         // read when first needed
	services  map[string]bool // that it told of
	refused   []fact.Refusal  // facts that had no place
	changed   int             // what of the calendar, the catalog and the alerts is not as it was
}

func (in *ingest) take(ctx context.Context, f fact.Fact) error {
	switch f := f.(type) {
	case fact.DeployStatus: // before DeployRequested, which it holds
		return in.status(ctx, f)
	case fact.DeployRequested:
		_, err := in.requested(ctx, f)
		return err
	case fact.VersionKnown:
		return in.tx.PutVersion(ctx, f)
	case fact.CommitSeen:
		return in.tx.PutCommit(ctx, f.Commit)
	case fact.PullRequestSeen:
		if err := in.tx.PutPullRequest(ctx, f.PullRequest); err != nil {
			return err
		}
		return in.reassess(ctx, f.Forge, f.Repo, f.Head, f.Merge)
	case fact.ReviewSeen:
		return in.tx.PutReview(ctx, f.Review)
	case fact.CheckSeen:
		return in.tx.PutCheck(ctx, f.Check)
	case fact.CatalogSeen:
		return in.catalog(ctx, f)
	case fact.CalendarSeen:
		return in.calendar(ctx, f)
	case fact.Measured:
		return in.measured(ctx, f)
	case fact.AlertSeen:
		return in.alert(ctx, f)
	case fact.ObjectivesSeen:
		return in.objectives(ctx, f)
	}
	return fmt.Errorf("a connector told a fact of type %T, which control does not take", f)
}

func (in *ingest) loaded(ctx context.Context) (*loaded, error) {
	if in.l != nil {
		return in.l, nil
	}
	l, err := in.load(ctx, in.tx, in.at)
	in.l = l
	return l, err
}

// log seals an entry of the connector.
func (in *ingest) log(ctx context.Context, verb, subject, summary string, revision int64, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["delivery"] = in.delivery
	_, err := in.seal(ctx, in.tx, audit.Entry{At: in.at, Actor: "connector:" + in.connector, Door: access.Connector, Verb: verb,
		Subject: subject, Outcome: audit.Done, Summary: summary, Revision: revision, Detail: detail})
	return err
}

// place resolves where a deployment goes: the service (or "unknown:slug"), and the environment under its
// configured name, or as it was written where it is not configured.
func (in *ingest) place(ctx context.Context, f fact.DeployRequested) (service, environment string, gated bool, err error) {
	l, err := in.loaded(ctx)
	if err != nil {
		return "", "", false, err
	}
	service = catalog.UnknownService(cmp.Or(f.Repo, f.Service))
	if s := serviceOf(l.cat, f); s != nil {
		service = s.ID
		in.toldOf(s.ID)
	}
	env, known := catalog.Resolve(in.wired().Environments, f.Environment)
	if !known {
		return service, strings.ToLower(f.Environment), true, nil
	}
	return service, env.Name, env.Gated, nil
}

// serviceOf finds the service of a deployment (CONTRACTS section 3): what the connector's configuration maps
// it to, what the catalog says of its repository, and, where it names no repository, what the sender calls it.
func serviceOf(cat *catalog.Catalog, f fact.DeployRequested) *catalog.Service {
	if s, ok := cat.Service(f.Mapped); ok {
		return s
	}
	if f.Repo == "" {
		s, _ := cat.Service(strings.ToLower(f.Service))
		return s
	}
	return cat.ServiceFor(f.Forge, f.Repo, f.Service)
}

// requested turns a deployment into a request for approval, once for each (service, environment, digest)
// (CONTRACTS section 3). A deployment to an environment that is not gated asks for nothing. It returns the
// change, nil where there is none.
func (in *ingest) requested(ctx context.Context, f fact.DeployRequested) (*change.Change, error) {
	service, environment, gated, err := in.place(ctx, f)
	if err != nil || !gated {
		return nil, err
	}
	ch, err := in.tx.ChangeFor(ctx, service, environment, f.Digest)
	switch {
	case err == nil && ch.State.Open():
		return in.again(ctx, ch, f)
	case err == nil && ch.Connector == in.connector && ch.ExternalID == f.ExternalID:
		return &ch, nil // the same deployment told again after its change ended
	case err != nil && release.CodeOf(err) != release.NotFound:
		return nil, err
	}
	n, err := in.tx.NextID(ctx, "change")
	if err != nil {
		return nil, err
	}
	ch = change.Change{
		ID: in.id(change.ID(n)), State: change.Draft, Kind: change.Normal, Service: service, Environment: environment,
		Version: f.Version, Digest: f.Digest, Forge: f.Forge, Repo: f.Repo, Commit: f.Commit, Ref: f.Ref, Title: f.Title,
		By: f.By, Connector: in.connector, ExternalID: f.ExternalID, URL: f.URL, CreatedAt: in.at,
	}
	return &ch, in.ask(ctx, &ch)
}

// ask opens an approval round and tells the log.
func (in *ingest) ask(ctx context.Context, ch *change.Change) error {
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	a, err := in.request(ctx, in.tx, l, ch, in.at)
	if err != nil {
		return err
	}
	return in.log(ctx, "change.request", ch.ID,
		fmt.Sprintf("%s asks to go into %s, risk %d %s", ch.Name(), ch.Environment, ch.Risk.Score, ch.Risk.Band().Letter()), ch.Revision,
		map[string]string{"service": ch.Service, "environment": ch.Environment, "digest": string(ch.Digest),
			"binding": a.Binding, "round": fmt.Sprint(a.Round)})
}

// again is a further deployment of a digest for which a change is open: whoever created it joins the
// authors; a change that fell back to draft is requested again by a new deployment.
func (in *ingest) again(ctx context.Context, ch change.Change, f fact.DeployRequested) (*change.Change, error) {
	joined := false
	for _, by := range f.By {
		if !slices.Contains(ch.By, by) {
			ch.By, joined = append(slices.Clone(ch.By), by), true
		}
	}
	if ch.State == change.Draft && f.ExternalID != ch.ExternalID {
		ch.Connector, ch.ExternalID, ch.URL = in.connector, f.ExternalID, f.URL
		return &ch, in.ask(ctx, &ch)
	}
	if !joined {
		return &ch, nil
	}
	ch.UpdatedAt = in.at
	return &ch, in.tx.PutChange(ctx, &ch)
}

// status follows a deployment. Its first movement uses the approval up; one that moves although the gate
// does not let it through is recorded as unauthorised. A rollout that is known keeps its own change: a late
// word about an earlier deployment of a digest says nothing about a later change for it.
func (in *ingest) status(ctx context.Context, f fact.DeployStatus) error {
	ro, err := in.tx.RolloutByExternal(ctx, in.connector, f.ExternalID)
	var ch *change.Change
	switch {
	case err == nil && ro.Change != "":
		known, err := in.tx.Change(ctx, ro.Change)
		if err != nil {
			return err
		}
		ch = &known
	case err == nil:
	case release.CodeOf(err) != release.NotFound:
		return err
	case f.State == rollout.Inactive:
		return nil // the end of a deployment that was never seen here
	default: // the status may arrive before the deployment
		if ch, err = in.requested(ctx, f.DeployRequested); err != nil {
			return err
		}
		if ro, err = in.observe(ctx, f); err != nil {
			return err
		}
		if ch != nil {
			ro.Change = ch.ID
		}
	}
	ro, moved := rollout.Next(ro, f.State, f.StatusAt)
	if err := in.tx.PutRollout(ctx, ro); err != nil {
		return err
	}
	if !moved || ch == nil || (!f.State.Moves() && ch.State != change.Implementing) {
		return nil
	}
	return in.carried(ctx, ch, ro)
}

func (in *ingest) observe(ctx context.Context, f fact.DeployStatus) (rollout.Observed, error) {
	service, environment, _, err := in.place(ctx, f.DeployRequested)
	if err != nil {
		return rollout.Observed{}, err
	}
	n, err := in.tx.NextID(ctx, "rollout")
	if err != nil {
		return rollout.Observed{}, err
	}
	return rollout.Observed{ID: in.id(fmt.Sprintf("RO-%d", n)), Connector: in.connector, ExternalID: f.ExternalID, Service: service,
		Environment: environment, Version: f.Version, Digest: f.Digest, State: rollout.Pending, URL: f.URL, StartedAt: f.At}, nil
}

// carried moves the change with its rollout. Whether it may begin is the gate's verdict, as for everybody
// who asks.
func (in *ingest) carried(ctx context.Context, ch *change.Change, ro rollout.Observed) error {
	switch ch.State {
	case change.Implementing:
		return in.finish(ctx, ch, ro)
	case change.InReview, change.Closed, change.Cancelled:
		return nil
	}
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	it, err := in.item(ctx, in.tx, l, *ch, in.at)
	if err != nil {
		return err
	}
	answer := in.verdict(l, &it, subjectOf(*ch), nil, in.at)
	if (answer.Verdict == gate.Pass || answer.Verdict == gate.Warn) && it.Approval.State == change.Approved {
		return in.consume(ctx, ch, it.Approval, ro)
	}
	return in.unauthorised(ctx, ch, ro, answer.Why())
}

func (in *ingest) consume(ctx context.Context, ch *change.Change, a change.Approval, ro rollout.Observed) error {
	a, err := change.End(a, change.Consumed)
	if err != nil {
		return err
	}
	for _, s := range []change.State{change.Scheduled, change.Implementing} {
		if ch.State != s {
			if err := ch.To(s); err != nil {
				return err
			}
		}
	}
	ch.UpdatedAt = in.at
	if err := in.tx.PutApproval(ctx, a); err != nil {
		return err
	}
	if err := in.tx.PutChange(ctx, ch); err != nil {
		return err
	}
	if err := in.log(ctx, "rollout.start", ch.ID, fmt.Sprintf("%s is rolling out to %s as %s", ch.Name(), ch.Environment, ro.ID),
		ch.Revision, map[string]string{"rollout": ro.ID, "digest": string(ro.Digest)}); err != nil {
		return err
	}
	return in.finish(ctx, ch, ro)
}

// finish closes a change whose rollout is over.
func (in *ingest) finish(ctx context.Context, ch *change.Change, ro rollout.Observed) error {
	if ch.State != change.Implementing || !ro.State.Over() {
		return nil
	}
	ch.Result = change.Done
	if ro.State != rollout.Success {
		ch.Result = change.Failed
	}
	for _, s := range []change.State{change.InReview, change.Closed} {
		if err := ch.To(s); err != nil {
			return err
		}
	}
	ch.UpdatedAt = in.at
	if err := in.tx.PutChange(ctx, ch); err != nil {
		return err
	}
	return in.log(ctx, "rollout.end", ch.ID, fmt.Sprintf("%s in %s: %s", ch.Name(), ch.Environment, ro.State), ch.Revision,
		map[string]string{"rollout": ro.ID, "result": string(ch.Result)})
}

func (in *ingest) unauthorised(ctx context.Context, ch *change.Change, ro rollout.Observed, why string) error {
	does := "rolls out to"
	if ro.State == rollout.Success {
		does = "went into"
	}
	return in.log(ctx, "rollout.unauthorised", ch.ID,
		strings.TrimSpace(fmt.Sprintf("%s %s %s %s", ch.Name(), does, ch.Environment, unauthorised[ch.State]))+": "+why, ch.Revision,
		map[string]string{"rollout": ro.ID, "digest": string(ro.Digest), "state": string(ro.State)})
}

// reassess looks again at the risk of undecided and authorised changes that are built from one of the
// commits.
func (in *ingest) reassess(ctx context.Context, forge, repo string, commits ...string) error {
	list, err := in.tx.ChangesOf(ctx, forge, repo, commits)
	if err != nil || len(list) == 0 {
		return err
	}
	l, err := in.loaded(ctx)
	if err != nil {
		return err
	}
	actor := access.Actor{Name: "connector:" + in.connector, Door: access.Connector}
	for _, ch := range list {
		if err := in.Control.reassess(ctx, in.tx, l, ch, actor, in.at); err != nil {
			return err
		}
	}
	return nil
}

// reassess writes a change's risk where it differs, and opens a new round where the approval no longer
// holds. ch may have been moved to another service by the caller.
func (c *Control) reassess(ctx context.Context, tx port.Tx, l *loaded, ch change.Change, by access.Actor, at time.Time) error {
	risk, err := c.assess(ctx, tx, l, ch)
	if err != nil {
		return err
	}
	a, err := tx.Approval(ctx, ch.ID)
	if err != nil {
		return err
	}
	same := risk.Score == ch.Risk.Score
	ch.Risk = risk
	holds, why := a.Holds(ch)
	if same && holds {
		return nil
	}
	if holds {
		ch.UpdatedAt = at
		return tx.PutChange(ctx, &ch)
	}
	if a, err = change.End(a, change.Void); err != nil {
		return err
	}
	if err := tx.PutApproval(ctx, a); err != nil {
		return err
	}
	if ch.State != change.Requested {
		if err := ch.To(change.Requested); err != nil {
			return err
		}
	}
	next, err := c.request(ctx, tx, l, &ch, at)
	if err != nil {
		return err
	}
	_, err = c.seal(ctx, tx, audit.Entry{At: at, Actor: by.String(), Door: by.Door, Fingerprint: by.Fingerprint, Verb: "approval.void",
		Subject: ch.ID, Outcome: audit.Done, Revision: ch.Revision, Reason: why,
		Summary: fmt.Sprintf("the approval of %s is void: %s", ch.Name(), why),
		Detail:  map[string]string{"binding": next.Binding, "round": fmt.Sprint(next.Round), "service": ch.Service}})
	return err
}
