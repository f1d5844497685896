package kit

import (
	"math"
	"slices"

	"signalbox/themes"
)

// None is a place of a sparkline or a chart where there was nothing to measure, as NaN is one that was lost.
var None = math.Inf(-1)

// Chart is a Braille chart of h rows: two columns of four dots in each cell, oldest first. Area is filled from
// the floor, Line drawn over it. NaN is lost data: where it begins, a dotted line stands. None is left blank.
type Chart struct {
	Area, Line []float64
	// Spread gives the values the whole width: of more values than columns each column has the highest of its
	// own, so that no spike is lost. Else the newest is at the right, and the last that fit are shown.
	Spread    bool
	Low, High float64 // the scale; what is beyond is cut off there. Equal: taken from the values
	// Limits are the levels from which on cells take another style, lowest first. Each has a line of its own
	// where the chart does not reach.
	Limits []Limit
	Dark   bool // the feed is dark: what is known is faint
}

// Limit is a level of a chart.
type Limit struct {
	At    float64
	Style Style // of the cells whose area reaches it
}

// braille are the bits of the dots of a cell, from the top down, left and right.
var braille = [4][2]rune{{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}

// Chart draws ch in w by h cells from (x, y). Blank cells are left as they are. A value that is known has at
// least one dot, so that nothing is not taken for unknown.
func (c Canvas) Chart(x, y, w, h int, ch Chart) {
	if w < 1 || h < 1 {
		return
	}
	place := atRight
	if ch.Spread {
		place = spread
	}
	area, line := place(ch.Area, 2*w), place(ch.Line, 2*w)
	lo, hi := ch.Low, ch.High
	if lo == hi {
		lo, hi = extremes(slices.Concat(area, line))
	}
	level := func(v float64) int { // dots from the floor; 0 where there is no value
		if math.IsNaN(v) || math.IsInf(v, -1) {
			return 0
		}
		if !(hi > lo) {
			return 1
		}
		return int(unit((v-lo)/(hi-lo))*float64(4*h-1)+0.5) + 1
	}
	for _, l := range ch.Limits {
		if hi > lo && l.At > lo && l.At <= hi {
			c.Repeat(x, y+h-1-(level(l.At)-1)/4, w, "┈", Faint())
		}
	}
	lost := func(i int) bool {
		return math.IsNaN(area[2*i]) && math.IsNaN(area[2*i+1]) || math.IsNaN(line[2*i]) && math.IsNaN(line[2*i+1])
	}
	for i := range w {
		if lost(i) {
			if i > 0 && !lost(i-1) {
				for row := range h {
					c.Put(x+i, y+row, "┊", Style{Fg: themes.Dark})
				}
			}
			continue
		}
		for row := range h {
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
			if filled|drawn != 0 {
				top := lo + float64(h-row)/float64(h)*(hi-lo)
				c.Put(x+i, y+row, string(0x2800+(filled|drawn)), ch.style(filled != 0, min(top, above(area[2*i], area[2*i+1]))))
			}
		}
	}
}

// style of a cell: the line alone is faint, the area dim, and what reaches a limit as that says.
func (ch Chart) style(area bool, v float64) Style {
	if ch.Dark || !area {
		return Faint()
	}
	s := Meta()
	for _, l := range ch.Limits {
		if v >= l.At {
			s = l.Style
		}
	}
	return s
}

// above is the higher of two values of which one may be lost.
func above(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// atRight are the last n values; what is missing before them was nothing to measure.
func atRight(v []float64, n int) []float64 {
	if len(v) >= n {
		return v[len(v)-n:]
	}
	return append(slices.Repeat([]float64{None}, n-len(v)), v...)
}

// spread gives each of n columns the highest of its values; fewer values than columns are repeated.
func spread(v []float64, n int) []float64 {
	if len(v) == 0 {
		return slices.Repeat([]float64{None}, n)
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
		from, to := i*len(v)/n, (i+1)*len(v)/n
		for k := from; k < max(to, from+1) && k < len(v); k++ {
			out[i] = above(out[i], v[k])
		}
	}
	return out
}
