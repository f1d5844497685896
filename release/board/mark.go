package board

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/catalog"
	"signalbox/release/conflict"
	"signalbox/release/rollout"
)

// MarkKind says what a Mark on the time strip is: a kind of the calendar, or one of these.
type MarkKind string

const (
	RolloutMark MarkKind = "rollout"
	GrantMark   MarkKind = "grant" // an approval that may be used
	// ConflictMark is what of the time a case that wants somebody is about.
	ConflictMark MarkKind = "conflict"
)

// How far back and ahead the marks of a Page reach from its instant. The first is as far as any strip looks back.
const (
	MarksBack  = 24 * time.Hour
	MarksAhead = 7 * 24 * time.Hour
	marksMost  = 2000
)

// Mark is something with a place in time: one happening of a calendar entry, a freeze, a rollout, an approval that
// may be used. Regions are those that it touches; All says that it touches every one. What has neither has no
// place that is known. A vendor's belongs to no region.
type Mark struct {
	Kind   MarkKind       `json:"kind"`
	ID     string         `json:"id"`
	Aspect release.Aspect `json:"aspect,omitempty"`
	Title  string         `json:"title"`
	calendar.Interval
	Regions []string `json:"regions,omitempty"`
	All     bool     `json:"all,omitempty"`
	Source  string   `json:"source,omitempty"`
	// Live marks a rollout that is not over: To is the instant of the Page.
	Live bool `json:"live,omitempty"`
}

// In reports whether the mark has a place in a region.
func (m Mark) In(region string) bool { return m.All || slices.Contains(m.Regions, region) }

// Nowhere reports whether it is not known which regions the mark touches.
func (m Mark) Nowhere() bool {
	return !m.All && len(m.Regions) == 0 && m.Kind != MarkKind(calendar.Vendor)
}

// Marks lays everything out that has a place in time, from MarksBack before the instant to MarksAhead after it,
// earliest first. entries are those of outside calendars; freezes of them are among e.Freezes. What cannot be laid
// out is left out here: the gate bars for it.
func Marks(e Estate, entries []calendar.Entry) []Mark {
	from, to := e.At.Add(-MarksBack), e.At.Add(MarksAhead)
	place := places{e: e, known: map[access.Scope][]string{}}
	out := []Mark{}
	for _, f := range e.Freezes {
		if f.LiftedAt.IsZero() && f.Overlaps(calendar.Interval{From: from, To: to}) {
			m := Mark{Kind: MarkKind(calendar.FreezePeriod), ID: f.ID, Title: f.Reason, Interval: f.Interval, Source: f.Source}
			m.Regions, m.All = place.of(f.Scope)
			out = append(out, m)
		}
	}
	for _, x := range entries {
		if x.Kind == calendar.FreezePeriod || x.Kind == calendar.OnCall || len(out) >= marksMost { // who is on call bars nothing
			continue
		}
		happens, err := x.Occurrences(from, to)
		if err != nil {
			continue
		}
		m := Mark{Kind: MarkKind(x.Kind), ID: x.ExternalID, Source: x.Source}
		m.Regions, m.All = place.of(x.Scope)
		for _, o := range happens {
			m.Title, m.Interval = o.Title, o.Interval
			out = append(out, m)
		}
	}
	moving := map[string]bool{}
	gone := slices.Clone(e.Rollouts)
	for _, o := range e.Past {
		gone = append(gone, rollout.NewRow(o, rollout.Known{}))
	}
	for _, g := range gone {
		if g.UpdatedAt.Before(from) && g.State.Over() {
			continue
		}
		m := Mark{Kind: RolloutMark, ID: g.ID, Title: strings.TrimSpace(g.Service + " " + g.Version), Aspect: g.Aspect, Regions: e.regions(g.Service, g.Environment),
			Interval: calendar.Interval{From: g.StartedAt, To: g.UpdatedAt}, Live: !g.State.Over()}
		if m.Live {
			moving[g.Change] = g.Change != ""
			m.To = e.At
		}
		if !m.From.Before(m.To) {
			m.To = m.From.Add(time.Minute)
		}
		out = append(out, m)
	}
	for _, g := range e.Granted {
		if moving[g.Change.ID] || !e.At.Before(g.Until) {
			continue
		}
		out = append(out, Mark{Kind: GrantMark, ID: g.Change.ID, Title: g.Change.Name(), Aspect: release.Planned, Regions: e.regions(g.Change.Service, g.Change.Environment),
			Interval: calendar.Interval{From: g.Since, To: g.Until}})
	}
	for i := range e.Conflicts {
		k := &e.Conflicts[i]
		m := Mark{Kind: ConflictMark, ID: k.ID, Title: k.Kind.Name(), Aspect: k.Aspect(e.At), Interval: k.Interval}
		if k.Conflict.Other().Sort == conflict.RuleParty { // it breaks its rule alone: it stands where it begins
			m.From, m.To = k.Deadline, k.Deadline.Add(time.Minute)
		} else if m.To.IsZero() {
			m.To = to
		}
		if !k.Wants(e.At) || len(k.Services) == 0 || !m.From.Before(to) || !m.To.After(from) {
			continue
		}
		m.Regions = e.regions(k.Services[0], k.Environment)
		out = append(out, m)
	}
	slices.SortStableFunc(out, func(a, b Mark) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Title, b.Title))
	})
	return out[:min(len(out), marksMost)]
}

// places finds the regions of scopes, each once.
type places struct {
	e     Estate
	known map[access.Scope][]string
}

// of lists the regions that a scope touches: those that it names, else those in which a service that it covers
// runs. The whole organisation touches all.
func (p places) of(s access.Scope) (regions []string, all bool) {
	if s == access.Org {
		return nil, true
	}
	if r, ok := p.known[s]; ok {
		return r, false
	}
	for term := range strings.SplitSeq(string(s), ",") {
		if dim, value, _ := strings.Cut(term, ":"); dim == "region" && !slices.Contains(regions, value) {
			regions = append(regions, value)
		}
	}
	if len(regions) == 0 && p.e.Catalog != nil {
		for _, svc := range p.e.Catalog.Services {
			if !slices.ContainsFunc(p.e.environments(), func(env catalog.Environment) bool { return s.Covers(p.e.Catalog.Target(svc.ID, env.Name)) }) {
				continue
			}
			for _, r := range svc.Regions {
				if !slices.Contains(regions, r) {
					regions = append(regions, r)
				}
			}
		}
		slices.Sort(regions)
	}
	p.known[s] = regions
	return regions, false
}

func (e Estate) environments() []catalog.Environment {
	if len(e.Environments) == 0 {
		return []catalog.Environment{{}}
	}
	return e.Environments
}
