package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
)

// vitalTopics are what the Health screen rests on.
var vitalTopics = []port.Topic{port.Health, port.Rollouts, port.Catalog, port.Feeds}

const (
	pastStep   = 5 * time.Minute     // how often what is past is read again
	fineFor    = 25 * time.Hour      // as far back five-minute roll-ups are read, and hours before
	markersFor = 30 * 24 * time.Hour // as far back rollouts are marked
	mostMarks  = 40                  // rollouts of one line
)

// vitals is the shared snapshot of health with the tracks that its lines were judged by.
type vitals struct {
	now shared[*vital]
	// charts are the series that sessions look at, by line and span.
	charts keyed[*health.Series]
	mu     sync.Mutex
	// past is what roll-ups say of each objective up to an instant, so that a snapshot need read only what was
	// measured since.
	past map[string]*past
}

type vital struct {
	panel  *health.Panel
	tracks map[string]health.Track // by line
}

// past is what is known of an objective up to an instant.
type past struct {
	objective health.Objective
	until     time.Time
	track     health.Track
	used      time.Time
}

// Health returns the shared snapshot of what monitors say and of where objectives stand.
func (c *Control) Health(ctx context.Context) (*health.Panel, error) {
	v, err := c.vitals.now.get(ctx, c, vitalTopics, c.buildVitals)
	if v == nil {
		return nil, err
	}
	return v.panel, err
}

// Burning is what a line's objective burnt, and what was measured of its service, over a span of time until
// now, shared by all who look at it.
func (c *Control) Burning(ctx context.Context, line string, span time.Duration) (*health.Series, error) {
	if !slices.Contains(health.Charts, span) {
		return nil, release.Errorf(release.Usage, "there is no chart of %s", release.Length(span)).Advise("choose 1h, 6h, 3d or 30d")
	}
	return c.vitals.charts.of(line+" "+span.String(), c.now()).get(ctx, c, vitalTopics, func(ctx context.Context) (*health.Series, error) {
		v, err := c.vitals.now.get(ctx, c, vitalTopics, c.buildVitals)
		if err != nil {
			return nil, err
		}
		for k := range v.panel.Lines {
			if l := &v.panel.Lines[k]; l.ID == line {
				return c.chart(ctx, l, v, span)
			}
		}
		return nil, release.Errorf(release.NotFound, "nothing is known of the health of %s", release.Clean(line, 60)).Advise("health lists what is known")
	})
}

// chart reads what was measured of a line over a span: hours, five minutes or raw samples, by its length.
func (c *Control) chart(ctx context.Context, l *health.Line, v *vital, span time.Duration) (*health.Series, error) {
	at := v.panel.AsOf
	s := health.Series{Span: span, Until: at}
	if l.Objective != nil {
		s = health.Burning(*l.Objective, v.tracks[l.ID], span, at)
	}
	s.Line = l.ID
	slot := port.Slot{Service: l.Service, Environment: l.Environment}
	err := c.Store.Read(ctx, func(r port.Reader) error {
		from, width := at.Add(-span), 5*time.Minute
		if span > 72*time.Hour {
			width = time.Hour
		}
		var list []health.Sample
		var err error
		raw := from // from when on what was measured is read as it is
		if span > time.Hour {
			raw = pastEnd(at).Truncate(width)
			if list, err = r.RollUps(ctx, slot, width, from, raw); err != nil {
				return err
			}
		}
		recent, err := r.Samples(ctx, slot, raw.Add(time.Microsecond), at.Add(time.Microsecond))
		s.Bands = health.Banded(append(list, recent...), span, at)
		return err
	})
	return &s, err
}

func (c *Control) buildVitals(ctx context.Context) (*vital, error) {
	at := c.now()
	v := &vital{panel: &health.Panel{AsOf: at, Lines: []health.Line{}, Monitors: []health.Source{}, Unplaced: []health.Objective{}, Loose: []health.Alert{}},
		tracks: map[string]health.Track{}}
	err := c.Store.Read(ctx, func(r port.Reader) error {
		b := vitalBuild{c: c, out: v, r: r, at: at, recent: map[port.Slot][]health.Sample{}}
		return b.build(ctx)
	})
	if err != nil {
		return nil, err
	}
	c.vitals.sweep(at)
	return v, nil
}

// vitalBuild is one snapshot in the making.
type vitalBuild struct {
	c      *Control
	out    *vital
	r      port.Reader
	at     time.Time
	cat    *catalog.Catalog
	feeds  []feed.Status
	told   map[string][]string           // by feed, the services that it has told of
	recent map[port.Slot][]health.Sample // what was measured since the past
	marks  map[port.Slot][]health.Marker
}

func (b *vitalBuild) build(ctx context.Context) error {
	var err error
	if b.cat, err = b.r.Catalog(ctx); err != nil {
		return err
	}
	if b.feeds, err = b.r.Feeds(ctx); err != nil {
		return err
	}
	if b.told, err = b.r.FeedServices(ctx); err != nil {
		return err
	}
	for _, f := range b.feeds {
		if monitors[f.Type] || f.Type == "openslo" {
			b.out.panel.Monitors = append(b.out.panel.Monitors, b.source(f))
		}
	}
	if err := b.rollouts(ctx); err != nil {
		return err
	}
	if err := b.objectives(ctx); err != nil {
		return err
	}
	if err := b.others(ctx); err != nil {
		return err
	}
	b.name()
	if err := b.alerts(ctx); err != nil {
		return err
	}
	health.Sort(b.out.panel.Lines)
	return nil
}

func (b *vitalBuild) source(f feed.Status) health.Source {
	aspect := f.Aspect(b.at, b.c.wired().since)
	return health.Source{Name: f.Name, Good: f.LastGood, Promise: f.ExpectEvery, Dark: aspect == feed.Dark, Late: aspect == feed.Late}
}

// sources are the feeds that measure a service.
func (b *vitalBuild) sources(service string) []health.Source {
	out := []health.Source{}
	for _, f := range b.feeds {
		if measuring[f.Type] && slices.Contains(b.told[f.Name], service) {
			out = append(out, b.source(f))
		}
	}
	return out
}

func (b *vitalBuild) rollouts(ctx context.Context) error {
	list, err := b.r.RolloutsBegunSince(ctx, b.at.Add(-markersFor))
	b.marks = map[port.Slot][]health.Marker{}
	for _, o := range list {
		s := port.Slot{Service: o.Service, Environment: o.Environment}
		b.marks[s] = append(b.marks[s], health.Marker{ID: o.ID, Version: o.Version, State: string(o.State), At: o.StartedAt})
	}
	return err
}

// line is a service in an environment, with what was measured of its versions last.
func (b *vitalBuild) line(ctx context.Context, slot port.Slot) (health.Line, error) {
	marks := b.marks[slot]
	l := health.Line{Service: slot.Service, Environment: slot.Environment, Tier: int(catalog.DefaultTier), Sources: b.sources(slot.Service), Alerts: []health.Alert{},
		Rollouts: orEmpty(marks[max(0, len(marks)-mostMarks):])}
	if svc, ok := b.cat.Service(slot.Service); ok {
		l.Tier = int(svc.Tier)
	}
	recent, err := b.since(ctx, slot)
	if err != nil {
		return l, err
	}
	newest := map[string]health.Sample{}
	for _, s := range recent {
		if old, known := newest[s.Version]; (!known || s.At.After(old.At)) && (s.Rate != nil || s.Errors != nil || s.P99 != nil) {
			newest[s.Version] = s
		}
	}
	var last []health.Sample
	for _, s := range newest {
		last = append(last, s)
	}
	if len(last) == 0 { // dark, or measured more seldom than the past is read
		since := b.at.Add(-pictureAge)
		if l.Dark() {
			since = earlier(since, l.Since().Add(-pictureAge))
		}
		if last, err = b.r.LatestSamples(ctx, slot, since); err != nil {
			return l, err
		}
	}
	slices.SortFunc(last, func(a, b health.Sample) int { return cmp.Compare(a.Version, b.Version) })
	l.Versions = health.Versions(last)
	return l, nil
}

// since is what was measured of a slot since the end of the past, and a little before, so that versions are
// known right after it.
func (b *vitalBuild) since(ctx context.Context, slot port.Slot) ([]health.Sample, error) {
	if list, ok := b.recent[slot]; ok {
		return list, nil
	}
	list, err := b.r.Samples(ctx, slot, pastEnd(b.at).Add(time.Microsecond), b.at.Add(time.Microsecond))
	b.recent[slot] = list
	return list, err
}

// pastEnd is the instant up to which roll-ups are read: late enough after it that what was measured until then
// has arrived.
func pastEnd(at time.Time) time.Time { return at.Truncate(pastStep).Add(-pastStep) }

// objectives adds a line for each objective whose service the catalog has. One that two sources declare alike
// counts once.
func (b *vitalBuild) objectives(ctx context.Context) error {
	list, err := b.r.Objectives(ctx)
	if err != nil {
		return err
	}
	type key struct{ service, environment, id string }
	seen := map[key]bool{}
	for _, o := range list {
		k := key{o.Service, o.Environment, o.ID}
		if seen[k] {
			continue
		}
		seen[k] = true
		if _, ok := b.cat.Service(o.Service); !ok {
			b.out.panel.Unplaced = append(b.out.panel.Unplaced, o)
			continue
		}
		slot := port.Slot{Service: o.Service, Environment: o.Environment}
		l, err := b.line(ctx, slot)
		if err != nil {
			return err
		}
		track, err := b.track(ctx, o, slot)
		if err != nil {
			return err
		}
		state := health.Judge(o, track, l.JudgedAt(track, b.at))
		l.Objective, l.State = &o, &state
		l.Settle()
		l.ID = o.Service + "/" + o.ID
		for b.has(l.ID) {
			l.ID += "@" + o.Environment
		}
		b.out.tracks[l.ID] = track
		b.out.panel.Lines = append(b.out.panel.Lines, l)
	}
	return nil
}

func (b *vitalBuild) has(id string) bool { _, ok := b.out.tracks[id]; return ok }

// track is what samples say of an objective: roll-ups up to the end of the past, which are read again every
// five minutes, and what was measured since.
func (b *vitalBuild) track(ctx context.Context, o health.Objective, slot port.Slot) (health.Track, error) {
	end := pastEnd(b.at)
	old := b.c.vitals.of(o)
	if old == nil || old.objective != o || !old.until.Equal(end) {
		fine := end.Add(-fineFor).Truncate(time.Hour)
		first := b.at.Add(-o.Window).Truncate(time.Hour)
		hours, err := b.r.RollUps(ctx, slot, time.Hour, first, fine)
		if err != nil {
			return health.Track{}, err
		}
		fives, err := b.r.RollUps(ctx, slot, 5*time.Minute, fine, end)
		if err != nil {
			return health.Track{}, err
		}
		old = &past{objective: o, until: end, track: health.NewTrack(o, hours).And(o, fives)}
	}
	b.c.vitals.keep(o, old, b.at)
	recent, err := b.since(ctx, slot)
	return old.track.And(o, recent), err
}

func pastKey(o health.Objective) string { return fmt.Sprintf("%q %q", o.Source, o.ID) }

func (v *vitals) of(o health.Objective) *past {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.past[pastKey(o)]
}

func (v *vitals) keep(o health.Objective, p *past, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.past == nil {
		v.past = map[string]*past{}
	}
	p.used = at
	v.past[pastKey(o)] = p
}

// late has the past of services read again of which something is told that lies in it: a monitor that was
// connected, or came back, tells of what was before.
func (v *vitals) late(samples []health.Sample, at time.Time) {
	end := pastEnd(at)
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range samples {
		if s.At.After(end) {
			continue
		}
		for k, p := range v.past {
			if p.objective.Service == s.Service {
				delete(v.past, k)
			}
		}
	}
}

// forget drops what is known of the past: the store is another.
func (v *vitals) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.past = nil
}

// sweep forgets what no snapshot has used for a while.
func (v *vitals) sweep(at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k, p := range v.past {
		if at.Sub(p.used) > 2*pastStep {
			delete(v.past, k)
		}
	}
}

// others adds the services that a monitor has told of and that have no objective in a gated environment.
func (b *vitalBuild) others(ctx context.Context) error {
	have := map[port.Slot]bool{}
	for _, l := range b.out.panel.Lines {
		have[port.Slot{Service: l.Service, Environment: l.Environment}] = true
	}
	measured := map[string]bool{}
	for _, f := range b.feeds {
		if measuring[f.Type] {
			for _, s := range b.told[f.Name] {
				measured[s] = true
			}
		}
	}
	for _, s := range b.cat.Services {
		for _, env := range b.c.wired().Environments {
			slot := port.Slot{Service: s.ID, Environment: env.Name}
			if !measured[s.ID] || !env.Gated || have[slot] {
				continue
			}
			l, err := b.line(ctx, slot)
			if err != nil {
				return err
			}
			if len(l.Versions) == 0 && !l.Dark() {
				continue // it was not measured in this environment
			}
			l.ID = s.ID + "/" + env.Name
			b.out.panel.Lines = append(b.out.panel.Lines, l)
		}
	}
	return nil
}

// name calls a line by its service alone where it is the only one of the service, or the only one about its
// availability.
func (b *vitalBuild) name() {
	lines, up := map[string]int{}, map[string]int{}
	available := func(l *health.Line) bool { return l.Objective != nil && l.Objective.Indicator == health.Availability }
	for k := range b.out.panel.Lines {
		l := &b.out.panel.Lines[k]
		lines[l.Service]++
		if available(l) {
			up[l.Service]++
		}
	}
	for k := range b.out.panel.Lines {
		l := &b.out.panel.Lines[k]
		if lines[l.Service] > 1 && (up[l.Service] != 1 || !available(l)) {
			continue
		}
		if t, ok := b.out.tracks[l.ID]; ok {
			delete(b.out.tracks, l.ID)
			b.out.tracks[l.Service] = t
		}
		l.ID = l.Service
	}
}

// alerts gives each alert to the lines of its service.
func (b *vitalBuild) alerts(ctx context.Context) error {
	list, err := b.r.Alerts(ctx, "")
	for _, a := range list {
		loose := true
		for k := range b.out.panel.Lines {
			if l := &b.out.panel.Lines[k]; l.Service == a.Service && (a.Environment == "" || a.Environment == l.Environment) {
				l.Alerts, loose = append(l.Alerts, a), false
			}
		}
		if loose {
			b.out.panel.Loose = append(b.out.panel.Loose, a)
		}
	}
	return err
}
