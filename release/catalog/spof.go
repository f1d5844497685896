package catalog

import "slices"

// SinglePoint is a node without which journeys fail, and of which there is only one.
type SinglePoint struct {
	Node int32
	// Journeys are the entries that cannot do without it, in the order of their ids.
	Journeys []int32
	// Regions is how many places it is known to run in: 1, or 0 where nobody said.
	Regions int
}

// SinglePoints lists the single points of failure in the order of their ids. It is computed once, shared, and
// must not be changed.
//
// The rule. Only hard edges count. A journey begins at an entry: a service that faces customers, or, in a catalog
// that marks none, one that nobody calls. Its essential nodes are those below which there is nothing further: what
// calls nothing, or a cycle that calls nothing outside itself. A node is a single point of failure of a journey if
// it dominates one of its essential nodes (every path from the entry to that node leads through it; each node
// dominates itself), is not the entry, and is not known to run in two or more regions. Replicas, zones within a
// region and frozen legacy are not in the catalog, so they excuse and accuse nobody. Every articulation point of
// the undirected graph on which something rests dominates such a node, so that the test of those is contained in
// this one. Dominators are found as in Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm" (2001).
func (x *Index) SinglePoints() []SinglePoint { return x.spofs() }

// entries are the nodes at which journeys begin.
func (x *Index) entries() []int32 {
	var marked, roots []int32
	for n := range int32(len(x.ids)) {
		s := x.declared[n]
		if s == nil || !x.hard(&x.providers, n) {
			continue
		}
		if s.CustomerFacing {
			marked = append(marked, n)
		}
		if !x.hard(&x.consumers, n) {
			roots = append(roots, n)
		}
	}
	if len(marked) > 0 {
		return marked
	}
	return roots
}

// hard reports whether a node has a hard edge on a side.
func (x *Index) hard(r *rows, n int32) bool {
	_, ranks := r.of(n)
	return slices.Contains(ranks, onlyHard)
}

func (x *Index) singlePoints() []SinglePoint {
	n := len(x.ids)
	comp := x.components(onlyHard)
	open := make([]bool, n) // by component: it calls something outside itself
	for v := range int32(n) {
		nodes, ranks := x.providers.of(v)
		for i, w := range nodes {
			if ranks[i] == onlyHard && comp[w] != comp[v] {
				open[comp[v]] = true
			}
		}
	}
	d := dominance{x: x, place: make([]int32, n), idom: make([]int32, n)}
	found := make([][]int32, n)
	last := make([]int32, n) // the entry for which a node was found last, plus one
	for _, entry := range x.entries() {
		for _, v := range d.from(entry) {
			if open[comp[v]] {
				continue
			}
			for v != entry && last[v] != entry+1 {
				last[v] = entry + 1
				found[v] = append(found[v], entry)
				v = d.order[d.idom[d.place[v]-1]]
			}
		}
	}
	var out []SinglePoint
	for v, journeys := range found {
		regions := 0
		if s := x.declared[v]; s != nil {
			regions = len(s.Regions)
		}
		if len(journeys) > 0 && regions < 2 {
			out = append(out, SinglePoint{Node: int32(v), Journeys: journeys, Regions: regions})
		}
	}
	return out
}

// dominance finds the immediate dominators below one entry after the other.
type dominance struct {
	x     *Index
	order []int32 // nodes in reverse postorder
	place []int32 // 1 + place in order, 0 where the entry does not reach the node
	idom  []int32 // by place
	path  []int32
	next  []int32
}

// from walks from an entry and returns what it reaches, itself first. idom then holds, for every place in order,
// the place of the immediate dominator.
func (d *dominance) from(entry int32) []int32 {
	for _, v := range d.order {
		d.place[v] = 0
	}
	d.order, d.path, d.next = d.order[:0], append(d.path[:0], entry), append(d.next[:0], d.x.providers.first[entry])
	d.place[entry] = -1 // on its way
	for len(d.path) > 0 {
		top := len(d.path) - 1
		v, deeper := d.path[top], false
		for d.next[top] < d.x.providers.first[v+1] {
			k := d.next[top]
			d.next[top]++
			if w := d.x.providers.node[k]; d.x.providers.rank[k] == onlyHard && d.place[w] == 0 {
				d.place[w] = -1
				d.path, d.next, deeper = append(d.path, w), append(d.next, d.x.providers.first[w]), true
				break
			}
		}
		if !deeper {
			d.order, d.path, d.next = append(d.order, v), d.path[:top], d.next[:top]
		}
	}
	slices.Reverse(d.order)
	for i, v := range d.order {
		d.place[v] = int32(i) + 1
		d.idom[i] = -1
	}
	d.idom[0] = 0
	for changed := true; changed; {
		changed = false
		for i := 1; i < len(d.order); i++ {
			nodes, ranks := d.x.consumers.of(d.order[i])
			best := int32(-1)
			for k, p := range nodes {
				at := d.place[p] - 1
				if ranks[k] != onlyHard || at < 0 || d.idom[at] < 0 {
					continue
				}
				for best >= 0 && at != best {
					for at > best {
						at = d.idom[at]
					}
					for best > at {
						best = d.idom[best]
					}
				}
				best = at
			}
			if d.idom[i] != best {
				d.idom[i], changed = best, true
			}
		}
	}
	return d.order
}
