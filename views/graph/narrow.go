package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"signalbox/release/catalog"
	"signalbox/release/topology"
	"signalbox/views"
	"signalbox/views/kit"
)

// columns is where the three columns stand: the dividers, the width of the box between them, and their rows.
type columns struct{ left, right, box, head, h int }

func (s *scene) columns(w, h int) columns {
	c := columns{box: max(20, min(w/4, 30)), head: 2}
	c.left = (w - c.box - 6) / 2 // of the callers' divider
	c.right = c.left + c.box + 3
	if h >= 22 {
		c.head = 3
	}
	most := max(len(s.hood.Callers), len(s.hood.Callees), 5)
	c.h = max(5, min(most, (h-c.head)*2/5))
	if w >= wide {
		c.h = max(5, min(most, (h-c.head)/2))
	}
	return c
}

// topOf is the first node of a side that is on the screen, of which h are.
func (v View) topOf(list []topology.Neighbour, h int) int {
	n, _ := v.m.Find(v.cursor)
	at := slices.IndexFunc(list, func(b topology.Neighbour) bool { return b.Node == n })
	return kit.Scroll(0, max(at, 0), h, len(list))
}

// drawColumns paints callers, focus and callees beside each other, and the facts below.
func (v View) drawColumns(c kit.Canvas, s *scene, f views.Frame) {
	w, at := c.W(), s.columns(c.W(), c.H())
	boxW, left, right, head, h := at.box, at.left, at.right, at.head, at.h
	c.PutIn(1, 1, left-2, fmt.Sprintf("CALLED BY %d", len(s.hood.Callers)), kit.Meta())
	c.PutIn(left+3, 1, boxW, "FOCUS", kit.Meta())
	c.PutIn(right+2, 1, w-right-3, fmt.Sprintf("CALLS %d", len(s.hood.Callees)), kit.Meta())
	if note := v.edgesDark(f); note != nil && w < wide {
		c.WriteRight(w-1, 1, note...)
	}
	for y := 1; y < head+h; y++ {
		c.Put(left, y, "│", kit.Line())
		c.Put(right, y, "│", kit.Line())
	}
	area := c.Sub(0, head, w, h)
	v.drawFocus(area.Sub(left+2, 0, boxW, h), s, f)
	v.drawSide(area, s, s.hood.Callers, 0, left, true, f)
	v.drawSide(area, s, s.hood.Callees, right+1, w-right-1, false, f)
	v.drawFacts(c.Sub(0, head+h, w, c.H()-head-h), s, f)
}

// drawFocus is the heavy box.
func (v View) drawFocus(c kit.Canvas, s *scene, f views.Frame) {
	a := &v.m.Nodes[s.hood.Focus]
	w := c.W()
	in := c.Box(true, kit.Here(), nil, nil)
	name := nameStyle(a.Aspect).With(kit.Strong().Attr)
	x := in.Write(1, 0, shape(a), kit.T(" ", kit.Plain()))
	in.Put(x, 0, kit.TruncateMiddle(title(a), w-6), name)
	lines := [][]kit.Run{fitted(v.tokens(a, f), w-6)}
	tier := kit.T("no catalog declares it", kit.Meta())
	switch a.Kind {
	case topology.Service:
		tier = kit.T(fmt.Sprintf("tier %d", a.Tier), kit.Meta())
	case topology.Vendor:
		tier = kit.T(a.Title, kit.Meta())
	}
	lines = append(lines, []kit.Run{tier})
	if len(a.Regions) > 0 {
		lines = append(lines, []kit.Run{kit.T(strings.ToUpper(strings.Join(a.Regions, " ")), kit.Meta())})
	}
	if a.Team != "" && v.lens != byOwner {
		lines = append(lines, []kit.Run{kit.T(a.Team, kit.Meta())})
	}
	if a.Single != nil {
		lines = append(lines, []kit.Run{kit.T(a.Single.Where(), kit.Meta())})
	}
	for y, l := range lines {
		in.WriteIn(3, y+1, w-6, l...)
	}
	if a.ID == v.cursor {
		c.Put(0, 1, "▌", kit.Here())
		in.Select(0, 0, in.W())
	}
}

// drawSide lists one side as a tree, a row a node, and joins those next to the focus to its box.
func (v View) drawSide(c kit.Canvas, s *scene, list []topology.Neighbour, x, w int, callers bool, f views.Frame) {
	if len(list) == 0 {
		word := "calls nothing"
		if callers {
			word = "nothing calls it"
		}
		c.PutIn(x+1, 0, w-2, word, kit.Meta())
		return
	}
	n, _ := v.m.Find(v.cursor)
	at := slices.IndexFunc(list, func(b topology.Neighbour) bool { return b.Node == n })
	h := c.H()
	top := v.topOf(list, h)
	for k := top; k < min(top+h, len(list)); k++ {
		b, y := list[k], k-top
		a := &v.m.Nodes[b.Node]
		indent := b.Depth - 1
		col := x + 1 + indent
		// What fell away above and below is counted at the edge of its side.
		room := w - 2 - indent
		more := ""
		if k == top && top > 0 {
			more = "↑" + strconv.Itoa(top)
		} else if k == top+h-1 && k+1 < len(list) {
			more = "↓" + strconv.Itoa(len(list)-k-1)
		}
		if more != "" {
			room -= kit.Width(more) + 1
		}
		if b.Depth > 1 {
			branch := "└"
			if b.Carries && callers {
				branch = "╘"
			}
			c.Put(col-1, y, branch, edgeStyle(b.Carries && callers))
		}
		end := c.Write(col, y, shape(a), kit.T(" ", kit.Plain()))
		rest := col + room - end
		name := kit.TruncateMiddle(title(a), max(rest, 0))
		style := nameStyle(a.Aspect)
		if v.came(a.ID) { // the path walked stays bright
			style = style.With(kit.Strong().Attr)
		}
		end = c.Put(end, y, name, style)
		if rest = col + room - end - 1; rest > 2 {
			tokens := v.tokens(a, f)
			if !strings.HasPrefix(tokens[0].Text, kit.Unknown) && kit.Width(tokens[0].Text) > rest && rest < 6 {
				tokens = tokens[1:]
			}
			c.Write(end+1, y, fitted(tokens, rest)...)
		}
		if more != "" {
			c.PutRight(x+w-1, y, more, kit.Meta())
		}
		if b.Depth == 1 {
			v.drawJoin(c, x, w, y, b, callers)
		}
		if k == at {
			c.Put(x, y, "▌", kit.Here())
			c.Select(x, y, w)
		}
	}
}

// drawJoin is the line between a neighbour and the box: double where it is of the blast radius.
func (v View) drawJoin(c kit.Canvas, x, w, y int, b topology.Neighbour, callers bool) {
	style := edgeStyle(b.Carries && callers)
	flat := "─"
	switch {
	case b.Kind == catalog.Async:
		flat = "┄"
	case b.Carries && callers:
		flat = "═"
	}
	if callers {
		sign := "├"
		if flat == "═" {
			sign = "╞"
		}
		c.Put(x+w, y, sign, style)
		c.Put(x+w+1, y, flat, style)
		return
	}
	c.Put(x-2, y, flat, style)
	c.Put(x-1, y, "┤", style)
}
