package graph

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/topology"
	"signalbox/views"
	"signalbox/views/kit"
)

// key answers the keys that look; there are no others here.
func (v View) key(k string) (View, tea.Cmd) {
	if v.m == nil {
		return v, nil
	}
	if v.words != "" {
		return v.listKey(k)
	}
	if v.scene == nil {
		return v, nil
	}
	prefix := v.prefix
	v.prefix = false
	switch k {
	case "g":
		if v.prefix = !prefix; v.prefix {
			return v, nil
		}
		return v.far(-1, 1<<20), nil
	case "e":
		if prefix {
			return v.far(1, 1<<20), nil
		}
	case "end":
		return v.far(1, 1<<20), nil
	case "ctrl+d", "pgdown":
		return v.far(1, half), nil
	case "ctrl+u", "pgup":
		return v.far(-1, half), nil
	case "h", "left", "l", "right":
		if k == "left" {
			k = "h"
		} else if k == "right" {
			k = "l"
		}
		return v.stepTo(k)
	case "j", "down":
		return v.stepped(1), nil
	case "k", "up":
		return v.stepped(-1), nil
	case "z":
		if v.depth == topology.Most {
			return v, say(release.Planned, "the graph is shown to its greatest depth")
		}
		v.depth++
		return v.settled(), nil
	case "-":
		if v.depth == 1 {
			return v, say(release.Planned, "only what calls it and what it calls is shown")
		}
		v.depth--
		return v.settled(), nil
	case "v":
		all := v.lenses()
		v.lens = all[(slices.Index(all, v.lens)+1)%len(all)]
		return v, nil
	case ".", "home":
		v.cursor, v.trail = v.focus, nil
		return v, nil
	case "enter":
		return v.entered()
	}
	return v, nil
}

// lenses are those whose data the map has.
func (v View) lenses() []lens {
	out := []lens{byBlast}
	if v.m.Owners {
		out = append(out, byOwner)
	}
	if v.m.Versions {
		out = append(out, byVersion)
	}
	return out
}

// entered refocuses on the node under the cursor, and opens the first change of the focus.
func (v View) entered() (View, tea.Cmd) {
	a := v.node(v.cursor)
	switch {
	case a == nil:
		return v, say(release.Planned, "this is a team; / finds one of its services")
	case a.ID != v.focus:
		return v, open("graph", a.ID)
	case len(a.Changes) > 0:
		return v, open("change", a.Changes[0].ID)
	}
	return v, say(release.Planned, a.ID+" is the focus, and no change of it is open")
}

func open(view, id string) tea.Cmd {
	return func() tea.Msg { return views.Open{View: view, ID: id} }
}

// stepTo goes along an edge. The opposite key walks the same edges back.
func (v View) stepTo(k string) (View, tea.Cmd) {
	if n := len(v.trail); n > 0 && v.trail[n-1].key != k && v.scene.draws(v.m, v.trail[n-1].from) {
		v.cursor, v.trail = v.trail[n-1].from, v.trail[:n-1:n-1]
		return v, nil
	}
	to := ""
	if v.scene.dag != nil {
		if n := v.scene.next(v.scene.find(v.cursor), k == "h"); n >= 0 {
			to = v.scene.boxes[n].id
		}
	} else {
		to = v.outward(k == "h")
	}
	if to == "" {
		return v, say(release.Planned, v.end(k == "h"))
	}
	v.trail = append(v.trail[:len(v.trail):len(v.trail)], hop{k, v.cursor})
	v.cursor = to
	return v, nil
}

// came reports whether the cursor came by a box.
func (v View) came(id string) bool {
	return slices.ContainsFunc(v.trail, func(h hop) bool { return h.from == id })
}

// end says why no step leads to the callers or to the callees.
func (v View) end(left bool) string {
	side, all, some := catalog.Callees, "%s calls nothing", "what %s calls is not shown; z shows more"
	if left {
		side, all, some = catalog.Callers, "nothing calls %s", "what calls %s is not shown; z shows more"
	}
	if n, ok := v.m.Find(v.cursor); ok {
		for range v.m.Index.Next(n, side) {
			return fmt.Sprintf(some, v.cursor)
		}
		return fmt.Sprintf(all, v.cursor)
	}
	return "no link of this team leads there"
}

// outward is where an edge leads to in three columns: from the focus to the first of a side, from a node of a side
// to what it hangs on or to the first below it.
func (v View) outward(left bool) string {
	h := v.scene.hood
	n, ok := v.m.Find(v.cursor)
	if !ok {
		return ""
	}
	for _, side := range []struct {
		list []topology.Neighbour
		out  bool // the key leads away from the focus
	}{{h.Callers, left}, {h.Callees, !left}} {
		for _, b := range side.list {
			switch {
			case side.out && b.Via == n && (n == h.Focus || v.sideOf(n, side.list)):
				return v.m.Nodes[b.Node].ID
			case !side.out && b.Node == n:
				return v.m.Nodes[b.Via].ID
			}
		}
	}
	return ""
}

func (v View) sideOf(n int32, list []topology.Neighbour) bool {
	return slices.ContainsFunc(list, func(b topology.Neighbour) bool { return b.Node == n })
}

// draws reports whether a node or a team's box is drawn.
func (s *scene) draws(m *topology.Map, id string) bool {
	if s.dag != nil {
		return s.find(id) >= 0
	}
	n, ok := m.Find(id)
	return ok && slices.Contains(s.hood.Nodes(), n)
}

// stepped goes to the next node of the layer, or of the column.
func (v View) stepped(by int) View {
	if v.scene.dag != nil {
		if n := v.scene.beside(v.scene.find(v.cursor), by); n >= 0 {
			v.cursor, v.trail = v.scene.boxes[n].id, nil
		}
		return v
	}
	n, _ := v.m.Find(v.cursor)
	for _, list := range [][]topology.Neighbour{v.scene.hood.Callers, v.scene.hood.Callees} {
		k := slices.IndexFunc(list, func(b topology.Neighbour) bool { return b.Node == n })
		if k >= 0 && k+by >= 0 && k+by < len(list) {
			v.cursor, v.trail = v.m.Nodes[list[k+by].Node].ID, nil
			return v
		}
		if k >= 0 {
			return v
		}
	}
	return v
}

// half is how many nodes of a layer or a column half a page is.
const half = 5

// far takes up to n steps down or up the layer, or the column.
func (v View) far(by, n int) View {
	for range min(n, len(v.m.Nodes)) {
		was := v.cursor
		if v = v.stepped(by); v.cursor == was {
			break
		}
	}
	return v
}

// listKey answers the keys in the list of what was found.
func (v View) listKey(k string) (View, tea.Cmd) {
	rows := max(v.h-2, 1)
	by := map[string]int{"j": 1, "down": 1, "k": -1, "up": -1, "ctrl+d": rows / 2, "pgdown": rows / 2, "ctrl+u": -rows / 2, "pgup": -rows / 2, "home": -1 << 20, "g": -1 << 20, "end": 1 << 20, "e": 1 << 20}[k]
	at := v.place()
	switch {
	case at < 0:
	case by != 0:
		at = max(0, min(at+by, len(v.found)-1))
		v.at = v.m.Nodes[v.found[at]].ID
		v.top = kit.Scroll(v.top, at, rows, len(v.found))
	case k == "enter" || k == "l":
		if v.at == v.focus {
			return v, say(release.Planned, v.at+" is the focus; esc goes back to it")
		}
		return v, open("graph", v.at)
	}
	return v, nil
}

// Hints are the keys of the screen.
func (v View) Hints(views.Frame) []kit.Hint {
	end := []kit.Hint{{Key: "/", Label: "find"}, {Key: "esc"}, {Key: "?"}}
	switch {
	case v.m == nil || v.focus == "":
		return end
	case v.words != "":
		return append([]kit.Hint{{Key: "j/k", Label: "node"}, {Key: "⏎", Label: "focus"}}, end...)
	}
	out := []kit.Hint{{Key: "h", Label: "callers"}, {Key: "l", Label: "callees"}, {Key: "j/k", Label: "node"}}
	a := v.node(v.cursor)
	switch {
	case a == nil:
	case a.ID != v.focus:
		out = append(out, kit.Hint{Key: "⏎", Label: "refocus"})
	case len(a.Changes) > 0:
		out = append(out, kit.Hint{Key: "⏎", Label: a.Changes[0].ID})
	}
	if len(v.lenses()) > 1 {
		out = append(out, kit.Hint{Key: "v", Label: "lens"})
	}
	return append(append(out, kit.Hint{Key: "z/-", Label: "depth"}), end...)
}

// Keys are all keys by which one looks here.
func (v View) Keys() []kit.Hint {
	return []kit.Hint{{Key: "h", Label: "callers"}, {Key: "l", Label: "callees"}, {Key: "⏎", Label: "refocus"}, {Key: "v", Label: "lens"}, {Key: "z/-", Label: "depth"}, {Key: ".", Label: "focus"}, {Key: "j/k", Label: "node"}}
}
