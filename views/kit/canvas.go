package kit

import (
	"sync"

	"signalbox/themes"
)

// Style is what a cell means. The zero Style is plain text.
type Style = themes.Style

// Run is text of one style.
type Run struct {
	Text  string
	Style Style
}

// T makes a run.
func T(text string, s Style) Run { return Run{text, s} }

// cell is one column of one row. A wide cluster has width 2 and is followed by a cell of width 0.
type cell struct {
	text  string // one cleaned grapheme cluster; empty: blank
	style Style
	width uint8
}

type buffer struct {
	w, h  int
	cells []cell
	tier  themes.Tier
}

// Canvas is a rectangle of cells, or a window onto a part of one. It is a small value: pass it by copy.
// Coordinates count from 0 at its upper left; whatever is put outside of it is dropped. A wide character
// that does not fit whole leaves a blank. Screens are drawn in Rich glyphs; Paint translates.
type Canvas struct {
	buf        *buffer
	x, y, w, h int
}

// New makes a blank canvas for terminals of the tier.
func New(w, h int, tier themes.Tier) Canvas {
	w, h = max(w, 0), max(h, 0)
	b := buffers.Get().(*buffer)
	b.w, b.h, b.tier = w, h, tier
	if n := w * h; cap(b.cells) < n {
		b.cells = make([]cell, n)
	} else {
		b.cells = b.cells[:n]
	}
	for i := range b.cells {
		b.cells[i] = cell{width: 1}
	}
	return Canvas{buf: b, w: w, h: h}
}

// buffers are those of canvases that were Freed. A frame is drawn in a fraction of a millisecond and then kept as
// text, so that all sessions get by with a few.
var buffers = sync.Pool{New: func() any { return new(buffer) }}

// Free gives the cells of a canvas that New made to the next one. Neither it nor a part of it may be used then.
func (c Canvas) Free() {
	clear(c.buf.cells) // the texts may go
	buffers.Put(c.buf)
}

// Clear blanks the canvas, so that a session may draw every frame on one.
func (c Canvas) Clear() { c.Fill(0, 0, c.w, c.h, Style{}) }

// W is the width in cells.
func (c Canvas) W() int { return c.w }

// H is the height in rows.
func (c Canvas) H() int { return c.h }

// Tier is the glyph tier for which the canvas is painted.
func (c Canvas) Tier() themes.Tier { return c.buf.tier }

// Sub is the part of c at (x, y) of at most w by h cells. What is drawn on it shows on c.
func (c Canvas) Sub(x, y, w, h int) Canvas {
	x0, y0 := clamp(x, 0, c.w), clamp(y, 0, c.h)
	x1, y1 := clamp(x+w, x0, c.w), clamp(y+h, y0, c.h)
	return Canvas{buf: c.buf, x: c.x + x0, y: c.y + y0, w: x1 - x0, h: y1 - y0}
}

func clamp(v, lo, hi int) int { return max(lo, min(v, hi)) }

// at returns the cell, or nil outside of the window.
func (c Canvas) at(x, y int) *cell {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return nil
	}
	return &c.buf.cells[(c.y+y)*c.buf.w+c.x+x]
}

// set puts one cluster. The background and the selection of the cell stay unless the style has its own.
func (c Canvas) set(x, y int, text string, width int, s Style) {
	p := c.at(x, y)
	if p == nil {
		return
	}
	if width == 2 && x+1 >= c.w {
		text, width = "", 1
	}
	c.split(x, y)
	if width == 2 {
		c.split(x+1, y)
	}
	s = over(s, p.style)
	*p = cell{text: text, style: s, width: uint8(width)}
	if width == 2 {
		*c.at(x+1, y) = cell{style: s}
	}
}

func over(s, below Style) Style {
	if s.Back == themes.Text {
		s.Back = below.Back
	}
	s.Attr |= below.Attr & themes.Selected
	return s
}

// split blanks the other half of a wide character of which (x, y) is a half, also outside of the window.
func (c Canvas) split(x, y int) {
	i := (c.y+y)*c.buf.w + c.x + x
	switch b := c.buf.cells; {
	case b[i].width == 0:
		b[i-1].text, b[i-1].width = "", 1
		b[i].width = 1
	case b[i].width == 2:
		b[i].text, b[i].width = "", 1
		b[i+1].width = 1
	}
}

// Put writes text from (x, y) on and returns the column after it.
func (c Canvas) Put(x, y int, text string, s Style) int {
	for text != "" {
		var g string
		var w int
		g, w, text = next(text)
		if w == 0 {
			continue
		}
		if x >= 0 && x < c.w {
			c.set(x, y, g, w, s)
		} else if x == -1 && w == 2 {
			c.set(0, y, "", 1, s)
		}
		x += w
	}
	return x
}

// PutRight writes text so that it ends before column right, and returns the column at which it starts.
func (c Canvas) PutRight(right, y int, text string, s Style) int {
	x := right - Width(text)
	c.Put(x, y, text, s)
	return x
}

// PutIn writes text into w cells, cut at its end with "…", and returns the column after the text.
func (c Canvas) PutIn(x, y, w int, text string, s Style) int {
	return c.Put(x, y, Truncate(text, min(w, c.w-x)), s)
}

// Write writes runs one after the other and returns the column after them.
func (c Canvas) Write(x, y int, runs ...Run) int {
	for _, r := range runs {
		x = c.Put(x, y, r.Text, r.Style)
	}
	return x
}

// WriteRight writes runs so that they end before column right, and returns the column at which they start.
func (c Canvas) WriteRight(right, y int, runs ...Run) int {
	x := right - RunsWidth(runs)
	c.Write(x, y, runs...)
	return x
}

// WriteIn writes runs into w cells, cut at the end with "…", and returns the column after them.
func (c Canvas) WriteIn(x, y, w int, runs ...Run) int {
	return c.Write(x, y, TruncateRuns(runs, min(w, c.w-x))...)
}

// RunsWidth is the number of cells that runs take.
func RunsWidth(runs []Run) int {
	n := 0
	for _, r := range runs {
		n += Width(r.Text)
	}
	return n
}

// TruncateRuns cuts runs at the end to at most w cells, as Truncate does.
func TruncateRuns(runs []Run, w int) []Run {
	if RunsWidth(runs) <= w {
		return runs
	}
	var out []Run
	for _, r := range runs {
		n := Width(r.Text)
		if n < w {
			out = append(out, r)
			w -= n
			continue
		}
		if w > 0 {
			out = append(out, Run{head(r.Text, w-1) + Ellipsis, r.Style})
		}
		break
	}
	return out
}

// Fill blanks a rectangle, on the background of s.
func (c Canvas) Fill(x, y, w, h int, s Style) {
	for j := max(y, 0); j < min(y+h, c.h); j++ {
		for i := max(x, 0); i < min(x+w, c.w); i++ {
			if i == x || i == x+w-1 || i == 0 || i == c.w-1 {
				c.split(i, j) // only at an edge can a half be left over
			}
			*c.at(i, j) = cell{style: s, width: 1}
		}
	}
}

// Repeat puts the one-cell glyph g n times from (x, y) to the right.
func (c Canvas) Repeat(x, y, n int, g string, s Style) {
	for i := range n {
		c.set(x+i, y, g, 1, s)
	}
}

// Select marks w cells of row y from x as the selected row. Call it after the row is drawn or before.
func (c Canvas) Select(x, y, w int) {
	for i := max(x, 0); i < min(x+w, c.w); i++ {
		if p := c.at(i, y); p != nil {
			p.style.Attr |= themes.Selected
		}
	}
}

// Cursor marks row y of a list pane: "▌" in its gutter and, if the pane has the focus, the selection from
// edge to edge. A pane without the focus keeps a faint "▌" and no background.
func (c Canvas) Cursor(y int, focus bool) {
	if !focus {
		c.Put(0, y, "▌", Faint())
		return
	}
	c.Put(0, y, "▌", Here())
	c.Select(0, y, c.w)
}

// Gone strikes row y through: the object has left the list, but the row keeps its place.
func (c Canvas) Gone(y int) {
	first, last := c.extent(y)
	for x := first; x <= last; x++ {
		p := c.at(x, y)
		p.style = over(Style{Fg: themes.Dim, Attr: themes.Strike}, p.style)
	}
}

// extent returns the first and the last cell of row y that hold text.
func (c Canvas) extent(y int) (first, last int) {
	first, last = c.w, -1
	for x := range c.w {
		if p := c.at(x, y); p != nil && p.text != "" && p.text != " " {
			first, last = min(first, x), x
		}
	}
	return first, last
}
