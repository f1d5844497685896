package conflicts

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/views/kit"
)

// freshFor is how long a case whose signal changed is marked.
const freshFor = 4 * time.Second

// row is one case in the list. It keeps its place until the reader asks for a new order.
type row struct {
	id      string
	kase    *conflict.Case // of the newest snapshot that had it
	settled bool           // in which part it was listed
	was     release.Aspect // when the order was made
	last    release.Aspect // in the newest snapshot
	moved   bool           // "." would put it elsewhere, or take it away
	gone    bool           // the snapshot has it no more
	fresh   time.Time
}

// order of the standing cases.
type order int

const (
	byWorst order = iota
	byDue
	byKind
	orders
)

func (o order) name() string { return [...]string{"worst", "due", "kind"}[o] }

// wanted are the rows as they would be listed afresh. The snapshot has the worst first already.
func (v View) wanted() []row {
	var out []row
	add := func(list []conflict.Case, settled bool) {
		for k := range list {
			r := row{id: list[k].ID, kase: &list[k], settled: settled}
			r.was = r.kase.Aspect(v.at)
			r.last = r.was
			if v.match.Fits(asked{v, &r}) {
				out = append(out, r)
			}
		}
	}
	add(v.docket.Standing, false)
	n := len(out)
	slices.SortStableFunc(out, func(a, b row) int {
		switch v.order {
		case byDue:
			return a.kase.Deadline.Compare(b.kase.Deadline)
		case byKind:
			return cmp.Compare(a.kase.Kind, b.kase.Kind)
		}
		return 0
	})
	out = out[:n:n]
	add(v.docket.Settled, true)
	return out
}

// rebuilt lists everything anew. The cursor keeps its case, or else its place.
func (v View) rebuilt() View {
	if v.docket == nil {
		return v
	}
	place := v.place()
	v.rows, v.queued = v.wanted(), 0
	return v.held(place).scrolled()
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is gone stays
// until ".", and what is new waits for it.
func (v View) merged() View {
	place := v.place()
	now := v.wanted()
	v.rows = slices.Clone(v.rows)
	for k := range v.rows {
		r := &v.rows[k]
		at := slices.IndexFunc(now, func(n row) bool { return n.id == r.id })
		if r.gone = at < 0; r.gone {
			r.moved = true
			continue
		}
		n := now[at]
		if r.last != n.last || r.kase.Revision != n.kase.Revision {
			r.fresh = v.at.Add(freshFor)
		}
		r.kase, r.last = n.kase, n.last
		r.moved = n.last != r.was || n.settled != r.settled
	}
	v.queued = 0
	for _, n := range now {
		if !slices.ContainsFunc(v.rows, func(r row) bool { return r.id == n.id }) {
			v.queued++
		}
	}
	return v.held(place).scrolled()
}

// held keeps the cursor where its row was, if that row is gone.
func (v View) held(place int) View {
	if v.place() < 0 {
		v.cursor = ""
		if n := len(v.rows); n > 0 {
			v.cursor = v.rows[max(0, min(place, n-1))].id
		}
	}
	return v
}

// place is the place of the cursor, -1 in an empty list.
func (v View) place() int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.id == v.cursor })
}

// stale counts the rows that "." would move or take away.
func (v View) stale() (n int) {
	for k := range v.rows {
		if v.rows[k].moved {
			n++
		}
	}
	return n
}

// standing counts the rows of cases that stand, in the list as it is shown.
func (v View) standing() (n int) {
	for k := range v.rows {
		if !v.rows[k].settled {
			n++
		}
	}
	return n
}

// line is a line of the list: the first or the second of a row, or a rule, or a note.
type line struct {
	row    int // of rows; -1 for none
	second bool
	draw   func(c kit.Canvas, y int) // of what is no row
}

// lines are the list as it is drawn, w cells wide.
func (v View) lines(w int) []line {
	var out []line
	settled := 0
	for k := range v.rows {
		if v.rows[k].settled {
			settled++
		}
	}
	rule := func(title []kit.Run) {
		out = append(out, line{row: -1, draw: func(c kit.Canvas, y int) { c.Rule(y, kit.Rule{Title: title}) }})
	}
	first := true
	for k := range v.rows {
		if v.rows[k].settled && first {
			first = false
			out = append(out, line{row: -1})
			rule(kit.Heading("SETTLED", kit.Thousands(int64(settled)), "24h"))
		}
		out = append(out, line{row: k})
		if !v.rows[k].settled {
			out = append(out, line{row: k, second: true})
		}
	}
	for _, l := range v.unknown(w) {
		out = append(out, line{row: -1, draw: l.Draw})
	}
	return out
}

// lineOf is the line of the cursor.
func (v View) lineOf(lines []line) int {
	at := v.place()
	return slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == at })
}

// scrolled keeps the cursor in the list and the detail on the screen.
func (v View) scrolled() View {
	p := v.plan()
	if p.left > 0 {
		lines := v.lines(p.left)
		at := v.lineOf(lines)
		if at >= 0 && at+1 < len(lines) && lines[at+1].second {
			v.top = kit.Scroll(v.top, at+1, p.list, len(lines))
		}
		if at >= 0 && v.place() == len(v.rows)-1 { // what is under the last row is read from there
			v.top = kit.Scroll(v.top, len(lines)-1, p.list, len(lines))
		}
		v.top = kit.Scroll(v.top, at, p.list, len(lines))
	}
	if r := v.current(); r != nil {
		v.scroll = max(0, min(v.scroll, len(v.strips(r, p.right))-p.body))
	} else {
		v.scroll = 0
	}
	return v
}
