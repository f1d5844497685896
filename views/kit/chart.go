package kit

import (
	"math"

	"signalbox/themes"
)

// None is a place of a sparkline or a chart where there was nothing to measure, as NaN is one that was lost.
var None = math.Inf(-1)

// Chart is a braille chart of h rows: two values a cell, four dots a row, the newest at the right. Area is
// filled from the floor, Line drawn over it. Of more values than fit the last are shown; fewer end at the
// right. NaN is lost data: the chart stops there with "┊". None is left blank.
type Chart struct {
	Area, Line []float64
	Low, High  float64 // the scale; equal: taken from the values
	Limit      float64 // rows at or over it take Over, and it is drawn as "┈"; 0: none
	Over       Style   // AspectNumber of the verdict
	Dark       bool    // the feed is dark: what is known is faint
}

// braille are the bits of the dots of a cell, from the top down, left and right.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// Chart draws ch in w by h cells from (x, y). Blank cells are left as they are.
func (c Canvas) Chart(x, y, w, h int, ch Chart) {
	if w < 1 || h < 1 {
		return
	}
	area, line := atRight(ch.Area, 2*w), atRight(ch.Line, 2*w)
	lo, hi := ch.Low, ch.High
	if lo == hi {
		lo, hi = extremes(append(append([]float64{}, area...), line...))
	}
	level := func(v float64) int { // dots from the floor; 0 where there is no value
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return 0
		}
		if !(hi > lo) {
			return 1
		}
		return int(unit((v-lo)/(hi-lo))*float64(4*h-1)+0.5) + 1
	}
	limit := -1 // the row of the limit
	if ch.Limit != 0 {
		limit = h - 1 - (level(ch.Limit)-1)/4
	}
	lost := func(i int) bool {
		return i >= 0 && (math.IsNaN(area[2*i]) || math.IsNaN(area[2*i+1]) || math.IsNaN(line[2*i]) || math.IsNaN(line[2*i+1]))
	}
	for i := range w {
		for row := range h {
			if lost(i) {
				if !lost(i - 1) {
					c.Put(x+i, y+row, "┊", Style{Fg: themes.Dark})
				}
				continue
			}
			filled, drawn := rune(0), rune(0)
			for side := range 2 {
				top, over := level(area[2*i+side]), level(line[2*i+side])
				for dot := range 4 {
					n := 4*(h-row) - dot // of this dot, from the floor
					if n <= top {
						filled |= braille[dot][side]
					}
					if n == over {
						drawn |= braille[dot][side]
					}
				}
			}
			switch {
			case filled|drawn != 0:
				c.Put(x+i, y+row, string(0x2800+(filled|drawn)), ch.style(filled != 0, limit >= 0 && row <= limit))
			case row == limit:
				c.Put(x+i, y+row, "┈", Style{Fg: themes.Caution})
			}
		}
	}
}

// style of a cell: the line alone is faint, the area dim, and what stands at the limit or over it as Over says.
func (ch Chart) style(area, over bool) Style {
	switch {
	case ch.Dark || !area:
		return Faint()
	case over:
		return ch.Over
	}
	return Meta()
}

// atRight are the last n values; what is missing before them was nothing to measure.
func atRight(v []float64, n int) []float64 {
	if len(v) >= n {
		return v[len(v)-n:]
	}
	out := make([]float64, n)
	for i := range out[:n-len(v)] {
		out[i] = None
	}
	copy(out[n-len(v):], v)
	return out
}
