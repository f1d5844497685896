package health

import "signalbox/views/kit"

const (
	wide      = 110 // from here on two columns stand side by side
	headRows  = 2   // the header and the heads of the columns
	leastRows = 3   // of the list
	bandRows  = 5   // of the signals, their rule included
	mostChart = 6
)

// plan divides the body.
type plan struct {
	list  int  // rows of the list
	more  bool // a row says how many more there are
	y     int  // of the row after the list
	left  int  // width of the left column; the whole body where it is narrow
	chart int  // rows of the area, without rule and axis; 0: no chart
	gone  bool // two rows under the axis say when the budget is gone, and why
	bands int  // rows of the signals under that, rule included
	lower int  // rows of what stands under all of these, rules included
}

func (v View) plan() plan { return planned(v.w, v.bodyHeight(), len(v.rows), len(v.alerts())) }

// bodyHeight is the height without the row that says why what is shown may be old.
func (v View) bodyHeight() int {
	h := v.h - v.banner()
	if v.failed != nil && v.panel != nil {
		h--
	}
	return max(h, 0)
}

func planned(w, h, rows, alerts int) plan {
	p := plan{left: w}
	rest := max(h-headRows, 0)
	chart, lower := 5, 6 // rule, three rows, axis; versions and alerts, and the feeds
	if w >= wide {
		p.left = w * 7 / 12
		chart, lower = 8, 1+min(max(alerts, 1), 4)
		p.gone, p.bands = true, bandRows
	}
	if p.list = rows; rows > max(rest-chart-lower-p.bands, leastRows) {
		p.list, p.more = max(leastRows, rest-chart-lower-p.bands-1), true
	}
	p.list = min(p.list, rest)
	p.y = headRows + p.list
	if p.more {
		p.y++
	}
	rest = h - p.y
	p.lower = min(lower, max(rest, 0))
	frame := 2 // rule and axis
	if p.gone {
		frame += 2
	}
	if p.chart = min(max(rest-p.lower-p.bands-frame, 0), mostChart); p.chart < 2 {
		p.bands = 0
		p.chart = min(max(rest-p.lower-frame, 0), mostChart)
	}
	if p.chart < 2 {
		p.chart, p.lower = 0, max(rest, 0)
		return p
	}
	if spare := rest - p.lower - p.bands - frame - p.chart; spare > bandRows && p.bands == 0 {
		p.bands = bandRows
	}
	p.lower = rest - p.chart - frame - p.bands
	return p
}

// Lit is the row of the body on which a lever pulled now acts.
func (v View) Lit() int {
	k := v.place()
	if k < 0 || v.h == 0 {
		return -1
	}
	p := v.plan()
	if y := headRows + k - kit.Scroll(v.top, k, p.list, len(v.rows)); y < v.bodyHeight() {
		return y + v.banner()
	}
	return -1
}
