package graph

import (
	"strings"

	"signalbox/release/topology"
	"signalbox/views"
	"signalbox/views/kit"
)

// focused puts the cursor on the service that was selected where the reader comes from; where it is not drawn, the
// graph is drawn around it. A service that the graph does not have leaves the cursor where it is.
func (v View) focused(m views.Focus) View {
	id := strings.ToLower(m.Service)
	if v.m == nil {
		if v.focus == "" {
			v.focus = id
		}
		return v
	}
	n, ok := v.m.Find(id)
	switch {
	case id == "" || !ok:
		return v
	case v.words != "":
		for k, f := range v.found {
			if f == n {
				v.at = id
				v.top = kit.Scroll(v.top, k, max(v.h-2, 1), len(v.found))
			}
		}
		return v
	case v.scene == nil || !v.scene.draws(v.m, id):
		v.focus = id
	}
	v.cursor, v.trail = id, nil
	return v.settled()
}

// clicked selects the node that is drawn where the mouse was pressed.
func (v View) clicked(m views.Click) View {
	switch {
	case v.m == nil || v.failed != nil && m.Y == v.h-1: // there it says why what is shown is old
		return v
	case v.words != "":
		h := v.h - 2
		if v.failed != nil {
			h--
		}
		if k := kit.Scroll(v.top, v.place(), h, len(v.found)) + m.Y - 2; m.Y >= 2 && m.Y < 2+h && k < len(v.found) {
			v.at = v.m.Nodes[v.found[k]].ID
		}
		return v
	case v.scene == nil:
		return v
	}
	if id := v.drawnAt(m.X, m.Y); id != "" && id != v.cursor {
		v.cursor, v.trail = id, nil
	}
	return v
}

// drawnAt is the id of the node or of the team's box that is drawn in a cell of the body, "" for none.
func (v View) drawnAt(x, y int) string {
	s := v.scene
	if d := s.dag; d != nil {
		x, y = x-left(v.w, d.W), y-1
		for k, b := range d.Boxes {
			if x >= b.X && x < b.X+b.W && y >= b.Y && y < b.Y+d.Tall {
				return s.boxes[k].id
			}
		}
		return ""
	}
	h := v.h
	if v.failed != nil {
		h--
	}
	c := s.columns(v.w, h)
	if len(s.hood.Callers)+len(s.hood.Callees) == 0 || y < c.head || y >= c.head+c.h {
		return ""
	}
	side := func(list []topology.Neighbour) string {
		if k := v.topOf(list, c.h) + y - c.head; k < len(list) {
			return v.m.Nodes[list[k].Node].ID
		}
		return ""
	}
	switch {
	case x < c.left:
		return side(s.hood.Callers)
	case x > c.right:
		return side(s.hood.Callees)
	case x >= c.left+2 && x < c.left+2+c.box:
		return v.focus
	}
	return ""
}
