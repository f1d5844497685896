package topology

import (
	"cmp"
	"slices"

	"signalbox/release/catalog"
)

// Most is the greatest depth of a neighbourhood.
const Most = 4

// Neighbour is a node near the focus.
type Neighbour struct {
	Node  int32
	Depth int
	Via   int32            // the node next to it on the way to the focus
	Kind  catalog.EdgeKind // of the edge to Via
	// Down is set where the node is in the blast radius of the focus: down when the focus is. Of a callee it says
	// the reverse: the focus is down when it is.
	Down bool
	// Carries is set where the edge to Via carries that failure: it is hard, and Via is down too, or is the focus.
	Carries bool
}

// Neighbourhood is what surrounds one node.
type Neighbourhood struct {
	Focus   int32
	Depth   int
	Callers []Neighbour // in the order in which a tree of them is read
	Callees []Neighbour
	Blast   []catalog.Step // the whole of it, at whatever distance
	Rests   []catalog.Step // what the focus is down without
}

// Around is the neighbourhood of a node to a depth of 1 to Most. Each node stands once on a side, at its least
// distance, under the neighbour that it was reached by; those of one parent are in the order of their edges, hard
// ones first, then of tier, then of id. Nothing in that order moves with the state of a service.
func (m *Map) Around(n int32, depth int) Neighbourhood {
	depth = max(1, min(depth, Most))
	h := Neighbourhood{Focus: n, Depth: depth, Blast: m.Index.Blast(n), Rests: m.Index.Rests(n)}
	h.Callers = m.tree(n, catalog.Callers, depth, h.Blast)
	h.Callees = m.tree(n, catalog.Callees, depth, h.Rests)
	return h
}

func (m *Map) tree(n int32, s catalog.Side, depth int, down []catalog.Step) []Neighbour {
	hit := make(map[int32]bool, len(down))
	for _, d := range down {
		hit[d.Node] = true
	}
	under := map[int32][]Neighbour{}
	for _, step := range m.Index.Around(n, s, depth) {
		b := Neighbour{Node: step.Node, Depth: int(step.Depth), Via: step.Via, Kind: m.between(step.Node, step.Via, s), Down: hit[step.Node]}
		b.Carries = b.Kind == catalog.Hard && (b.Via == n || hit[b.Via])
		under[step.Via] = append(under[step.Via], b)
	}
	var out []Neighbour
	var list func(int32)
	list = func(at int32) {
		children := under[at]
		slices.SortFunc(children, func(a, b Neighbour) int {
			return cmp.Or(cmp.Compare(weight(a.Kind), weight(b.Kind)), cmp.Compare(m.Nodes[a.Node].Tier, m.Nodes[b.Node].Tier), cmp.Compare(a.Node, b.Node))
		})
		for _, c := range children {
			out = append(out, c)
			list(c.Node)
		}
	}
	list(n)
	return out
}

func weight(k catalog.EdgeKind) int {
	return slices.Index([]catalog.EdgeKind{catalog.Hard, catalog.Soft, catalog.Async}, k)
}

// between is the kind of the edge between a node and the one before it on a side.
func (m *Map) between(node, via int32, s catalog.Side) catalog.EdgeKind {
	for k, kind := range m.Index.Next(via, s) {
		if k == node {
			return kind
		}
	}
	return ""
}

// Edge is an edge between two nodes that are both shown.
type Edge struct {
	From, To int32
	Kind     catalog.EdgeKind
}

// Within are the edges among the nodes of a set, by caller, then by callee.
func (m *Map) Within(nodes []int32) []Edge {
	in := make(map[int32]bool, len(nodes))
	for _, n := range nodes {
		in[n] = true
	}
	sorted := slices.Clone(nodes)
	slices.Sort(sorted)
	var out []Edge
	for _, n := range slices.Compact(sorted) {
		for to, kind := range m.Index.Next(n, catalog.Callees) {
			if in[to] {
				out = append(out, Edge{n, to, kind})
			}
		}
	}
	return out
}

// Nodes are the focus and its neighbours, each once, by number.
func (h Neighbourhood) Nodes() []int32 {
	out := []int32{h.Focus}
	for _, list := range [][]Neighbour{h.Callers, h.Callees} {
		for _, n := range list {
			out = append(out, n.Node)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Tiers counts the nodes of a walk by tier, 0 to 3.
func (m *Map) Tiers(steps []catalog.Step) [4]int {
	var out [4]int
	for _, s := range steps {
		out[max(0, min(int(m.Nodes[s.Node].Tier), 3))]++
	}
	return out
}
