package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/release/port"
)

// loaded is what changes are judged with, read once in a snapshot or transaction.
type loaded struct {
	cat          *catalog.Catalog
	people       []access.Person
	dir          change.Directory
	freezes      []calendar.Freeze
	entries      []calendar.Entry
	feeds        []feed.Status
	resting      map[string]map[string]bool // by service, the feeds that told of it
	admins       []string                   // who may link people and import catalogs
	coordinators []string                   // who may lift freezes
	lock         *interlock                 // nil where it could not be built; unjudged says why
	unjudged     string
	cases        map[string]conflict.Case // of conflicts that are not gone, by key
	movers       []string                 // who may move changes
	waivers      []string                 // who may waive conflicts
}

func (c *Control) load(ctx context.Context, r port.Reader, at time.Time) (*loaded, error) {
	var l loaded
	var err error
	if l.cat, err = r.Catalog(ctx); err != nil {
		return nil, err
	}
	if l.people, err = r.People(ctx); err != nil {
		return nil, err
	}
	if l.freezes, err = r.Freezes(ctx, at); err != nil {
		return nil, err
	}
	if l.entries, err = r.Entries(ctx); err != nil {
		return nil, err
	}
	l.freezes = slices.Concat(l.freezes, c.freezePeriods(l.entries, at))
	if l.feeds, err = r.Feeds(ctx); err != nil {
		return nil, err
	}
	if l.lock, l.cases, err = c.books(); err != nil {
		l.lock, l.unjudged = nil, release.AsError(err).Message
	}
	told, err := r.FeedServices(ctx)
	if err != nil {
		return nil, err
	}
	l.resting = map[string]map[string]bool{}
	for name, services := range told {
		for _, s := range services {
			if l.resting[s] == nil {
				l.resting[s] = map[string]bool{}
			}
			l.resting[s][name] = true
		}
	}
	l.dir = change.NewDirectory(l.people)
	l.admins, l.coordinators = holders(l.people, access.People, at), holders(l.people, access.Freeze, at)
	l.movers, l.waivers = holders(l.people, access.Move, at), holders(l.people, access.Waive, at)
	return &l, nil
}

// items joins changes with their approvals, evidence and notes, and judges each at an instant.
func (c *Control) items(ctx context.Context, r port.Reader, l *loaded, changes []change.Change, at time.Time) ([]change.Item, error) {
	ids := make([]string, len(changes))
	var keys []port.CommitKey
	for i, ch := range changes {
		ids[i] = ch.ID
		if ch.Commit != "" {
			keys = append(keys, keyOf(ch))
		}
	}
	approvals, err := r.Approvals(ctx, ids)
	if err != nil {
		return nil, err
	}
	notes, err := r.Notes(ctx, ids)
	if err != nil {
		return nil, err
	}
	dossiers, err := r.Dossiers(ctx, keys)
	if err != nil {
		return nil, err
	}
	slots := make([]port.Slot, len(changes))
	for i, ch := range changes {
		slots[i] = port.Slot{Service: ch.Service, Environment: ch.Environment}
	}
	deployed, err := r.Deployed(ctx, slots)
	if err != nil {
		return nil, err
	}
	firing, moving, err := troubles(ctx, r)
	if err != nil {
		return nil, err
	}
	out := make([]change.Item, len(changes))
	for i, ch := range changes {
		it := change.NewItem(ch, approvals[ch.ID], l.cat, dossiers[keyOf(ch)], l.people, l.dir, c.wired().Bots, notes[ch.ID], at)
		last := deployed[slots[i]]
		it.Deployed = last.Version
		for _, a := range firing[ch.Service] {
			if a.Environment == "" || a.Environment == ch.Environment {
				it.Firing = append(it.Firing, a)
			}
		}
		if how := unauthorised[ch.State]; how != "" {
			switch ro := moving[ch.ID]; {
			case ro != "":
				it.Moving = "it is rolling out to " + ch.Environment + " " + how + ", as " + ro
			case last.Change == ch.ID: // the same version by another change says nothing of this one
				it.Moving = ch.Version + " is in " + ch.Environment + " already, " + how
			}
		}
		for _, f := range c.bound(l, it.Service, ch.Environment) {
			if ch.Commit != "" && forgeOf[f.Type] != "" && f.Aspect(at, c.wired().since) == feed.Dark {
				it.EvidenceDark, it.Stale = true, f.Name
			}
		}
		answer := c.ahead(l, &it, at)
		it.Gate = string(answer.Verdict)
		it.Bar, it.BarReason = answer.Bar()
		out[i] = it
	}
	return out, nil
}

// unauthorised says of a change in a state that goes in nevertheless what it lacks: a rollout that the gate let in
// takes the change further.
var unauthorised = map[change.State]string{change.Requested: "without approval", change.Authorised: "past a gate that was shut",
	change.Scheduled: "past a gate that was shut"}

// troubles are the alerts that fire, by service, and the rollouts under way, by change.
func troubles(ctx context.Context, r port.Reader) (firing map[string][]health.Alert, moving map[string]string, err error) {
	alerts, err := r.Alerts(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	firing, moving = map[string][]health.Alert{}, map[string]string{}
	for _, a := range alerts {
		firing[a.Service] = append(firing[a.Service], a)
	}
	live, err := r.LiveRollouts(ctx)
	for _, ro := range live {
		if ro.Change != "" && ro.State.Moves() {
			moving[ro.Change] = ro.ID
		}
	}
	return firing, moving, err
}

// item is items for one change.
func (c *Control) item(ctx context.Context, r port.Reader, l *loaded, ch change.Change, at time.Time) (change.Item, error) {
	list, err := c.items(ctx, r, l, []change.Change{ch}, at)
	if err != nil {
		return change.Item{}, err
	}
	return list[0], nil
}

func keyOf(ch change.Change) port.CommitKey {
	return port.CommitKey{Forge: ch.Forge, Repo: ch.Repo, SHA: ch.Commit}
}

func subjectOf(ch change.Change) gate.Subject {
	return gate.Subject{Service: ch.Service, Environment: ch.Environment, Version: ch.Version, Digest: ch.Digest, Change: ch.ID}
}

// forgeOf says which forge a connector type speaks for: the feed of that type is bound to the services
// whose sources are there.
var forgeOf = map[string]string{"github": "github.com", "gitlab": "gitlab.com"}

// bound lists the feeds that a verdict on a service in an environment rests on: the forge of its sources, the
// monitors that have told of it, and the calendars from which a freeze of it may come. Catalogs are not among
// them: what they declared stands until they declare otherwise.
func (c *Control) bound(l *loaded, s *catalog.Service, environment string) []feed.Status {
	if s == nil {
		return nil
	}
	w := c.wired()
	var out []feed.Status
	for _, f := range l.feeds {
		_, forge := s.Repos[forgeOf[f.Type]]
		scope, freezing := w.Freezing[f.Name]
		told := l.resting[s.ID][f.Name] && !catalogs[f.Type]
		if forge || told || (freezing && scope.Covers(l.cat.Target(s.ID, environment))) {
			out = append(out, f)
		}
	}
	for _, f := range w.Feeds { // one that another process has forgotten was not read here either
		if scope, freezing := w.Freezing[f.Name]; freezing && scope.Covers(l.cat.Target(s.ID, environment)) &&
			!slices.ContainsFunc(l.feeds, func(known feed.Status) bool { return known.Name == f.Name }) {
			out = append(out, f)
		}
	}
	return out
}

// catalogs are the types of feeds that declare services.
var catalogs = map[string]bool{"backstage": true, "organisation": true, "csv": true, "openslo": true}

// ahead asks the gate about a change as it will be when it is due: what screens show of one that is scheduled.
func (c *Control) ahead(l *loaded, it *change.Item, at time.Time) gate.Answer {
	in := c.inquiry(l, it, subjectOf(it.Change), nil, at)
	in.Ahead = true
	return gate.Evaluate(in)
}

// verdict asks the gate about a subject with what is loaded. it is nil where no change asks for it.
func (c *Control) verdict(l *loaded, it *change.Item, s gate.Subject, others []change.Change, at time.Time) gate.Answer {
	return gate.Evaluate(c.inquiry(l, it, s, others, at))
}

func (c *Control) inquiry(l *loaded, it *change.Item, s gate.Subject, others []change.Change, at time.Time) gate.Input {
	svc, _ := l.cat.Service(s.Service)
	return gate.Input{
		Subject: s, At: at, Environments: c.wired().Environments, Service: svc, Target: l.cat.Target(s.Service, s.Environment),
		Item: it, Others: others, Freezes: l.freezes, Feeds: c.bound(l, svc, s.Environment), FeedsSince: c.wired().since, FeedsAt: c.now(),
		Admins: l.admins, Coordinators: l.coordinators, Calendar: c.calendarOf(l, it, at),
	}
}

// calendarOf is what the release calendar says of a change to the gate.
func (c *Control) calendarOf(l *loaded, it *change.Item, at time.Time) gate.Calendar {
	out := gate.Calendar{Cases: l.cases, Unjudged: l.unjudged, Movers: l.movers, Waivers: l.waivers}
	if it == nil || l.lock == nil || !slices.Contains(c.gated(), it.Change.Environment) {
		return out
	}
	out.Unfed = l.lock.unfed
	var err error
	if out.Conflicts, err = l.lock.conflictsOf(it.Change, at); err != nil {
		out.Unjudged = release.AsError(err).Message
	}
	return out
}

func holders(people []access.Person, perm access.Permission, at time.Time) []string {
	var out []string
	for i := range people {
		if access.Holds(&people[i], perm, at) {
			out = append(out, string(people[i].ID))
		}
	}
	return out
}

// ask answers the gate for a subject from a snapshot: it finds the change of the digest, or the others
// that are open where there is none.
func (c *Control) ask(ctx context.Context, r port.Reader, s gate.Subject, at time.Time) (gate.Answer, error) {
	s.Service, s.Environment = strings.ToLower(s.Service), strings.ToLower(s.Environment)
	if env, ok := catalog.Resolve(c.wired().Environments, s.Environment); ok {
		s.Environment = env.Name
	}
	l, err := c.load(ctx, r, at)
	if err != nil {
		return gate.Answer{}, err
	}
	ch, err := r.ChangeFor(ctx, s.Service, s.Environment, s.Digest)
	if release.CodeOf(err) == release.NotFound || (err == nil && ch.State == change.Cancelled) {
		others, oerr := r.OpenChanges(ctx, s.Service, s.Environment)
		if oerr != nil {
			return gate.Answer{}, oerr
		}
		return c.verdict(l, nil, s, others, at), nil
	}
	if err != nil {
		return gate.Answer{}, err
	}
	it, err := c.item(ctx, r, l, ch, at)
	if err != nil {
		return gate.Answer{}, err
	}
	s.Change = ch.ID
	if s.Version == "" {
		s.Version = ch.Version
	}
	return c.verdict(l, &it, s, nil, at), nil
}
