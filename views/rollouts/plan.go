package rollouts

import (
	"slices"

	"signalbox/views/kit"
)

const (
	wide      = 110 // from here on the selected row stands at the right of the list
	roomy     = 140 // from here on the list has more columns
	headRows  = 2   // the header and the heads of the columns
	leastRows = 3   // of the list
	leastFact = 4   // rows of the selected row, its rule included
	mostFact  = 10
)

// plan divides the body into the list and the selected row.
type plan struct {
	list int // lines of the list
	left int // width of the list
	// Narrow: the first row of the selected row and how many it has, its rule included.
	y, facts int
}

func (v View) plan() plan { return planned(v.w, v.bodyHeight(), len(v.lines())) }

// bodyHeight is the height without the row that says why what is shown may be old.
func (v View) bodyHeight() int {
	if v.failed != nil && v.list != nil {
		return max(v.h-1, 0)
	}
	return v.h
}

func planned(w, h, lines int) plan {
	rest := max(h-headRows, 0)
	if w >= wide {
		return plan{list: rest, left: min(max(w*3/5, 71), w-38)}
	}
	p := plan{left: w, list: min(lines, max(leastRows, rest-leastFact))}
	p.list = min(p.list, rest)
	p.y = headRows + p.list
	p.facts = max(0, min(rest-p.list, mostFact))
	return p
}

// Lit is the row of the body that the cursor is on.
func (v View) Lit() int {
	lines := v.lines()
	at := slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == v.place() })
	if at < 0 || v.h == 0 {
		return -1
	}
	p := v.plan()
	if y := headRows + at - kit.Scroll(v.top, at, p.list, len(lines)); y < v.bodyHeight() {
		return y
	}
	return -1
}
