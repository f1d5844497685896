package catalog

import (
	"iter"
	mathbits "math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// Index is the dependency graph in flat arrays (compressed sparse rows), for the questions that every screen
// asks: who rests on whom and how far away, cycles, levels, single points of failure. It is built once with its
// catalog and never changed. Its nodes are the services of the catalog and every other end of an edge, numbered
// from 0 in the order of their ids.
type Index struct {
	ids       []string
	providers rows // whom each calls
	consumers rows // who calls each
	declared  []*Service
	sizes     []atomic.Int32 // of blast radii, each plus one; 0 where nobody asked yet

	cycles func() []int32       // component of each node, the callees' first
	levels func() []int32       // level of each node
	spofs  func() []SinglePoint // in the order of nodes
}

// rows are adjacency lists one after the other: those of node n are node[first[n]:first[n+1]], in the order of
// their numbers, with the rank of each edge's kind.
type rows struct {
	first []int32
	node  []int32
	rank  []uint8
}

func (r *rows) of(n int32) ([]int32, []uint8) {
	a, b := r.first[n], r.first[n+1]
	return r.node[a:b], r.rank[a:b]
}

// anyKind lets a walk follow edges of every kind, onlyHard the hard ones.
const (
	onlyHard uint8 = iota
	_
	anyKind
)

// newIndex numbers the nodes and sorts the edges, of which there is one for each pair at most. services must be
// sorted by id.
func newIndex(services []Service, edges []Edge) *Index {
	x := &Index{ids: make([]string, 0, len(services))}
	for i := range services {
		x.ids = append(x.ids, services[i].ID)
	}
	known := make(map[string]int32, len(services))
	for _, id := range x.ids {
		known[id] = 0
	}
	for _, e := range edges {
		for _, id := range [2]string{e.From, e.To} {
			if _, ok := known[id]; !ok {
				known[id] = 0
				x.ids = append(x.ids, id)
			}
		}
	}
	slices.Sort(x.ids)
	x.ids = slices.Compact(x.ids)
	for n, id := range x.ids {
		known[id] = int32(n)
	}
	x.declared, x.sizes = make([]*Service, len(x.ids)), make([]atomic.Int32, len(x.ids))
	for i := range services {
		x.declared[known[services[i].ID]] = &services[i]
	}
	from, to, rank := make([]int32, len(edges)), make([]int32, len(edges)), make([]uint8, len(edges))
	for i, e := range edges {
		from[i], to[i], rank[i] = known[e.From], known[e.To], uint8(e.Kind.rank())
	}
	// Each pass sorts by one end and keeps the order of the other: after the second both are sorted.
	callers := bucket(len(x.ids), to, from, rank)
	x.providers = callers.turned()
	x.consumers = x.providers.turned()
	x.cycles = sync.OnceValue(func() []int32 { return x.components(anyKind) })
	x.levels = sync.OnceValue(x.stacked)
	x.spofs = sync.OnceValue(x.singlePoints)
	return x
}

func bucket(n int, at, other []int32, rank []uint8) rows {
	r := rows{first: make([]int32, n+1), node: make([]int32, len(at)), rank: make([]uint8, len(at))}
	for _, a := range at {
		r.first[a+1]++
	}
	for i := range n {
		r.first[i+1] += r.first[i]
	}
	next := slices.Clone(r.first[:n])
	for i, a := range at {
		k := next[a]
		r.node[k], r.rank[k] = other[i], rank[i]
		next[a]++
	}
	return r
}

// turned are the same edges listed by their other end.
func (r *rows) turned() rows {
	at, other := make([]int32, len(r.node)), make([]int32, len(r.node))
	for n := range len(r.first) - 1 {
		for k := r.first[n]; k < r.first[n+1]; k++ {
			at[k], other[k] = r.node[k], int32(n)
		}
	}
	return bucket(len(r.first)-1, at, other, r.rank)
}

// Len is the number of nodes.
func (x *Index) Len() int { return len(x.ids) }

// Edges is the number of edges.
func (x *Index) Edges() int { return len(x.providers.node) }

// ID is the id of a node.
func (x *Index) ID(n int32) string { return x.ids[n] }

// Of is the node with an id, and whether there is one.
func (x *Index) Of(id string) (int32, bool) {
	n, ok := slices.BinarySearch(x.ids, id)
	return int32(n), ok
}

// Service is what the catalog says of a node, nil where it only names it as an end of an edge.
func (x *Index) Service(n int32) *Service { return x.declared[n] }

// Side is one of the two directions of an edge.
type Side bool

const (
	Callers Side = false // those that need it
	Callees Side = true  // those that it needs
)

func (x *Index) side(s Side) *rows {
	if s == Callees {
		return &x.providers
	}
	return &x.consumers
}

// Degree is how many direct callers or callees a node has.
func (x *Index) Degree(n int32, s Side) int {
	r := x.side(s)
	return int(r.first[n+1] - r.first[n])
}

var kinds = [...]EdgeKind{Hard, Soft, Async}

// Next yields the direct callers or callees of a node in the order of their ids, with the kind of each edge.
func (x *Index) Next(n int32, s Side) iter.Seq2[int32, EdgeKind] {
	return func(yield func(int32, EdgeKind) bool) {
		nodes, ranks := x.side(s).of(n)
		for i, m := range nodes {
			if !yield(m, kinds[ranks[i]]) {
				return
			}
		}
	}
}

// Step is a node that a walk came to.
type Step struct {
	Node  int32
	Depth int32 // edges from the start, 1 or more
	Via   int32 // the node before it: the first in the order of ids of those that are nearest to the start
}

// Blast is the blast radius of a node: everything that is down when it is, since it reaches it over hard edges.
// It is in the order of distance, then of ids, and without the node itself.
func (x *Index) Blast(n int32) []Step { return x.walk(n, &x.consumers, onlyHard, 0) }

// BlastSize is how many nodes the blast radius of a node has. Each is counted once for all who ask.
func (x *Index) BlastSize(n int32) int {
	if k := x.sizes[n].Load(); k > 0 {
		return int(k) - 1
	}
	size := len(x.down(n))
	x.sizes[n].Store(int32(size) + 1)
	return size
}

// down are the nodes of the blast radius of a node in no order, without their distances: the bare walk.
func (x *Index) down(n int32) []int32 {
	seen := make([]uint64, len(x.ids)/64+1)
	seen[n/64] |= 1 << (n % 64)
	queue := append(make([]int32, 0, len(x.ids)), n)
	for k := 0; k < len(queue); k++ {
		nodes, ranks := x.consumers.of(queue[k])
		for i, m := range nodes {
			if w, bit := m/64, uint64(1)<<(m%64); ranks[i] == onlyHard && seen[w]&bit == 0 {
				seen[w] |= bit
				queue = append(queue, m)
			}
		}
	}
	return queue[1:]
}

// Around are the nodes on one side of a node at a distance of at most depth edges of any kind, nearest first,
// then in the order of ids. A depth of 0 is no bound.
func (x *Index) Around(n int32, s Side, depth int) []Step {
	return x.walk(n, x.side(s), anyKind, int32(depth))
}

// Rests are the nodes without which a node is down: those that it reaches over hard edges, nearest first.
func (x *Index) Rests(n int32) []Step { return x.walk(n, &x.providers, onlyHard, 0) }

// walk goes breadth first over the edges of at most a rank, up to a depth (0: no bound). The nodes of each depth
// are marked in a set of bits and read from it, which brings them into the order of ids without sorting.
func (x *Index) walk(start int32, r *rows, most uint8, depth int32) []Step {
	words := len(x.ids)/64 + 1
	bits := make([]uint64, 2*words)
	seen, fresh := bits[:words], bits[words:]
	via := make([]int32, len(x.ids))
	seen[start/64] |= 1 << (start % 64)
	var out []Step
	level := []Step{{Node: start}}
	for d := int32(1); depth == 0 || d <= depth; d++ {
		low, high := int32(words), int32(-1)
		for _, at := range level {
			nodes, ranks := r.of(at.Node)
			for i, m := range nodes {
				w, bit := m/64, uint64(1)<<(m%64)
				if ranks[i] > most || seen[w]&bit != 0 {
					continue
				}
				seen[w] |= bit
				fresh[w] |= bit
				low, high, via[m] = min(low, w), max(high, w), at.Node
			}
		}
		begin := len(out)
		for w := low; w <= high; w++ {
			for b := fresh[w]; b != 0; b &= b - 1 {
				m := w*64 + int32(mathbits.TrailingZeros64(b))
				out = append(out, Step{m, d, via[m]})
			}
			fresh[w] = 0
		}
		if level = out[begin:]; len(level) == 0 {
			break
		}
	}
	return out
}
