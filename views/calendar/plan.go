package calendar

import "signalbox/views/kit"

const (
	wide   = 100 // from here on: the hours of the first zone, a third zone, what a lane is free from
	roomy  = 140 // from here on names of services are as long as they are
	tall   = 28  // from here on there is a legend and the load of each day
	least  = 5   // rows of lines
	labels = 14  // columns before the days
)

// plan divides the body: the head, the lines, the load, what is under the cursor, the legend.
type plan struct {
	banner      bool
	y           int // the first line, below the header and the rulers
	pins, lanes int // lines that stay and lines that scroll
	load        bool
	facts       int // rows of what is under the cursor, with its rule
	legend      int
}

func (v View) plan() plan { return v.planned(v.w, v.bodyHeight()) }

// bodyHeight is the height without the row that says why what is shown may be old.
func (v View) bodyHeight() int {
	if v.failed != nil && v.span != nil {
		return max(v.h-1, 0)
	}
	return v.h
}

func (v View) planned(w, h int) plan {
	p := plan{banner: v.darkSource() != nil, y: 2 + v.rulers(w)}
	if p.banner {
		p.y++
	}
	rest := max(h-p.y, 0)
	pins := 0
	for k := range v.lines {
		if v.lines[k].pinned() {
			pins++
		}
	}
	lanes := len(v.lines) - pins
	p.facts = 5
	if h >= tall && w >= wide {
		p.legend, p.load = 3, v.zoom == byWeek
	}
	need := func() int { return p.facts + p.legend + loads(p.load) + least }
	for need() > rest && p.facts > 2 {
		p.facts--
	}
	if need() > rest {
		p.legend = 0
	}
	if need() > rest {
		p.load = false
	}
	for need() > rest && p.facts > 0 {
		p.facts--
	}
	rows := max(rest-p.facts-p.legend-loads(p.load), 0)
	p.pins = min(pins, max(1, rows/3))
	p.pins = min(max(p.pins, rows-lanes), pins, rows)
	p.lanes = min(lanes, rows-p.pins)
	if spare := rows - p.pins - p.lanes; spare > 0 { // what nothing needs goes to the facts
		more := min(spare, 8)
		p.facts += more
	}
	return p
}

func loads(load bool) int {
	if load {
		return 1
	}
	return 0
}

// grid is where the days begin and how wide each is.
func grid(w int) (x, day, free int) {
	x = labels
	right := 2
	if w >= wide {
		x, right = labels+1, 7
	}
	if w >= roomy {
		x = 24
	}
	day = max((w-x-right)/days, 1)
	return x, day, x + days*day + 1
}

// gridCells is how many cells the time has on a screen of a width.
func gridCells(w int) int {
	_, day, _ := grid(w)
	return days * day
}

// scrolled keeps the line under the cursor on the screen.
func (v View) scrolled() View {
	p := v.plan()
	at, n := v.scrolling()
	v.top = kit.Scroll(v.top, max(at, 0), p.lanes, n)
	return v
}

// scrolling is the place of the cursor among the lines that scroll, -1 where it is on another, and their number.
func (v View) scrolling() (at, n int) {
	at = -1
	for k := range v.lines {
		if v.lines[k].pinned() {
			continue
		}
		if v.lines[k].id == v.cursor {
			at = n
		}
		n++
	}
	return at, n
}

// visible are the lines on the screen: those that stay, as few as there is room for with the cursor's among them,
// and those that scroll.
func (v View) visible(p plan) []*line {
	var pins, rest []*line
	pin := 0
	for k := range v.lines {
		l := &v.lines[k]
		if !l.pinned() {
			rest = append(rest, l)
			continue
		}
		if l.id == v.cursor {
			pin = len(pins)
		}
		pins = append(pins, l)
	}
	from := kit.Scroll(0, pin, p.pins, len(pins))
	at, n := v.scrolling()
	top := kit.Scroll(v.top, max(at, 0), p.lanes, n)
	return append(pins[from:min(from+p.pins, len(pins))], rest[top:min(top+p.lanes, len(rest))]...)
}
