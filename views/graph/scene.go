package graph

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/topology"
	"signalbox/views/graph/layered"
	"signalbox/views/kit"
)

const (
	wide     = 100 // from this width on the graph is drawn in layers
	crowded  = 40  // from more nodes than this teams are one box
	longest  = 18  // the widest box
	usual    = 15  // of a short name
	slimmest = 11  // the narrowest
)

// scene is what is drawn: the neighbourhood of the focus, and, where it is drawn in layers, its boxes.
type scene struct {
	of    laidFor
	hood  topology.Neighbourhood
	boxes []box
	links []layered.Link
	dag   *layered.Drawing // nil: three columns
	rows  int              // of the drawing, at most
	short bool             // the drawing shows less than the depth asked for
}

// laidFor is all that a drawing depends on: how services stand is not among it, so that nothing moves with that.
type laidFor struct {
	index *catalog.Index
	focus string
	depth int
	w, h  int
}

// box is a node, or the nodes of one team on one side of the focus.
type box struct {
	id      string
	node    int32 // −1 of a team
	team    string
	members []int32
}

// laid lays the drawing out for a size.
func (v View) laid(w, h int) *scene {
	n, _ := v.m.Find(v.focus)
	s := &scene{hood: v.m.Around(n, v.depth)}
	if w < wide || len(s.hood.Callers)+len(s.hood.Callees) == 0 {
		return s
	}
	room := layered.Size{W: w - 2, H: v.inspected(h), Narrow: slimmest}
	for depth := v.depth; depth > 0; depth-- {
		hood := v.m.Around(n, depth)
		for _, fold := range []int{0, 2, 1} { // the depth from which teams are one box; 0: none
			if fold == 0 && len(hood.Nodes()) > crowded || fold > depth {
				continue
			}
			boxes, links := v.boxes(hood, fold)
			for _, kind := range [][2]int{{4, 1}, {4, 0}, {3, 0}} {
				room.Tall, room.Gap = kind[0], kind[1]
				wants := make([]int, len(boxes))
				for k, b := range boxes {
					wants[k] = v.wants(b)
				}
				if d, ok := layered.Draw(wants, links, room); ok {
					s.hood, s.boxes, s.links, s.dag, s.short = hood, boxes, links, d, depth < v.depth
					for _, b := range d.Boxes {
						s.rows = max(s.rows, b.Y+d.Tall)
					}
					for y := s.rows; y < d.H; y++ {
						for x := range d.W {
							if d.At(x, y) != (layered.Cell{}) {
								s.rows = y + 1
							}
						}
					}
					return s
				}
			}
		}
	}
	return s
}

// inspected is how many rows the drawing may take of h, so that the facts below have theirs.
func (v View) inspected(h int) int { return max(h-2-max(8, h/4), 4) }

// boxes are the boxes of a neighbourhood and their links. From a depth of fold on, if it is not 0, the nodes of a
// team on one side are one box. The sides stay apart, or a team on both would close a cycle that is none.
func (v View) boxes(h topology.Neighbourhood, fold int) ([]box, []layered.Link) {
	nodes := h.Nodes()
	near, side := map[int32]int{}, map[int32]string{}
	for _, list := range []struct {
		name string
		of   []topology.Neighbour
	}{{"callers", h.Callers}, {"callees", h.Callees}} {
		for _, b := range list.of {
			if _, both := side[b.Node]; both {
				near[b.Node] = 0 // in a cycle with the focus: it stays itself
				continue
			}
			near[b.Node], side[b.Node] = b.Depth, list.name
		}
	}
	teams := map[string][]int32{}
	key := func(n int32) string {
		a := &v.m.Nodes[n]
		if fold == 0 || n == h.Focus || near[n] < fold || a.Team == "" {
			return ""
		}
		return "team " + a.Team + " " + side[n]
	}
	for _, n := range nodes {
		if k := key(n); k != "" {
			teams[k] = append(teams[k], n)
		}
	}
	place := map[int32]int{}
	folded := map[string]int{}
	var out []box
	for _, n := range nodes {
		k := key(n)
		if len(teams[k]) < 2 {
			place[n] = len(out)
			out = append(out, box{id: v.m.Nodes[n].ID, node: n})
			continue
		}
		at, ok := folded[k]
		if !ok {
			at = len(out)
			folded[k] = at
			out = append(out, box{id: k, node: -1, team: v.m.Nodes[n].Team, members: teams[k]})
		}
		place[n] = at
	}
	down := map[int32]bool{h.Focus: true}
	for _, s := range h.Blast {
		down[s.Node] = true
	}
	var links []layered.Link
	for _, e := range v.m.Within(nodes) {
		style := layered.Light
		switch {
		case e.Kind == catalog.Async:
			style = layered.Dash
		case e.Kind == catalog.Hard && down[e.From] && down[e.To]:
			style = layered.Double
		}
		if a, b := place[e.From], place[e.To]; a != b {
			links = append(links, layered.Link{From: a, To: b, Style: style})
		}
	}
	return out, links
}

// name is what a box is called.
func (v View) name(b box) string {
	if b.node < 0 {
		return b.team + " " + strconv.Itoa(len(b.members))
	}
	return title(&v.m.Nodes[b.node])
}

// title is how a node is called: a vendor without the word that its sign says.
func title(a *topology.Node) string { return strings.TrimPrefix(a.ID, "vendor:") }

// wants is the width of a box, from its name alone: what the lens writes never moves a box.
func (v View) wants(b box) int { return max(usual, min(kit.Width(v.name(b))+4, longest)) }

// aspect of a box: of a team the worst of its members.
func (v View) aspect(b box) release.Aspect {
	if b.node >= 0 {
		return v.m.Nodes[b.node].Aspect
	}
	worst := release.Go
	for _, n := range b.members {
		if a := v.m.Nodes[n].Aspect; a.Worse(worst) {
			worst = a
		}
	}
	return worst
}

// find is the place of an id among the boxes, −1 where it has none.
func (s *scene) find(id string) int {
	return slices.IndexFunc(s.boxes, func(b box) bool { return b.id == id })
}

// next is the box to which a step leads from another: along the links to the side that the key names, to the
// nearest layer, then the nearest row; −1 where no link leads there.
func (s *scene) next(from int, left bool) int {
	best := -1
	d := s.dag
	far := func(k int) (int, int) {
		return abs(d.Boxes[k].Layer - d.Boxes[from].Layer), abs(d.Boxes[k].Y - d.Boxes[from].Y)
	}
	for _, l := range s.links {
		to := -1
		if left && l.To == from {
			to = l.From
		} else if !left && l.From == from {
			to = l.To
		}
		if to < 0 || to == best {
			continue
		}
		if best >= 0 {
			a, b := far(to)
			x, y := far(best)
			if cmp.Or(cmp.Compare(a, x), cmp.Compare(b, y), cmp.Compare(to, best)) > 0 {
				continue
			}
		}
		best = to
	}
	return best
}

// beside is the next box in the layer of another, up or down; −1 at its end.
func (s *scene) beside(from, by int) int {
	best := -1
	for k, b := range s.dag.Boxes {
		if o := s.dag.Boxes[from]; b.Layer == o.Layer && (b.Y-o.Y)*by > 0 && (best < 0 || (b.Y-s.dag.Boxes[best].Y)*by < 0) {
			best = k
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }
