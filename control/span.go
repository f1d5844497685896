package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// spanTopics are what the calendar rests on: the changes that it shows are judged as the queue's are.
var spanTopics = queueTopics

const (
	// spanMost is the longest stretch that is laid out.
	spanMost = 400 * 24 * time.Hour
	// spanAhead is how far ahead of now and of its end a span looks for what comes next.
	spanAhead = 62 * 24 * time.Hour
)

// Span returns the shared snapshot of what is on the calendar in [from, to). The error is Usage where that is no
// time, or too long.
func (c *Control) Span(ctx context.Context, from, to time.Time) (*calendar.Span, error) {
	from, to = from.UTC(), to.UTC()
	if !from.Before(to) || to.Sub(from) > spanMost {
		return nil, release.Errorf(release.Usage, "the time asked about is empty, or longer than 400 days").Advise("give a --to after --from")
	}
	key := fmt.Sprintf("%d %d", from.UnixMicro(), to.UnixMicro())
	return c.spans.of(key, c.now()).get(ctx, c, spanTopics, func(ctx context.Context) (*calendar.Span, error) {
		return c.buildSpan(ctx, calendar.Interval{From: from, To: to})
	})
}

func (c *Control) buildSpan(ctx context.Context, in calendar.Interval) (*calendar.Span, error) {
	at := c.now()
	q, err := c.Queue(ctx)
	if err != nil {
		return nil, err
	}
	p := calendar.Plan{Interval: in, AsOf: at, Known: later(in.To, at).Add(spanAhead)}
	err = c.judging(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		p.Entries = l.entries
		if p.Freezes, err = r.Freezes(ctx, earlier(in.From, at)); err != nil {
			return err
		}
		if p.Releases, err = c.releases(ctx, r, l, q, in, at); err != nil {
			return err
		}
		p.Lanes, p.Sources, p.Zones = c.lanes(l, p.Releases, at), c.sources(l, at), zones(l.cat.Regions)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return calendar.Lay(p), nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// zones are the regions with a clock that can be read.
func zones(regions []catalog.Region) []calendar.Zone {
	out := []calendar.Zone{}
	for _, r := range regions {
		if loc, err := calendar.ParseZone(r.Zone); err == nil {
			out = append(out, calendar.Zone{Place: r.Place, Name: r.Zone, Loc: loc})
		}
	}
	return out
}

// gated are the names of the environments on which the gate judges: the calendar is theirs.
func (c *Control) gated() []string {
	var out []string
	for _, e := range c.wired().Environments {
		if e.Gated {
			out = append(out, e.Name)
		}
	}
	return out
}

// lanes are the services of the catalog, and those that only a release names.
func (c *Control) lanes(l *loaded, releases []calendar.Item, at time.Time) []calendar.Lane {
	gated := c.gated()
	out := make([]calendar.Lane, 0, len(l.cat.Services))
	for k := range l.cat.Services {
		s := &l.cat.Services[k]
		lane := calendar.Lane{Service: s.ID, Team: s.Team, Regions: s.Regions}
		for _, env := range gated {
			lane.Targets = append(lane.Targets, l.cat.Target(s.ID, env))
			for _, f := range c.bound(l, s, env) {
				if lane.Dark == "" && f.Aspect(at, c.wired().since) == feed.Dark {
					lane.Dark = f.Name
				}
			}
		}
		out = append(out, lane)
	}
	for k := range releases {
		id := releases[k].Service
		if _, known := l.cat.Service(id); !known && !slices.ContainsFunc(out, func(x calendar.Lane) bool { return x.Service == id }) {
			lane := calendar.Lane{Service: id}
			for _, env := range gated {
				lane.Targets = append(lane.Targets, access.Target{Service: id, Environment: env})
			}
			out = append(out, lane)
		}
	}
	return out
}

// calendars are the types of feeds that say nothing but what is on the calendar.
var calendars = map[string]bool{"icalendar": true, "statuspage": true, "endoflife": true, "crontab": true, "schedule": true}

// sources are the feeds that come in, the calendars among them.
func (c *Control) sources(l *loaded, at time.Time) []calendar.Source {
	holds := map[string]bool{}
	for k := range l.entries {
		holds[l.entries[k].Source] = true
	}
	out := []calendar.Source{}
	for _, f := range l.feeds {
		if f.Kind == feed.Out {
			continue
		}
		_, freezing := c.wired().Freezing[f.Name]
		s := calendar.Source{Name: f.Name, Calendar: calendars[f.Type] || freezing || holds[f.Name], LastGood: f.LastGood}
		switch f.Aspect(at, c.wired().since) {
		case feed.Dark:
			s.Dark = true
		case feed.Late:
			s.Late = true
		}
		if f.LastErrorAt.After(f.LastGood) {
			s.Error = f.LastError
		}
		out = append(out, s)
	}
	return out
}

// releases are the changes that wait or may go in, and the rollouts of a stretch of time, in gated environments.
func (c *Control) releases(ctx context.Context, r port.Reader, l *loaded, q *change.Queue, in calendar.Interval, at time.Time) ([]calendar.Item, error) {
	gated := c.gated()
	seen, err := r.RolloutsBetween(ctx, in.From, in.To)
	if err != nil {
		return nil, err
	}
	firing, _, err := troubles(ctx, r)
	if err != nil {
		return nil, err
	}
	var held []change.Item
	for _, s := range []change.State{change.Authorised, change.Scheduled} {
		list, err := r.ChangesIn(ctx, s)
		if err != nil {
			return nil, err
		}
		some, err := c.items(ctx, r, l, list, at)
		if err != nil {
			return nil, err
		}
		held = append(held, some...)
	}
	unlawful := map[string]string{} // by change, how it went in without leave
	for _, list := range [][]change.Item{q.Items, held} {
		for k := range list {
			unlawful[list[k].Change.ID] = list[k].Moving
		}
	}
	var out []calendar.Item
	gone := map[string]bool{} // changes of which a rollout says more than their own state
	for _, o := range seen {
		if !slices.Contains(gated, o.Environment) || !(o.State.Moves() || o.State == rollout.Inactive) {
			continue
		}
		dark := false
		if svc, ok := l.cat.Service(o.Service); ok {
			dark = slices.ContainsFunc(c.bound(l, svc, o.Environment), func(f feed.Status) bool {
				return f.Name == o.Connector && f.Aspect(at, c.wired().since) == feed.Dark
			})
		}
		here := slices.DeleteFunc(slices.Clone(firing[o.Service]), func(a health.Alert) bool { return a.Environment != "" && a.Environment != o.Environment })
		out = append(out, o.Entry(at, rollout.Circumstances{Unlawful: unlawful[o.Change], Alert: health.Worst(here), Dark: dark}))
		if o.State == rollout.InProgress || o.State == rollout.Success {
			gone[o.Change] = true
		}
	}
	for _, list := range [][]change.Item{q.Items, held} {
		for k := range list {
			if i := &list[k]; slices.Contains(gated, i.Change.Environment) && !gone[i.Change.ID] {
				out = append(out, i.Entry(at))
			}
		}
	}
	for k := range out {
		out[k].Clashes = l.clashes(out[k].Change, at)
	}
	return out, nil
}
