package kit

import (
	"math"

	"signalbox/themes"
)

// Meter draws the thin meter of a row, w cells (at most 12) from (x, y): whole cells "━", a part of 0.3 or
// more "╾", the rest track. share is 0…1; NaN, for lost data, is track only. Leave a blank at each side.
// fill is BarStyle of the row's aspect; quorum, progress and score are always Meta.
func (c Canvas) Meter(x, y, w int, share float64, fill Style) {
	full, part, track := "━", "╾", "─"
	switch c.Tier() {
	case themes.Narrow:
		full, part, track = "=", "-", "-"
	case themes.ASCII:
		full, part, track = "#", ".", "."
	}
	const hair = 1e-9 // 3/10 of ten cells are three cells, whatever binary makes of it
	exact := unit(share)*float64(w) + hair
	n := int(exact)
	c.Repeat(x, y, n, full, fill)
	c.Repeat(x+n, y, w-n, track, Faint())
	if n < w && exact-float64(n) >= 0.3 {
		if part == track {
			return
		}
		c.Put(x+n, y, part, fill)
	}
}

// Hero draws the wide bar of a traffic share, w cells with its caps, rounded to whole cells. A share that
// is not nothing has a cell and one that is not all leaves a cell, so that no version looks gone.
func (c Canvas) Hero(x, y, w int, share float64, fill Style) {
	left, full, track, right := "▕", "█", "░", "▏"
	if c.Tier() != themes.Rich {
		left, full, track, right = "[", "#", ".", "]"
	}
	in := w - 2
	if in < 1 {
		return
	}
	share = unit(share)
	n := int(math.Round(share * float64(in)))
	if share > 0 && n == 0 {
		n = 1
	}
	if share < 1 && n == in && in > 1 {
		n = in - 1
	}
	c.Put(x, y, left, Line())
	c.Repeat(x+1, y, n, full, fill)
	c.Repeat(x+1+n, y, in-n, track, Faint())
	c.Put(x+1+in, y, right, Line())
}

// unit bounds a share to 0…1; NaN is 0.
func unit(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return max(0, min(v, 1))
}

// Spark is a sparkline: one cell a value, the newest at the right.
type Spark struct {
	Values    []float64 // NaN is lost data, None a place where there was nothing to measure
	Low, High float64   // the scale, shared by the sparklines of a column; equal: taken from Values
	Limit     float64   // cells at or over it take Over; 0: none
	Under     bool      // the limit is a floor: cells at or under it take Over
	Over      Style     // AspectNumber of the verdict
	Dark      bool      // the feed is dark: what is known is faint
}

// Spark draws s in w cells from (x, y). Of more values the last w are shown; fewer end at the right.
func (c Canvas) Spark(x, y, w int, s Spark) {
	levels := []rune("▁▂▃▄▅▆▇█")
	v := s.Values
	if len(v) > w {
		v = v[len(v)-w:]
	}
	lo, hi := s.Low, s.High
	if lo == hi {
		lo, hi = extremes(v)
	}
	x += w - len(v)
	for i, f := range v {
		if math.IsInf(f, 0) {
			continue
		}
		if math.IsNaN(f) {
			c.Put(x+i, y, "┊", Style{Fg: themes.Dark})
			continue
		}
		level := 0
		if hi > lo {
			level = int(unit((f-lo)/(hi-lo))*float64(len(levels)-1) + 0.5)
		}
		st := Meta()
		switch {
		case s.Dark:
			st = Faint()
		case s.Limit != 0 && (!s.Under && f >= s.Limit || s.Under && f <= s.Limit):
			st = s.Over
		}
		c.Put(x+i, y, string(levels[level]), st)
	}
}

func extremes(v []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, f := range v {
		if !math.IsNaN(f) && !math.IsInf(f, 0) {
			lo, hi = min(lo, f), max(hi, f)
		}
	}
	return lo, hi
}
