package topology

import (
	"cmp"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/feed"
	"signalbox/release/rollout"
)

// New joins the facts.
func New(f Facts) *Map {
	x := f.Catalog.Index()
	m := &Map{AsOf: f.At, Environment: f.Environment, Index: x, Nodes: make([]Node, x.Len()), Cycles: x.Cycles(), Stale: []string{}, Sources: []Source{}}
	vendors := map[string]string{}
	for _, v := range f.Catalog.Vendors {
		vendors["vendor:"+v.ID] = v.Name
	}
	levels := x.Levels()
	for n := range m.Nodes {
		a := &m.Nodes[n]
		a.ID, a.Level, a.Kind, a.Tier = x.ID(int32(n)), levels[n], Stranger, catalog.DefaultTier
		if name, ok := vendors[a.ID]; ok || strings.HasPrefix(a.ID, "vendor:") {
			a.Kind, a.Title = Vendor, name
		}
		s := x.Service(int32(n))
		if s == nil {
			continue
		}
		m.Services++
		a.Kind, a.Aspect, a.Title, a.Team, a.Tier, a.Regions, a.From = Service, release.Go, s.Title, s.Team, s.Tier, s.Regions, s.From
		if team, ok := f.Catalog.Team(s.Team); ok {
			a.Unit = team.Unit
		}
		m.Owners = m.Owners || a.Team != ""
	}
	for _, s := range f.Sources {
		m.Sources = append(m.Sources, Source{s.Name, s.Aspect(f.At, f.Since), s.LastGood})
	}
	for k, cycle := range m.Cycles {
		for _, n := range cycle {
			m.Nodes[n].Cycle = k + 1
		}
	}
	for _, p := range x.SinglePoints() {
		s := &Single{Vendor: m.Nodes[p.Node].Kind == Vendor, Journeys: make([]string, 0, len(p.Journeys))}
		for _, e := range p.Journeys {
			s.Journeys = append(s.Journeys, x.ID(e))
		}
		if r := m.Nodes[p.Node].Regions; len(r) == 1 {
			s.Only = r[0]
		}
		m.Nodes[p.Node].Single = s
	}
	m.join(f)
	m.judge(f)
	return m
}

// join gives each service what was said of it.
func (m *Map) join(f Facts) {
	of := func(service string) *Node {
		if n, ok := m.Index.Of(service); ok && m.Nodes[n].Kind == Service {
			return &m.Nodes[n]
		}
		return nil
	}
	for k := range f.Changes {
		i := &f.Changes[k]
		if a := of(i.Change.Service); a != nil {
			a.Changes = append(a.Changes, Change{i.Change.ID, i.Change.Version, i.Change.Environment, i.Standing(), i.Aspect(f.At)})
		}
	}
	for _, al := range f.Alerts {
		if a := of(al.Service); a != nil {
			a.Alerts = append(a.Alerts, al)
		}
	}
	for _, ro := range f.Live {
		if a := of(ro.Service); a != nil {
			a.Rollouts = append(a.Rollouts, ro)
		}
	}
	for service, x := range f.Measured {
		if a := of(service); a != nil {
			a.Version, a.VersionAt = x.Version, x.At
			m.Versions = m.Versions || x.Version != ""
		}
	}
	for _, ro := range f.Deployed {
		if a := of(ro.Service); a != nil && (ro.Version != "" || a.Version == "") {
			a.Version, a.VersionAt = ro.Version, ro.UpdatedAt
			m.Versions = m.Versions || ro.Version != ""
		}
	}
}

// judge finds how each service stands: the worst of its open changes, its alerts, its rollouts under way and the
// feeds that all this rests on. A change that merely waits and a rollout that was approved leave it at go.
func (m *Map) judge(f Facts) {
	for n := range m.Nodes {
		a := &m.Nodes[n]
		if a.Kind != Service {
			continue
		}
		slices.SortStableFunc(a.Changes, func(x, y Change) int {
			if x.Aspect.Worse(y.Aspect) {
				return -1
			}
			if y.Aspect.Worse(x.Aspect) {
				return 1
			}
			return cmp.Or(cmp.Compare(len(x.ID), len(y.ID)), cmp.Compare(x.ID, y.ID))
		})
		worse := func(with release.Aspect, why string) {
			if with != release.Planned && with.Worse(a.Aspect) {
				a.Aspect, a.Why = with, why
			}
		}
		for _, al := range a.Alerts {
			worse(al.Aspect(), al.Name+" fires")
		}
		for _, ro := range a.Rollouts {
			why := ro.ID + " " + ro.Why
			if ro.Lack == rollout.NoChange && ro.Why == string(ro.Lack) {
				why = ro.ID + " has no change"
			}
			worse(ro.Aspect, why)
		}
		for _, c := range a.Changes {
			worse(c.Aspect, c.ID+" "+c.State)
		}
		if f.Bound == nil {
			continue
		}
		for _, s := range f.Bound(m.Index.Service(int32(n))) {
			src := Source{s.Name, s.Aspect(f.At, f.Since), s.LastGood}
			a.Feeds = append(a.Feeds, src)
			switch src.Aspect {
			case feed.Late:
				a.Late = true
			case feed.Dark:
				if a.Dark == nil {
					a.Dark = &src
				}
				worse(release.Dark, s.Name+" is dark")
				if !slices.Contains(m.Stale, s.Name) {
					m.Stale = append(m.Stale, s.Name)
				}
			}
		}
	}
	for _, s := range m.Sources {
		if s.Aspect == feed.Dark && !slices.Contains(m.Stale, s.Name) {
			m.Stale = append(m.Stale, s.Name)
		}
	}
	slices.Sort(m.Stale)
}
