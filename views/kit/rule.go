package kit

import "signalbox/themes"

// Rule is the heading of a section: "── TITLE n ────── note ─". It costs no extra row.
type Rule struct {
	Title []Run // Heading makes the usual one
	Note  []Run // order, deadline, key; left out where it does not fit
	Focus bool  // the focused pane: heavy, its first two cells lit
}

// Heading is a title in capitals with its count ("" for none), bold, and what follows in dim.
func Heading(title, count, rest string) []Run {
	if count != "" {
		title += " " + count
	}
	runs := []Run{{title, Strong()}}
	if rest != "" {
		runs = append(runs, Run{" " + rest, Meta()})
	}
	return runs
}

// Rule draws r over the whole width of row y.
func (c Canvas) Rule(y int, r Rule) {
	g := "─"
	if r.Focus {
		g = "━"
	}
	c.Repeat(0, y, c.w, g, Line())
	if r.Focus {
		c.Repeat(0, y, min(2, c.w), g, Here())
	}
	if len(r.Title) == 0 && len(r.Note) == 0 {
		return
	}
	c.legend(2, c.w-1, y, r.Title, r.Note)
}

// legend writes title and note onto a rule between columns left and right, each with a blank at both
// sides, and keeps at least one cell of rule between them.
func (c Canvas) legend(left, right, y int, title, note []Run) {
	if room := right - left; room < 3 {
		return
	}
	x := left
	if len(title) > 0 {
		c.Put(x, y, " ", Line())
		x = c.WriteIn(x+1, y, right-left-2, title...)
		x = c.Put(x, y, " ", Line())
	}
	if n := RunsWidth(note); n > 0 && x+1+n+2 <= right {
		c.Put(right-n-2, y, " ", Line())
		c.Write(right-n-1, y, note...)
		c.Put(right-1, y, " ", Line())
	}
}

// Divider draws the line between two panes, h cells down from (x, y).
func (c Canvas) Divider(x, y, h int) {
	for i := range h {
		c.set(x, y+i, "│", 1, Line())
	}
}

// Box draws a box around the whole canvas, with title and note in its upper edge, and returns its inside.
// Heavy is where one acts; s is Line or Here, or an aspect's style where the number inside is itself bad.
func (c Canvas) Box(heavy bool, s Style, title, note []Run) Canvas {
	g := [6]string{"┌", "─", "┐", "│", "└", "┘"}
	if heavy {
		g = [6]string{"┏", "━", "┓", "┃", "┗", "┛"}
	}
	r, b := c.w-1, c.h-1
	c.Repeat(1, 0, c.w-2, g[1], s)
	c.Repeat(1, b, c.w-2, g[1], s)
	for y := 1; y < b; y++ {
		c.set(0, y, g[3], 1, s)
		c.set(r, y, g[3], 1, s)
	}
	c.set(0, 0, g[0], 1, s)
	c.set(r, 0, g[2], 1, s)
	c.set(0, b, g[4], 1, s)
	c.set(r, b, g[5], 1, s)
	if len(title)+len(note) > 0 {
		c.legend(2, c.w-2, 0, title, note)
	}
	return c.Sub(1, 1, c.w-2, c.h-2)
}

// SheetWidth is the width of a sheet's box.
const SheetWidth = 78

// Sheet is the heavy box in which a decision is made.
type Sheet struct {
	Title []Run // "APPROVE CHG-4182" bold, then the name
	Note  []Run // at the right of the upper edge: "risk 62 M"
	Rows  int   // rows inside
	Width int   // of the box; 0: SheetWidth
	Top   bool  // two rows below the top (help, palette) instead of docked at the bottom
}

// Sheet draws s over the body c, which should be Dim already, and returns the inside: without the box and
// one blank column at each side. Rows behind it are cleared from edge to edge. A sheet that is higher than
// the body loses its last rows.
func (c Canvas) Sheet(s Sheet) Canvas {
	w := s.Width
	if w == 0 {
		w = SheetWidth
	}
	w = min(w, c.w)
	h := min(s.Rows+2, c.h)
	x, y := (c.w-w)/2, c.h-h
	if s.Top {
		y = min(2, c.h-h)
	}
	c.Fill(0, y, c.w, h, Style{})
	c.Fill(x, y, w, h, Style{Back: themes.Raised})
	in := c.Sub(x, y, w, h).Box(true, Here(), s.Title, s.Note)
	return in.Sub(1, 0, in.w-2, in.h)
}

// Rail paints row y edge to edge as the rail of the sandbox; write its words in Sandbox or Plain.
func (c Canvas) Rail(y int) {
	c.Fill(0, y, c.w, 1, Style{Back: themes.SandboxBg})
}

// Edge draws the rail's left edge down rows y0 up to but not including y1. A cursor sits on it.
func (c Canvas) Edge(y0, y1 int) {
	for y := y0; y < y1; y++ {
		p := c.at(0, y)
		if p == nil {
			continue
		}
		s := Style{Fg: themes.Sandbox, Back: themes.SandboxBg}
		if p.text == "▌" {
			p.style.Back = themes.SandboxBg
			p.style.Attr &^= themes.Selected
			continue
		}
		p.style.Attr &^= themes.Selected
		c.set(0, y, "░", 1, s)
	}
}
