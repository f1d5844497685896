// Package graph is the screen of the dependency graph: what calls a service, what it calls, and what is down when
// it is. It owns the focus, the cursor and the way it came, the depth, the lens, the search, and both drawings:
// the three columns of a narrow terminal and the layered boxes of a wide one. It imports release, views,
// views/kit and its own layout, never a sibling, a store or control, and does no I/O in Update.
package graph

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/topology"
	"signalbox/views"
)

// View is the screen's state: a value, copied on every change.
type View struct {
	world views.World
	desk  *desk
	w, h  int

	asked   int // the newest question to the world
	applied int // the newest answer taken
	m       *topology.Map
	failed  *release.Error

	focus  string // id; "" until the first snapshot where none was asked for
	cursor string // id of a node, or of a team's box
	depth  int
	lens   lens
	trail  []hop // how the cursor came here along edges
	prefix bool  // "g" was typed

	words string
	found []int32 // nodes that the search fits
	at    string  // the cursor in the list of those
	top   int

	walks walks  // from the node under the cursor
	scene *scene // what is drawn, for w and h
}

// desk tells the answers for one view on the stack from those for another.
type desk struct{ _ byte }

// hop is a step along an edge.
type hop struct{ key, from string }

// lens says what the second line of each box shows.
type lens int

const (
	byBlast lens = iota
	byOwner
	byVersion
)

// New opens the graph on a service, "" for the one that wants a person most.
func New(w views.World, id string) views.View {
	return View{world: w, desk: &desk{}, asked: 1, depth: 2, focus: strings.ToLower(release.Clean(id, 200))}
}

// Name is the word by which verbs bind their keys to this view.
func (v View) Name() string { return "graph" }

// Crumbs are the place and the focus.
func (v View) Crumbs() []string {
	if v.focus == "" {
		return []string{"Graph"}
	}
	return []string{"Graph", v.focus}
}

// Init reads the graph for the first time.
func (v View) Init() tea.Cmd { return read(v.world, v.desk, v.asked) }

// Update takes a key or an answer.
func (v View) Update(msg tea.Msg) (views.View, tea.Cmd) {
	v, cmd := v.update(msg)
	return v.looked(), cmd
}

func (v View) update(msg tea.Msg) (View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return v.key(m.String())
	case views.Resize:
		v.w, v.h = m.W, m.H
		return v.settled(), nil
	case views.Refresh:
		v.asked++
		return v, read(v.world, v.desk, v.asked)
	case views.Focus:
		return v.focused(m), nil
	case views.Click:
		return v.clicked(m), nil
	case mapRead:
		if m.desk != v.desk || m.seq <= v.applied {
			return v, nil
		}
		first := v.m == nil
		asked := v.focus
		v = v.take(m)
		if first && v.m != nil && asked != "" && asked != v.focus {
			return v, say(release.Stop, "there is no service "+asked+"; / finds one")
		}
	}
	return v, nil
}

func say(a release.Aspect, text string) tea.Cmd {
	return func() tea.Msg { return views.Say{Aspect: a, Text: text} }
}

// take applies an answer. A refusal hides what was shown: it may not be seen any more. Any other failure keeps it,
// with the sentence.
func (v View) take(m mapRead) View {
	v.applied = m.seq
	if m.err != nil {
		v.failed = release.AsError(m.err)
		if v.failed.Code == release.Refused || v.failed.Code == release.Unauthenticated {
			v.m, v.scene, v.found = nil, nil, nil
		}
		return v
	}
	v.failed = nil
	v.m = m.m
	if _, ok := v.m.Find(v.focus); !ok {
		v.focus = ""
		if n := v.m.Worst(); n >= 0 {
			v.focus = v.m.Nodes[n].ID
		}
		v.cursor = v.focus
	}
	if v.cursor == "" {
		v.cursor = v.focus
	}
	return v.searched(v.found).settled()
}

// settled lays the drawing out anew and keeps the cursor on something that is drawn.
func (v View) settled() View {
	if v.m == nil || v.focus == "" || v.w < 1 || v.h < 1 {
		v.scene = nil
		return v
	}
	if of := (laidFor{v.m.Index, v.focus, v.depth, v.w, v.h}); v.scene == nil || v.scene.of != of {
		v.scene = v.laid(v.w, v.h)
		v.scene.of = of
	}
	if !v.scene.draws(v.m, v.cursor) {
		v.cursor, v.trail = v.focus, nil
	}
	return v
}

// looked walks from the node under the cursor, where it has not been walked from yet.
func (v View) looked() View {
	if v.m == nil {
		v.walks = walks{}
	} else if n, ok := v.m.Find(v.cursor); ok && (v.walks.index != v.m.Index || v.walks.node != n) {
		v.walks = walked(v.m, n)
	}
	return v
}

// walks are who is down with a node, by tier, then distance, then id, and without whom it is down, nearest first.
type walks struct {
	index        *catalog.Index
	node         int32
	blast, rests []step
}

func walked(m *topology.Map, n int32) walks {
	w := walks{m.Index, n, m.Index.Blast(n), m.Index.Rests(n)}
	slices.SortStableFunc(w.blast, func(a, b step) int {
		return cmp.Or(cmp.Compare(m.Nodes[a.Node].Tier, m.Nodes[b.Node].Tier), cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.Node, b.Node))
	})
	return w
}

// node is the node with an id, nil for a team's box and before the first snapshot.
func (v View) node(id string) *topology.Node {
	if v.m == nil {
		return nil
	}
	if n, ok := v.m.Find(id); ok {
		return &v.m.Nodes[n]
	}
	return nil
}

// shown is the id under the cursor: of the list while something is searched for.
func (v View) shown() string {
	if v.words != "" {
		return v.at
	}
	return v.cursor
}

// Selection is the node under the cursor.
func (v View) Selection() views.Selection {
	if a := v.node(v.shown()); a != nil {
		s := views.Selection{Kind: views.NodeKind, ID: a.ID, Environment: v.m.Environment}
		if a.Kind != topology.Vendor {
			s.Service = a.ID
		}
		return s
	}
	return views.Selection{}
}

// Lit is no row: no sheet acts on a node.
func (v View) Lit() int { return -1 }

// Filter finds the services that fit the words. While there are words, the screen is the list of those.
func (v View) Filter(words string) (views.View, int, int) {
	v.words = words
	if v.m == nil {
		return v, 0, 0
	}
	v = v.searched(nil).settled().looked()
	return v, len(v.found), len(v.m.Nodes)
}

// searched finds what fits, the worst first. What was found before keeps its place.
func (v View) searched(before []int32) View {
	v.found = nil
	if v.words == "" {
		return v
	}
	q := language.Parse(v.words)
	for n := range v.m.Nodes {
		a := &v.m.Nodes[n]
		if q.Fits(asked{v, int32(n), a}) {
			v.found = append(v.found, int32(n))
		}
	}
	was := make(map[int32]int, len(before))
	for k, n := range before {
		was[n] = k - len(before)
	}
	slices.SortStableFunc(v.found, func(x, y int32) int {
		if was[x] != was[y] {
			return cmp.Compare(was[x], was[y])
		}
		a, b := &v.m.Nodes[x], &v.m.Nodes[y]
		switch {
		case a.Aspect.Worse(b.Aspect):
			return -1
		case b.Aspect.Worse(a.Aspect):
			return 1
		}
		return cmp.Compare(a.Tier, b.Tier)
	})
	if k := v.place(); k < 0 {
		v.at, v.top = "", 0
		if len(v.found) > 0 {
			v.at = v.m.Nodes[v.found[0]].ID
		}
	}
	return v
}

// place is the cursor's place in the list, −1 where it is not there.
func (v View) place() int {
	return slices.IndexFunc(v.found, func(n int32) bool { return v.m.Nodes[n].ID == v.at })
}

// since is when the snapshot was taken.
func (v View) since() time.Time {
	if v.m == nil {
		return time.Time{}
	}
	return v.m.AsOf
}
