package calendar

import (
	"cmp"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/calendar"
)

// grouping says what the lanes are grouped by.
type grouping int

const (
	byTeam grouping = iota
	byRegion
	byService
	groupings
)

func (g grouping) name() string { return [...]string{"team", "region", "service"}[g] }

// long is the name where there is room to say what lies under a group.
func (g grouping) long() string { return [...]string{"team>service", "region>service", "service"}[g] }

// kind says what a line is.
type kind int

const (
	freezes    kind = iota // the freezes, filled
	audits                 // audit periods
	everywhere             // what concerns every lane, or none that is known
	group
	lane
)

// line is one row of the calendar.
type line struct {
	id    string
	kind  kind
	name  string
	items []*calendar.Item // those that are shown, by their beginning
	areas []*calendar.Item // the freezes over it
	worst release.Aspect   // "" where nothing was judged
	count int              // services of a group
	lane  *calendar.Lane   // of a lane
	dark  string           // a feed that it rests on and that is dark
	fold  bool             // it is a group that is folded
	deep  bool             // it stands under a group
}

// pinned reports whether a line stands above the lanes and does not scroll with them.
func (l *line) pinned() bool { return l.kind < group }

// bundle is a group of lanes while the lines are made.
type bundle struct {
	name  string
	lanes []int
}

// bundles are the groups of the lanes in order, or nil where lanes stand alone.
func bundles(s *calendar.Span, by grouping) []bundle {
	if by == byService {
		return nil
	}
	at := map[string]int{}
	var out []bundle
	add := func(name string, n int) {
		k, ok := at[name]
		if !ok {
			k = len(out)
			at[name] = k
			out = append(out, bundle{name: name})
		}
		out[k].lanes = append(out[k].lanes, n)
	}
	for n := range s.Lanes {
		l := &s.Lanes[n]
		switch {
		case by == byTeam:
			add(l.Team, n)
		case len(l.Regions) == 0:
			add("", n)
		default:
			for _, r := range l.Regions {
				add(r, n)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b bundle) int {
		return cmp.Or(cmp.Compare(order(a.name), order(b.name)), cmp.Compare(a.name, b.name))
	})
	return out
}

// order puts what has no name last.
func order(name string) int {
	if name == "" {
		return 1
	}
	return 0
}

// laid makes the lines of the snapshot anew.
func (v View) laid() View {
	v.lines = nil
	if v.span == nil {
		return v
	}
	s := v.span
	in := v.interval()
	own, areas := make([][]*calendar.Item, len(s.Lanes)), make([][]*calendar.Item, len(s.Lanes))
	shared := map[string][]*calendar.Item{} // by the id of a line
	groups := bundles(s, v.by)
	var stops, checks, all []*calendar.Item
	for k := range s.Items {
		i := &s.Items[k]
		if i.Kind == calendar.FreezePeriod {
			for _, n := range i.Lanes {
				areas[n] = append(areas[n], i)
			}
		}
		if !v.shows(i) {
			continue
		}
		switch {
		case i.Kind == calendar.FreezePeriod:
			stops = append(stops, i)
		case i.Kind == calendar.AuditPeriod:
			checks = append(checks, i)
		case len(i.Lanes) == 0 || len(i.Lanes) == len(s.Lanes) && i.Kind != calendar.Release && len(s.Lanes) > 1:
			all = append(all, i)
		default:
			left := i.Lanes
			for _, b := range groups {
				if i.Kind != calendar.Release && !strings.Contains(string(i.Scope), "service:") && holds(i.Lanes, b.lanes) {
					id := "group:" + b.name
					shared[id] = append(shared[id], i)
					left = slices.DeleteFunc(slices.Clone(left), func(n int) bool { return slices.Contains(b.lanes, n) })
				}
			}
			for _, n := range left {
				own[n] = append(own[n], i)
			}
		}
	}
	for n, row := range stacked(stops, in) {
		id := "freeze"
		if n > 0 {
			id += strings.Repeat("+", n)
		}
		v.lines = append(v.lines, line{id: id, kind: freezes, name: "freeze", items: row})
	}
	if len(checks) > 0 {
		v.lines = append(v.lines, line{id: "audit", kind: audits, name: "audit", items: checks})
	}
	if len(all) > 0 {
		v.lines = append(v.lines, line{id: "everywhere", kind: everywhere, name: "everywhere", items: all, worst: worstOf(all, in)})
	}
	single := func(n int, deep bool, prefix string) line {
		l := &s.Lanes[n]
		return line{id: "lane:" + prefix + l.Service, kind: lane, name: l.Service, items: own[n], areas: areas[n], worst: worstOf(own[n], in), lane: l, dark: l.Dark, deep: deep}
	}
	if groups == nil {
		for _, n := range byName(s.Lanes) {
			if l := single(n, false, ""); v.keeps(&l) {
				v.lines = append(v.lines, l)
			}
		}
		return v
	}
	for _, b := range groups {
		v.lines = append(v.lines, v.grouped(b, shared["group:"+b.name], own, areas, in, single)...)
	}
	return v
}

// byName are the places of the lanes in the order of their services.
func byName(lanes []calendar.Lane) []int {
	out := make([]int, len(lanes))
	for n := range out {
		out[n] = n
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(lanes[a].Service, lanes[b].Service) })
	return out
}

// grouped is a group and, unless it is folded, its lanes.
func (v View) grouped(b bundle, shared []*calendar.Item, own, areas [][]*calendar.Item, in calendar.Interval, single func(int, bool, string) line) []line {
	head := line{id: "group:" + b.name, kind: group, name: b.name, items: shared, count: len(b.lanes)}
	if head.name == "" {
		head.name = "no " + v.by.name()
	}
	head.fold = v.folded[head.id]
	var members []line
	for k, n := range b.lanes {
		l := single(n, true, b.name+"/")
		if a := l.worst; a != "" && (head.worst == "" || a.Worse(head.worst)) {
			head.worst = a
		}
		if head.dark == "" {
			head.dark = l.dark
		}
		if k == 0 {
			head.areas = areas[n]
		} else { // an area of the group is one of all its lanes
			head.areas = slices.DeleteFunc(slices.Clone(head.areas), func(i *calendar.Item) bool { return !slices.Contains(areas[n], i) })
		}
		if head.fold {
			head.items = append(slices.Clone(head.items), own[n]...)
		}
		if v.keeps(&l) {
			members = append(members, l)
		}
	}
	if head.fold {
		slices.SortStableFunc(head.items, func(a, b *calendar.Item) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Key, b.Key)) })
		head.items = slices.Compact(head.items)
	}
	if len(members) == 0 && !v.keeps(&head) {
		return nil
	}
	if head.fold {
		members = nil
	}
	return append([]line{head}, members...)
}

// holds reports whether all of few are among the sorted list of many.
func holds(many, few []int) bool {
	for _, n := range few {
		if _, ok := slices.BinarySearch(many, n); !ok {
			return false
		}
	}
	return len(few) > 0
}

// mostStacked is how many rows freezes that overlap take at most.
const mostStacked = 3

// stacked puts items of an interval into as few rows as hold them without overlap; what finds no room goes into
// the last. There is always one row.
func stacked(items []*calendar.Item, in calendar.Interval) [][]*calendar.Item {
	rows := [][]*calendar.Item{nil}
	for _, i := range items {
		if !i.Shares(in) {
			rows[0] = append(rows[0], i)
			continue
		}
		k := slices.IndexFunc(rows, func(row []*calendar.Item) bool {
			return !slices.ContainsFunc(row, func(o *calendar.Item) bool { return o.Overlaps(i.Interval) })
		})
		switch {
		case k >= 0:
		case len(rows) < mostStacked:
			rows = append(rows, nil)
			k = len(rows) - 1
		default:
			k = len(rows) - 1
		}
		rows[k] = append(rows[k], i)
	}
	return rows
}

// worstOf is the worst aspect of what happens in an interval.
func worstOf(items []*calendar.Item, in calendar.Interval) release.Aspect {
	var worst release.Aspect
	for _, i := range items {
		if i.Aspect != "" && i.Shares(in) && (worst == "" || i.Aspect.Worse(worst)) {
			worst = i.Aspect
		}
	}
	return worst
}

// keeps reports whether a line stays under the filter: something on it fits, or it fits itself.
func (v View) keeps(l *line) bool {
	return len(v.match.Terms) == 0 || len(l.items) > 0 || v.match.Fits(askedLine{l})
}
