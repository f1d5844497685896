package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

const (
	sheetHistory  = 40 // entries of the change's history that are looked at for a rollout's events
	sheetEarlier  = 20 // rollouts into the same place that are looked at for the version before
	markersAtMost = 50
)

// Rollouts returns the shared list of what goes into the environments.
func (c *Control) Rollouts(ctx context.Context) (*rollout.List, error) {
	return c.rollouts.get(ctx, c, panelTopics, c.buildRollouts)
}

// Rollout returns one rollout, shared by all who look at it.
func (c *Control) Rollout(ctx context.Context, id string) (*rollout.Sheet, error) {
	return c.sheets.of(id, c.now()).get(ctx, c, panelTopics, func(ctx context.Context) (*rollout.Sheet, error) {
		var s *rollout.Sheet
		err := c.judging(ctx, func(r port.Reader) error {
			var err error
			s, err = c.sheetOf(ctx, r, id, c.now())
			return err
		})
		return s, err
	})
}

// Rollouts is the list of rollouts. Permission: read.
func (s *Session) Rollouts(ctx context.Context) (*rollout.List, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Rollouts(ctx)
}

// Rollout is one rollout. Permission: read.
func (s *Session) Rollout(ctx context.Context, id string) (*rollout.Sheet, error) {
	if err := s.mayRead(); err != nil {
		return nil, err
	}
	return s.c.Rollout(ctx, id)
}

func (c *Control) buildRollouts(ctx context.Context) (*rollout.List, error) {
	at := c.now()
	out := &rollout.List{AsOf: at, Moving: []rollout.Row{}, Waiting: []rollout.Waiting{}, Done: []rollout.Row{}, Stale: []string{}}
	err := c.judging(ctx, func(r port.Reader) error {
		l, err := c.load(ctx, r, at)
		if err != nil {
			return err
		}
		for _, f := range l.feeds {
			if f.Aspect(at, c.wired().since) == feed.Dark {
				out.Stale = append(out.Stale, f.Name)
			}
		}
		live, err := r.LiveRollouts(ctx)
		if err != nil {
			return err
		}
		begun := map[string]bool{} // changes that have a rollout under way
		for _, o := range live {
			row, _, err := c.rowOf(ctx, r, l, o, at)
			if err != nil {
				return err
			}
			begun[o.Change] = true
			out.Moving = append(out.Moving, row)
		}
		day := at.Truncate(24 * time.Hour)
		ended, err := r.RolloutsUpdatedSince(ctx, day)
		if err != nil {
			return err
		}
		for _, o := range ended {
			// One that was replaced today and ended before is of another day.
			if !o.State.Over() || o.State == rollout.Inactive && o.StartedAt.Before(day) {
				continue
			}
			if out.Ended++; len(out.Done) == rollout.DoneAtMost { // the newest come first
				continue
			}
			row, _, err := c.rowOf(ctx, r, l, o, at)
			if err != nil {
				return err
			}
			out.Done = append(out.Done, row)
		}
		if out.Waiting, err = c.waitingToGo(ctx, r, l, begun, at); err != nil {
			return err
		}
		out.Sort()
		return nil
	})
	return out, err
}

// waitingToGo are the authorised changes that have not begun to go in.
func (c *Control) waitingToGo(ctx context.Context, r port.Reader, l *loaded, begun map[string]bool, at time.Time) ([]rollout.Waiting, error) {
	out := []rollout.Waiting{}
	for _, s := range []change.State{change.Authorised, change.Scheduled} {
		list, err := r.ChangesIn(ctx, s)
		if err != nil {
			return nil, err
		}
		items, err := c.items(ctx, r, l, list, at)
		if err != nil {
			return nil, err
		}
		for k := range items {
			it := &items[k]
			if begun[it.Change.ID] || it.Moving != "" { // it went in as it stands
				continue
			}
			out = append(out, rollout.NewWaiting(it, c.ahead(l, it, at)))
		}
	}
	return out, nil
}

// rowOf judges a rollout. What was read to judge one under way is returned beside it.
func (c *Control) rowOf(ctx context.Context, r port.Reader, l *loaded, o rollout.Observed, at time.Time) (rollout.Row, rollout.Known, error) {
	k, err := c.asked(ctx, r, o)
	if err != nil {
		return rollout.Row{}, k, err
	}
	slot := port.Slot{Service: o.Service, Environment: o.Environment}
	earlier, err := r.RolloutsOf(ctx, slot, o.StartedAt, sheetEarlier)
	if err != nil {
		return rollout.Row{}, k, err
	}
	if o.State.Over() {
		if k.Before = rollout.Before(o, earlier, nil); k.Before == "" { // the first that this forge told of
			samples, err := r.Samples(ctx, slot, o.StartedAt.Add(-health.CompareWindow), o.StartedAt)
			if err != nil {
				return rollout.Row{}, k, err
			}
			k.Before = rollout.Before(o, nil, samples)
		}
		return rollout.NewRow(o, k), k, nil
	}
	if err := c.watched(ctx, r, l, o, earlier, &k, at); err != nil {
		return rollout.Row{}, k, err
	}
	return rollout.NewRow(o, k), k, nil
}

// asked reads the change that asks for a rollout, and whether its place is gated. An environment that nobody
// configured is: nothing is known of it.
func (c *Control) asked(ctx context.Context, r port.Reader, o rollout.Observed) (rollout.Known, error) {
	env, listed := catalog.Resolve(c.wired().Environments, o.Environment)
	k := rollout.Known{Gated: !listed || env.Gated}
	if o.Change == "" {
		return k, nil
	}
	ch, err := r.Change(ctx, o.Change)
	if err == nil {
		k.Change = &ch
	}
	return k, err
}

// watched reads what monitors say of the place of a rollout: the newest of each version, the comparison over
// the window that ends with it, and the alerts that fire.
func (c *Control) watched(ctx context.Context, r port.Reader, l *loaded, o rollout.Observed, earlier []rollout.Observed, k *rollout.Known, at time.Time) error {
	slot := port.Slot{Service: o.Service, Environment: o.Environment}
	p, err := c.health(ctx, r, l, o.Service, o.Environment, at)
	if err != nil {
		return err
	}
	if p != nil {
		k.Latest, k.Firing = p.Samples, p.Alerts
		k.Monitors = c.monitors(l, o.Service, at, func(kind string) bool { return measuring[kind] })
	}
	k.Before = rollout.Before(o, earlier, k.Latest)
	_, newest := health.Share(k.Latest, o.Version)
	if newest.IsZero() {
		return nil
	}
	samples, err := r.Samples(ctx, slot, newest.Add(-health.CompareWindow), newest.Add(time.Microsecond))
	if err != nil {
		return err
	}
	compared := health.Compare(samples, k.Before, o.Version, newest)
	k.Comparison = &compared
	return nil
}

// measuring are the types of feeds whose samples tell of versions.
var measuring = map[string]bool{"prometheus": true}

// monitors are those of some types that have told of a service, each with its age.
func (c *Control) monitors(l *loaded, service string, at time.Time, of func(kind string) bool) []health.Source {
	out := []health.Source{}
	for _, f := range l.feeds {
		if monitors[f.Type] && of(f.Type) && l.resting[service][f.Name] {
			a := f.Aspect(at, c.wired().since)
			out = append(out, health.Source{Name: f.Name, Good: f.LastGood, Promise: f.ExpectEvery, Dark: a == feed.Dark, Late: a == feed.Late})
		}
	}
	return out
}

// sheetOf reads one rollout with all that is known of it.
func (c *Control) sheetOf(ctx context.Context, r port.Reader, id string, at time.Time) (*rollout.Sheet, error) {
	o, err := r.Rollout(ctx, id)
	if err != nil {
		return nil, err
	}
	l, err := c.load(ctx, r, at)
	if err != nil {
		return nil, err
	}
	row, k, err := c.rowOf(ctx, r, l, o, at)
	if err != nil {
		return nil, err
	}
	s := &rollout.Sheet{AsOf: at, Row: row, Comparison: k.Comparison, Latest: orEmpty(k.Latest), Series: []health.Sample{}, Markers: []rollout.Marker{},
		Alarms: c.monitors(l, o.Service, at, func(kind string) bool { return !measuring[kind] })}
	if s.State.Over() { // what fires now says nothing of how it went, and is shown all the same
		p, err := c.health(ctx, r, l, o.Service, o.Environment, at)
		if err != nil {
			return nil, err
		}
		if p != nil {
			s.Firing = append(s.Firing, p.Alerts...)
		}
	}
	if k.Change != nil {
		it, err := c.item(ctx, r, l, *k.Change, at)
		if err != nil {
			return nil, err
		}
		answer := c.verdict(l, &it, subjectOf(*k.Change), nil, at)
		s.Request, s.Gate = &it, &answer
	}
	if s.Events, err = c.eventsOfRollout(ctx, r, &s.Row); err != nil {
		return nil, err
	}
	return s, c.series(ctx, r, s, k, at)
}

// series reads what was measured of both versions in the window of a sheet, and which rollouts began in it. The
// window of a rollout that is over ends where it does, with what followed for as long as the window is.
func (c *Control) series(ctx context.Context, r port.Reader, s *rollout.Sheet, k rollout.Known, at time.Time) error {
	s.SeriesTo = at
	if s.State.Over() {
		s.SeriesTo = earlier(at, s.UpdatedAt.Add(rollout.SeriesWindow/2))
	} else if good := s.Good(); !s.Dark() && !good.IsZero() {
		s.SeriesTo = good
	}
	s.SeriesFrom = s.SeriesTo.Add(-rollout.SeriesWindow)
	slot := port.Slot{Service: s.Service, Environment: s.Environment}
	samples, err := r.Samples(ctx, slot, s.SeriesFrom.Add(time.Microsecond), s.SeriesTo.Add(time.Microsecond))
	if err != nil {
		return err
	}
	for _, x := range samples {
		if x.Version != "" && (x.Version == s.Version || x.Version == s.Before) {
			s.Series = append(s.Series, x)
		}
	}
	if s.State.Over() { // what both were when it ended
		for _, x := range slices.Backward(s.Series) {
			if !x.At.After(s.UpdatedAt) {
				compared := health.Compare(s.Series, s.Before, s.Version, x.At)
				s.Comparison = &compared
				break
			}
		}
	}
	began, err := r.RolloutsOf(ctx, slot, s.SeriesTo, markersAtMost)
	if err != nil {
		return err
	}
	for _, o := range slices.Backward(began) {
		if o.StartedAt.After(s.SeriesFrom) {
			s.Markers = append(s.Markers, rollout.Marker{At: o.StartedAt, ID: o.ID, Version: o.Version})
		}
	}
	return nil
}

// eventsOfRollout are what was written down of a rollout and its change, the alerts of its service that fire,
// and its own statuses, newest first. Of one that has ended, an alert counts that began while it was going.
func (c *Control) eventsOfRollout(ctx context.Context, r port.Reader, row *rollout.Row) ([]rollout.Event, error) {
	out := rollout.Statuses(row.Observed)
	for _, a := range row.Firing {
		if row.State.Over() && (a.StartsAt.Before(row.StartedAt) || a.StartsAt.After(row.UpdatedAt)) {
			continue // it began when the rollout was not going
		}
		out = append(out, rollout.Event{At: a.StartsAt, Aspect: a.Aspect(), Text: strings.TrimSuffix(a.Name+" fires: "+a.Summary, ": ")})
	}
	if row.Change != "" {
		entries, err := history(ctx, r, row.Change, audit.Done, sheetHistory)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if other := e.Detail["rollout"]; e.Summary == "" || other != "" && other != row.ID {
				continue // of another rollout of the change
			}
			event := rollout.Event{At: e.At, Aspect: eventAspect(e), Text: e.Summary}
			if event.Aspect == release.Planned {
				event.Aspect = ""
			}
			out = append(out, event)
		}
	}
	slices.SortStableFunc(out, func(a, b rollout.Event) int { return b.At.Compare(a.At) })
	return out, nil
}
