package graph

import (
	"slices"
	"strconv"

	"signalbox/release/catalog"
	"signalbox/release/topology"
	"signalbox/views"
	"signalbox/views/graph/layered"
	"signalbox/views/kit"
)

type step = catalog.Step

// drawLayers paints the boxes in layers, the legend under them, and the facts below.
func (v View) drawLayers(c kit.Canvas, s *scene, f views.Frame) {
	d := s.dag
	area := c.Sub(left(c.W(), d.W), 1, d.W, s.rows)
	for y := range min(d.H, area.H()) {
		for x := range d.W {
			cell := d.At(x, y)
			if r := cell.Rune(); r != ' ' {
				double := false
				for _, arm := range cell {
					double = double || arm == layered.Double
				}
				area.Put(x, y, string(r), edgeStyle(double))
			}
		}
	}
	for k, b := range d.Boxes {
		v.drawBox(area.Sub(b.X, b.Y, b.W, d.Tall), s, k, f)
	}
	y := 1 + s.rows
	c.WriteIn(1, y, c.W()-2, v.legend(s)...)
	v.drawFacts(c.Sub(0, y+1, c.W(), c.H()-y-1), s, f)
}

// left is the column where a drawing of a width begins on a body of a width.
func left(w, drawing int) int { return 1 + max(0, (w-2-drawing)/2) }

// legend explains the signs that are drawn.
func (v View) legend(s *scene) []kit.Run {
	var double, async, single, back, vendor bool
	for _, l := range s.links {
		double, async = double || l.Style == layered.Double, async || l.Style == layered.Dash
	}
	for _, b := range s.boxes {
		if b.node >= 0 {
			a := &v.m.Nodes[b.node]
			single, back, vendor = single || a.Single != nil, back || a.Cycle > 0, vendor || a.Kind == topology.Vendor
		}
	}
	var out []kit.Run
	add := func(on bool, sign string, style kit.Style, word string) {
		if on {
			out = append(out, kit.T(sign, style), kit.T(" "+word+"   ", kit.Meta()))
		}
	}
	add(double, "═", edgeStyle(true), "blast radius")
	add(true, "─", edgeStyle(false), "sync")
	add(async, "┄", edgeStyle(false), "async")
	add(single, "◉", edgeStyle(true), "SPOF")
	if slices.Contains(s.dag.Tail, true) {
		add(true, "◂┄↺", edgeStyle(true), "cycle, to the left")
	} else {
		add(back, "↺", edgeStyle(true), "cycle")
	}
	add(vendor, "┅", kit.Meta(), "vendor")
	add(true, "┏┓", kit.Here(), "focus")
	return append(out, kit.T("three arms join, four cross", kit.Meta()))
}

// drawBox paints one box on a canvas of its size.
func (v View) drawBox(c kit.Canvas, s *scene, k int, f views.Frame) {
	b := s.boxes[k]
	focus := b.node == s.hood.Focus
	w, h := c.W(), c.H()
	line, tl, tr, bl, br, flat, wall := kit.Faint(), "┌", "┐", "└", "┘", "─", "│"
	if v.came(b.id) { // the path walked stays bright
		line = kit.Plain()
	}
	if focus {
		line, tl, tr, bl, br, flat, wall = kit.Here(), "┏", "┓", "┗", "┛", "━", "┃"
	}
	c.Put(0, 0, tl, line)
	c.Repeat(1, 0, w-2, flat, line)
	c.Put(w-1, 0, tr, line)
	for y := 1; y < h-1; y++ {
		c.Put(0, y, wall, line)
		c.Put(w-1, y, wall, line)
	}
	c.Put(0, h-1, bl, line)
	c.Repeat(1, h-1, w-2, flat, line)
	c.Put(w-1, h-1, br, line)
	if in := s.dag.In[k]; in != layered.None {
		c.Put(0, 1, "▸", edgeStyle(in == layered.Double))
	}
	if out := s.dag.Out[k]; out != layered.None {
		sign := "├"
		if focus {
			sign = "┠"
		} else if out == layered.Double {
			sign = "╞"
		}
		style := line
		if out == layered.Double {
			style = edgeStyle(true)
		}
		c.Put(w-1, 1, sign, style)
	}
	if s.dag.Tail[k] {
		c.Put(0, 2, "↺", edgeStyle(true))
	}
	if s.dag.Head[k] {
		c.Put(w-1, 2, "◂", edgeStyle(false))
	}
	in := w - 2
	name := nameStyle(v.aspect(b))
	if focus {
		name = name.With(kit.Strong().Attr)
	}
	mark := kit.Mark(v.aspect(b))
	if b.node >= 0 {
		mark = shape(&v.m.Nodes[b.node])
	}
	x := c.Write(1, 1, mark, kit.T(" ", kit.Plain()))
	c.Put(x, 1, kit.TruncateMiddle(v.name(b), in-2), name)
	if h > 3 {
		c.Write(3, 2, fitted(v.boxTokens(b, f), in-2)...)
	}
	if b.id == v.cursor {
		for y := 1; y < h-1; y++ {
			c.Select(1, y, in)
		}
		switch { // on the wall, where no line comes in
		case h > 3 && !s.dag.Tail[k]:
			c.Put(0, 2, "▌", kit.Here())
		case s.dag.In[k] == layered.None:
			c.Put(0, 1, "▌", kit.Here())
		default:
			c.Put(0, h-1, "▌", kit.Here())
		}
	}
}

func (v View) boxTokens(b box, f views.Frame) []kit.Run {
	if b.node >= 0 {
		return v.tokens(&v.m.Nodes[b.node], f)
	}
	return []kit.Run{kit.T(strconv.Itoa(len(b.members))+" services", kit.Meta())}
}
