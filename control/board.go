package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/board"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// Board returns the shared snapshot of the whole estate. It rests on what the alarm line rests on, so that both
// count the same rows.
func (c *Control) Board(ctx context.Context) (*board.Page, error) {
	return c.board.get(ctx, c, alarmTopics, c.buildBoard)
}

func (c *Control) buildBoard(ctx context.Context) (*board.Page, error) {
	q, err := c.Queue(ctx)
	if err != nil {
		return nil, err
	}
	measured, err := c.measured.get(ctx, c, measuredTopics, c.buildMeasured)
	if err != nil {
		return nil, err
	}
	objectives, err := c.Health(ctx)
	if err != nil {
		return nil, err
	}
	panel, err := c.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	at := c.now()
	p := &board.Page{AsOf: at, Queue: q, Feeds: panel.Lines, FeedsFrom: panel.Since, Pulse: board.Beat(q, at), Health: board.Promised(measured.standing, objectives), Unwatched: measured.unwatched}
	err = c.judging(ctx, func(r port.Reader) error {
		e, err := c.estate(ctx, r, q, at)
		if err != nil {
			return err
		}
		resting := map[string]string{}
		for _, l := range panel.Lines {
			resting[l.Name] = l.Resting
		}
		for k := range e.Feeds {
			e.Feeds[k].Resting = resting[e.Feeds[k].Name]
		}
		entries, err := r.Entries(ctx)
		if err != nil {
			return err
		}
		p.Act, p.Regions, p.Marks, p.Rollouts = board.ActNow(e), orEmpty(e.Catalog.Regions), board.Marks(e, entries), board.Underway(e)
		p.Next = board.Upcoming(e, p.Marks)
		if err := c.measureRollouts(ctx, r, p.Rollouts, measured, at); err != nil {
			return err
		}
		if p.Events, err = c.events(ctx, r); err != nil {
			return err
		}
		p.Setup, err = c.setup(ctx, r, e, len(entries))
		return err
	})
	return p, err
}

// estate reads what ActNow looks at. q is the queue as of now.
func (c *Control) estate(ctx context.Context, r port.Reader, q *change.Queue, at time.Time) (board.Estate, error) {
	e := board.Estate{At: at, Queue: q, Environments: c.wired().Environments}
	var err error
	if e.Catalog, err = r.Catalog(ctx); err != nil {
		return e, err
	}
	if e.Rollouts, e.Past, err = c.goings(ctx, r, at); err != nil {
		return e, err
	}
	if e.Granted, err = granted(ctx, r, at); err != nil {
		return e, err
	}
	if e.Alerts, err = r.Alerts(ctx, ""); err != nil {
		return e, err
	}
	if e.Freezes, err = r.Freezes(ctx, at); err != nil {
		return e, err
	}
	entries, err := r.Entries(ctx)
	if err != nil {
		return e, err
	}
	e.Freezes = slices.Concat(e.Freezes, c.freezePeriods(entries, at))
	if e.Conflicts, err = contested(ctx, r, at); err != nil {
		return e, err
	}
	e.Feeds, err = c.needy(ctx, r, at)
	return e, err
}

// goings are the rollouts of the last day and those under way, each once. Those that matter are judged, what is under
// way by what monitors say of it too.
func (c *Control) goings(ctx context.Context, r port.Reader, at time.Time) (matter []rollout.Row, past []rollout.Observed, err error) {
	all, err := r.LiveRollouts(ctx)
	if err != nil {
		return nil, nil, err
	}
	lately, err := r.RolloutsUpdatedSince(ctx, at.Add(-board.MarksBack))
	if err != nil {
		return nil, nil, err
	}
	for _, o := range lately {
		if o.State.Over() { // the others are in the list
			all = append(all, o)
		}
	}
	now, past := board.Divide(all)
	var l *loaded
	for _, o := range now {
		var row rollout.Row
		if o.State.Over() {
			k, err := c.asked(ctx, r, o)
			if err != nil {
				return nil, nil, err
			}
			row = rollout.NewRow(o, k)
		} else {
			if l == nil {
				if l, err = c.load(ctx, r, at); err != nil {
					return nil, nil, err
				}
			}
			if row, _, err = c.rowOf(ctx, r, l, o, at); err != nil {
				return nil, nil, err
			}
		}
		matter = append(matter, row)
	}
	return matter, past, nil
}

// granted lists the approvals that may be used now.
func granted(ctx context.Context, r port.Reader, at time.Time) ([]board.Grant, error) {
	changes, err := r.ChangesIn(ctx, change.Authorised, change.Scheduled)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(changes))
	for i, ch := range changes {
		ids[i] = ch.ID
	}
	approvals, err := r.Approvals(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []board.Grant
	for _, ch := range changes {
		a := approvals[ch.ID]
		if a.State == change.Approved && at.Before(a.GrantUntil) {
			out = append(out, board.Grant{Change: ch, Since: a.GrantedAt(), Until: a.GrantUntil})
		}
	}
	return out, nil
}

// contested are the cases that stand, with the services of their changes.
func contested(ctx context.Context, r port.Reader, at time.Time) ([]board.Contested, error) {
	cases, err := r.ConflictCases(ctx, at)
	if err != nil {
		return nil, err
	}
	var out []board.Contested
	for _, k := range cases {
		if k.State == conflict.Gone {
			continue
		}
		x := board.Contested{Case: k}
		for _, p := range k.Parties {
			if p.Sort != conflict.WorkParty {
				continue
			}
			ch, err := r.Change(ctx, p.ID)
			if err != nil && release.CodeOf(err) != release.NotFound {
				return nil, err
			}
			x.Services, x.Environment = append(x.Services, ch.Service), ch.Environment
		}
		out = append(out, x)
	}
	return out, nil
}

// needy are the feeds with what of them waits for a person: kept dead letters and messages.
func (c *Control) needy(ctx context.Context, r port.Reader, at time.Time) ([]feed.Line, error) {
	feeds, err := r.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]feed.Line, len(feeds))
	for i, f := range feeds {
		out[i] = feed.Line{Status: f, Aspect: f.Aspect(at, c.wired().since)}
		if out[i].Letters, err = r.Letters(ctx, f.Name, panelLetters); err != nil {
			return nil, err
		}
		if out[i].Messages, err = r.Messages(ctx, f.Name, []outbox.State{outbox.Unknown, outbox.Failed}, panelLetters); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// measuredTopics are what the health of all services rests on.
var measuredTopics = []port.Topic{port.Catalog, port.Feeds, port.Health}

// measured is the health of all services of which a monitor has told, by service and environment.
type measured struct {
	standing  []board.Standing
	pictures  map[port.Slot]*health.Picture
	unwatched int
}

func (c *Control) buildMeasured(ctx context.Context) (*measured, error) {
	at := c.now()
	m := &measured{standing: []board.Standing{}, pictures: map[port.Slot]*health.Picture{}}
	err := c.judging(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		for _, s := range l.cat.Services {
			watched := false
			for _, env := range c.wired().Environments {
				if !env.Gated {
					continue
				}
				p, err := c.health(ctx, r, l, s.ID, env.Name, at)
				if err != nil {
					return err
				}
				if p == nil {
					continue
				}
				watched = true
				m.pictures[port.Slot{Service: s.ID, Environment: env.Name}] = p
				m.standing = append(m.standing, board.Stand(s.ID, env.Name, p))
			}
			if !watched {
				m.unwatched++
			}
		}
		board.SortHealth(m.standing)
		return nil
	})
	return m, err
}

// sparkWidth and sparkStep are how much of the past of a rollout's versions is shown, and how finely.
const (
	sparkPast = time.Hour
	sparkStep = 5 * time.Minute
)

// measureRollouts says of rollouts under way how their version does beside the one before.
func (c *Control) measureRollouts(ctx context.Context, r port.Reader, list []board.Live, m *measured, at time.Time) error {
	for i := range list {
		l := &list[i]
		slot := port.Slot{Service: l.Service, Environment: l.Environment}
		p := m.pictures[slot]
		if p == nil {
			continue
		}
		for k := range p.Samples {
			switch s := &p.Samples[k]; {
			case s.Version == "":
			case s.Version == l.Version:
				l.New = s
			case s.Version == l.Before:
				l.Old = s
			}
		}
		if l.New == nil && l.Old == nil {
			continue
		}
		samples, err := r.Samples(ctx, slot, at.Add(-sparkPast), at.Add(time.Microsecond))
		if err != nil {
			return err
		}
		l.NewErrors, l.OldErrors = trend(samples, l.Version, at), trend(samples, l.Before, at)
	}
	return nil
}

// trend is the error ratio of a version by sparkStep up to an instant, oldest first; nil where nothing was measured.
func trend(samples []health.Sample, version string, at time.Time) []*float64 {
	if version == "" {
		return nil
	}
	own := slices.DeleteFunc(slices.Clone(samples), func(s health.Sample) bool { return s.Version != version })
	out := make([]*float64, sparkPast/sparkStep)
	end := health.BucketEnd(at, sparkStep)
	for _, b := range health.RollUp(own, sparkStep) {
		if k := len(out) - 1 - int(end.Sub(b.At)/sparkStep); k >= 0 && k < len(out) {
			out[k] = b.Errors
		}
	}
	return out
}

// storyFor is how long after something happened in a simulation what its trainer did is no news.
const storyFor = 15 * time.Minute

// events are the newest lines of the ticker, newest first, without what a trainer did to the simulation while
// something of its story is news.
func (c *Control) events(ctx context.Context, r port.Reader) ([]board.Event, error) {
	entries, err := history(ctx, r, "", audit.Done, tickerLength)
	if err != nil {
		return nil, err
	}
	trained := func(e audit.Entry) bool { return e.Subject == "sandbox" }
	story := slices.ContainsFunc(entries, func(e audit.Entry) bool {
		return e.Summary != "" && !trained(e) && c.now().Sub(e.At) < storyFor
	})
	var out []board.Event
	for _, e := range entries {
		if e.Summary == "" || story && trained(e) {
			continue
		}
		id := e.Subject
		if kind, _, named := strings.Cut(id, ":"); named && (kind == "feed" || kind == "alert" || kind == "calendar" || kind == "objectives" || kind == "session" || kind == "token") {
			id = "" // the summary names it
		}
		out = append(out, board.Event{Seq: e.Seq, At: e.At, Aspect: eventAspect(e), ID: id, Text: e.Summary})
	}
	return out, nil
}

// setup is how far the installation is.
func (c *Control) setup(ctx context.Context, r port.Reader, e board.Estate, entries int) (s board.Setup, err error) {
	s = board.Setup{Connect: []string{}, Services: len(e.Catalog.Services)}
	for _, f := range e.Feeds {
		s.Connect = append(s.Connect, f.Name)
	}
	people, err := r.People(ctx)
	if err != nil {
		return s, err
	}
	s.People, s.Deciders = len(people), len(holders(people, access.Approve, e.At))
	declared := map[string]bool{}
	for _, f := range e.Freezes {
		if f.Source == "" {
			declared[f.ID] = true
		}
	}
	s.Barred = entries + len(declared)
	if s.Audit, err = r.AuditSize(ctx); err != nil {
		return s, err
	}
	first, err := r.AuditEntries(ctx, 0, 1)
	if len(first) > 0 {
		s.First = first[0].At
	}
	return s, err
}
