package conflict

import (
	"slices"
	"strings"

	"signalbox/release/access"
	"signalbox/release/catalog"
)

// near is a service next to another in the dependency graph.
type near struct {
	node int32
	hard bool // one hard edge; else two edges in one direction, or a soft one
}

// service is what the dependency graph says of one.
type service struct {
	id        string
	node      int32 // its number in the graph; -1: no catalog declares it
	end       int32 // the same, also of one that is only named as the end of an edge; -1: of none
	tier      catalog.Tier
	near      []near     // by node
	sieve     [16]uint64 // a bit for each of them, to pass over most of the others
	vendors   []string
	consumers []string // direct, over hard edges
}

// newService reads a service from the graph. Asynchronous edges do not count as nearness.
func newService(id string, c *catalog.Catalog, vendors []string) *service {
	s := &service{id: id, node: -1, end: -1, vendors: vendors}
	if c == nil {
		return s
	}
	x := c.Index()
	n, ok := x.Of(id)
	if !ok {
		return s
	}
	if s.end = n; x.Service(n) == nil {
		return s
	}
	s.node, s.tier = n, x.Service(n).Tier
	found := map[int32]bool{}
	for _, side := range []catalog.Side{catalog.Callers, catalog.Callees} {
		for m, kind := range x.Next(n, side) {
			if kind == catalog.Async {
				continue
			}
			found[m] = found[m] || kind == catalog.Hard
			for o, kind := range x.Next(m, side) {
				if _, there := found[o]; !there && kind != catalog.Async && o != n {
					found[o] = false
				}
			}
			if kind == catalog.Hard && side == catalog.Callers {
				s.consumers = append(s.consumers, x.ID(m))
			}
		}
	}
	for m, hard := range found {
		s.near = append(s.near, near{m, hard})
	}
	slices.SortFunc(s.near, func(a, b near) int { return int(a.node - b.node) })
	for _, o := range s.near {
		s.sieve[sieved(o.node)/64] |= 1 << (sieved(o.node) % 64)
	}
	return s
}

// sieved is the bit of a node in a sieve of 1024.
func sieved(node int32) uint32 { return uint32(node) * 2654435769 >> 22 }

// beside reports how near another service is.
func (s *service) beside(node int32) (hard, ok bool) {
	if bit := sieved(node); node < 0 || s.node < 0 || s.sieve[bit/64]&(1<<(bit%64)) == 0 {
		return false, false
	}
	lo, hi := 0, len(s.near)
	for lo < hi {
		if m := int(uint(lo+hi) / 2); s.near[m].node < node {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(s.near) && s.near[lo].node == node {
		return s.near[lo].hard, true
	}
	return false, false
}

// bucket holds the facts whose scope names one value of one dimension.
type bucket struct {
	facts   lane    // with a time: freezes, maintenance, peaks, vendors, audits, batches, holidays, gaps
	windows lane    // change windows
	cover   lane    // on-call
	always  []int32 // budgets and deadlines
}

// place is where work happens: a target, with the buckets whose facts may cover it.
type place struct {
	access.Target
	svc      *service
	regions  []*region
	buckets  []*bucket
	live     live
	guards   []*guard // who must be on call: the owner first
	absent   Inputs   // what the catalog and the monitors do not say of it
	windowed bool     // some change window covers it
	work     []int32  // the stored work here
}

// guard is a target that must have somebody on call.
type guard struct {
	access.Target
	buckets []*bucket
	live    live
}

// live are those parts of buckets that hold something.
type live struct {
	facts, windows, cover []*lane
	dates                 []*bucket
}

func liveOf(buckets []*bucket) live {
	var l live
	for _, b := range buckets {
		if b.facts.len() > 0 {
			l.facts = append(l.facts, &b.facts)
		}
		if b.windows.len() > 0 {
			l.windows = append(l.windows, &b.windows)
		}
		if b.cover.len() > 0 {
			l.cover = append(l.cover, &b.cover)
		}
		if len(b.always) > 0 {
			l.dates = append(l.dates, b)
		}
	}
	return l
}

// dimensions are those of scopes, the most telling first: a scope is filed under the first that it names.
var dimensions = []string{"service", "tag", "team", "unit", "region", "environment"}

// files are the buckets that a scope is filed under, and whether being in one is enough to be covered.
func files(s access.Scope) (keys []string, exact bool) {
	if s == access.Org {
		return []string{string(access.Org)}, true
	}
	terms := strings.Split(string(s), ",")
	for _, dim := range dimensions {
		for _, t := range terms {
			if strings.HasPrefix(t, dim+":") {
				keys = append(keys, t)
			}
		}
		if keys != nil {
			return keys, len(keys) == len(terms)
		}
	}
	return nil, false
}

// drawers are the keys of the buckets that a target looks into.
func drawers(t access.Target) []string {
	out := []string{string(access.Org)}
	add := func(dim, value string) {
		if value != "" {
			out = append(out, dim+":"+value)
		}
	}
	add("service", t.Service)
	add("team", t.Team)
	add("environment", t.Environment)
	for _, u := range t.Units {
		add("unit", u)
	}
	for _, r := range t.Regions {
		add("region", r)
	}
	for _, g := range t.Tags {
		add("tag", g)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// placeKey tells targets apart.
func placeKey(t access.Target) string {
	var b strings.Builder
	for _, s := range []string{t.Service, t.Environment, t.Team} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	for _, list := range [][]string{t.Units, t.Regions, t.Tags} {
		for _, s := range list {
			b.WriteString(s)
			b.WriteByte(1)
		}
		b.WriteByte(0)
	}
	return b.String()
}
