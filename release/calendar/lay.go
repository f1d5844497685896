package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
)

// Plan is what a span is laid out from.
type Plan struct {
	Interval
	AsOf  time.Time
	Known time.Time // not before To
	// Freezes are those declared here, Entries what outside calendars hold, Releases what changes and rollouts
	// came to, with Service set and Lanes not.
	Freezes  []Freeze
	Entries  []Entry
	Releases []Item
	Lanes    []Lane
	Zones    []Zone
	Sources  []Source
}

// Lay lays a span out. An entry that cannot be is listed as unread; a freeze among them bars throughout, since
// what is not known is not clear.
func Lay(p Plan) *Span {
	s := &Span{Interval: p.Interval, AsOf: p.AsOf, Known: p.Known, Lanes: slices.Clone(p.Lanes), Zones: p.Zones, Sources: p.Sources,
		Items: []Item{}, Unread: []Unread{}, byKey: map[string]int{}}
	slices.SortStableFunc(s.Lanes, func(a, b Lane) int {
		if (a.Team == "") != (b.Team == "") {
			return cmp.Compare(b.Team, a.Team) // those of no team come last
		}
		return cmp.Or(cmp.Compare(a.Team, b.Team), cmp.Compare(a.Service, b.Service))
	})
	c := covering{lanes: s.Lanes, byScope: map[access.Scope][]int{}, byService: map[string]int{}}
	for k, l := range s.Lanes {
		c.byService[l.Service] = k
	}
	dark := map[string]bool{}
	for _, f := range p.Sources {
		dark[f.Name] = f.Dark
	}
	var all []Item
	for k := range p.Freezes {
		if i := declared(&p.Freezes[k]); i.From.Before(i.To) {
			all = append(all, i)
		}
	}
	unsure := map[int]bool{} // lanes of which not every freeze and window could be laid out
	for k := range p.Entries {
		e := &p.Entries[k]
		happens, err := e.Occurrences(p.From, p.To)
		if err != nil {
			s.Unread = append(s.Unread, Unread{e.Source, e.Title, release.AsError(err).Message})
			if e.Kind == FreezePeriod {
				happens = []Occurrence{{p.Interval, e.Title}}
			}
		}
		around, more := beside(e, p)
		if err = cmp.Or(err, more); err != nil && decides(e.Kind) {
			for _, n := range c.lanesOf(e.Scope) {
				unsure[n] = true
			}
		}
		for _, o := range append(happens, around...) {
			all = append(all, outside(e, o, dark[e.Source]))
		}
	}
	all = append(all, p.Releases...)
	for k := range all {
		i := &all[k]
		if i.Kind == Release {
			if n, ok := c.byService[i.Service]; ok {
				i.Lanes = []int{n}
			}
			continue
		}
		i.Lanes = c.lanesOf(i.Scope)
	}
	inOrder := make([]*Item, len(all))
	for k := range all {
		inOrder[k] = &all[k]
	}
	slices.SortStableFunc(inOrder, func(a, b *Item) int {
		return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To), strings.Compare(a.Key, b.Key))
	})
	for _, i := range inOrder {
		switch {
		case i.Shares(p.Interval):
			for _, taken := s.byKey[i.Key]; taken; _, taken = s.byKey[i.Key] {
				i.Key += "+" // an occurrence that was moved to the beginning of another
			}
			s.byKey[i.Key] = len(s.Items)
			s.Items = append(s.Items, *i)
		case !i.From.Before(p.To) && i.From.Before(p.Known):
			s.Later = append(s.Later, *i)
		}
	}
	if len(s.Later) > 0 {
		s.Next = &s.Later[0]
	}
	windowed := map[int]bool{}
	for k := range p.Entries {
		if e := &p.Entries[k]; e.Kind == ChangeWindow {
			for _, n := range c.lanesOf(e.Scope) {
				windowed[n] = true
			}
		}
	}
	free(s, inOrder, windowed, unsure)
	return s
}

// decides reports whether entries of a kind say when a lane is free.
func decides(k Kind) bool { return k == FreezePeriod || k == ChangeWindow }

// beside are the happenings of an entry that do not share time with the span: those after it, up to Known, and of
// the kinds that say when a lane is free those since AsOf.
func beside(e *Entry, p Plan) ([]Occurrence, error) {
	out, err := e.Occurrences(p.To, p.Known)
	if decides(e.Kind) && p.AsOf.Before(p.From) {
		before, berr := e.Occurrences(p.AsOf, p.From)
		out, err = append(before, out...), cmp.Or(err, berr)
	}
	return slices.DeleteFunc(out, func(o Occurrence) bool { return o.Shares(p.Interval) }), err
}

// covering finds the lanes of a scope, once for each scope.
type covering struct {
	lanes     []Lane
	byScope   map[access.Scope][]int
	byService map[string]int
}

func (c covering) lanesOf(s access.Scope) []int {
	if known, ok := c.byScope[s]; ok {
		return known
	}
	var out []int
	for k, l := range c.lanes {
		if slices.ContainsFunc(l.Targets, s.Covers) {
			out = append(out, k)
		}
	}
	c.byScope[s] = out
	return out
}

func declared(f *Freeze) Item {
	i := Item{Key: f.ID, Kind: FreezePeriod, Interval: f.Interval, Title: f.Reason, Hardness: f.Kind, Scope: f.Scope, UpdatedAt: f.DeclaredAt, Freeze: f}
	if !f.LiftedAt.IsZero() && f.LiftedAt.Before(i.To) {
		i.To, i.UpdatedAt = f.LiftedAt, f.LiftedAt // one that was lifted before it began never was
	}
	return i
}

func outside(e *Entry, o Occurrence, dark bool) Item {
	i := Item{Key: e.Source + "/" + e.ExternalID + "/" + o.From.UTC().Format(time.RFC3339), Kind: e.Kind, Interval: o.Interval, Title: o.Title,
		Scope: e.Scope, Source: e.Source, URL: e.URL, UpdatedAt: e.UpdatedAt, Zone: e.Timing.Zone}
	if e.Kind == FreezePeriod {
		i.Hardness = cmp.Or(e.Hardness, HardFreeze)
	}
	if dark {
		i.Aspect = release.Dark
	}
	return i
}

// free finds for each lane the first instant from AsOf on that no freeze bars and that lies in a window of it,
// where it has any, be they over. Only the beginning of a window and the end of a freeze can be one.
func free(s *Span, all []*Item, windowed, unsure map[int]bool) {
	frozen, windows := make([][]Interval, len(s.Lanes)), make([][]Interval, len(s.Lanes))
	for _, i := range all {
		if !i.To.After(s.AsOf) {
			continue
		}
		for _, n := range i.Lanes {
			switch i.Kind {
			case FreezePeriod:
				frozen[n] = append(frozen[n], i.Interval)
			case ChangeWindow:
				windows[n] = append(windows[n], i.Interval)
			}
		}
	}
	for n := range s.Lanes {
		if l := &s.Lanes[n]; l.Dark == "" && !unsure[n] {
			if !windowed[n] {
				windows[n] = []Interval{{From: s.AsOf, To: s.Known}}
			}
			l.Free = firstFree(s.AsOf, s.Known, frozen[n], windows[n])
		}
	}
}

// firstFree takes both lists in order of their beginnings.
func firstFree(at, end time.Time, frozen, windows []Interval) time.Time {
	past := func(t time.Time) time.Time { // the freezes that hold at t
		for _, f := range frozen {
			if f.Contains(t) {
				t = f.To
			}
		}
		return t
	}
	best := time.Time{}
	for _, w := range windows {
		t := w.From
		if t.Before(at) {
			t = at
		}
		if t = past(t); w.Contains(t) && t.Before(end) && (best.IsZero() || t.Before(best)) {
			best = t
		}
	}
	return best
}
