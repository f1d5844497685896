package kit

import (
	"math"

	"signalbox/themes"
)

// Chart is an area over time in Braille: two columns of four dots in each cell.
type Chart struct {
	Values []float64 // evenly spaced over the whole width, oldest first; NaN is unknown
	High   float64   // the top of the scale; more is cut off there. 0: the highest value
	// Limits are the levels from which on cells take another style, lowest first. Each has a line of its own
	// where the area does not reach.
	Limits []Limit
}

// Limit is a level of a chart.
type Limit struct {
	At    float64
	Style Style // of the cells whose area reaches it
}

// Chart draws ch in w by h cells from (x, y). Where there are more values than dots, a column of dots has the
// highest of its own, so that no spike is lost. A value that is known has at least one dot, so that nothing is
// not taken for unknown; where what was known ends, a dotted line stands.
func (c Canvas) Chart(x, y, w, h int, ch Chart) {
	if w < 1 || h < 1 {
		return
	}
	cols := spread(ch.Values, 2*w)
	high := ch.High
	if !(high > 0) {
		for _, v := range cols {
			if !math.IsNaN(v) {
				high = max(high, v)
			}
		}
	}
	if !(high > 0) {
		high = 1
	}
	for _, l := range ch.Limits {
		if row := h - 1 - int(l.At/high*float64(h)); l.At > 0 && row >= 0 && row < h {
			c.Repeat(x, y+row, w, "┈", Faint())
		}
	}
	for i := range w {
		left, right := cols[2*i], cols[2*i+1]
		a, b := heightOf(left, high, h), heightOf(right, high, h)
		if a+b == 0 {
			if i > 0 && !(math.IsNaN(cols[2*i-1]) && math.IsNaN(cols[2*i-2])) {
				for r := range h {
					c.Put(x+i, y+r, "┊", Style{Fg: themes.Dark})
				}
			}
			continue
		}
		for r := range h {
			below := 4 * (h - 1 - r) // dots under this row
			m, n := clamp(a-below, 0, 4), clamp(b-below, 0, 4)
			if m+n == 0 {
				continue
			}
			top := float64(h-r) / float64(h) * high
			c.Put(x+i, y+r, string(rune(0x2800+leftDots[m]+rightDots[n])), ch.style(min(top, above(left, right))))
		}
	}
}

// style is that of a cell whose area ends at a value.
func (ch Chart) style(v float64) Style {
	s := Meta()
	for _, l := range ch.Limits {
		if v >= l.At {
			s = l.Style
		}
	}
	return s
}

// leftDots and rightDots are the patterns of the lowest n dots of a column of a Braille cell.
var (
	leftDots  = [5]int{0, 0x40, 0x44, 0x46, 0x47}
	rightDots = [5]int{0, 0x80, 0xA0, 0xB0, 0xB8}
)

// above is the higher of two values of which one may be unknown.
func above(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// heightOf is how many dots of 4·h a value has.
func heightOf(v, high float64, h int) int {
	if math.IsNaN(v) {
		return 0
	}
	return clamp(int(math.Round(min(v/high, 1)*float64(4*h))), 1, 4*h)
}

// spread gives each of n columns the highest of its values; fewer values than columns are repeated.
func spread(v []float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
		if len(v) == 0 {
			continue
		}
		from, to := i*len(v)/n, (i+1)*len(v)/n
		for k := from; k < max(to, from+1) && k < len(v); k++ {
			out[i] = above(out[i], v[k])
		}
	}
	return out
}
