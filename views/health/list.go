package health

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release/health"
	"signalbox/views/kit"
)

// freshFor is how long a line whose verdict changed is marked.
const freshFor = 4 * time.Second

// row is one line in the list. It keeps its place until the reader asks for a new order.
type row struct {
	id    string
	line  *health.Line   // of the newest snapshot that had it
	was   health.Verdict // when the order was made
	rang  bool           // it had an alert when the order was made
	last  health.Verdict // in the newest snapshot
	moved bool           // it stands otherwise than when the order was made
	gone  bool           // it is neither measured nor promised any more
	fresh time.Time
}

// order of the rows.
type order int

const (
	byBurn order = iota // the shortest time until the budget is gone first
	byBudget
	byName
	orders
)

func (o order) name() string { return [...]string{"burn", "budget", "name"}[o] }

// rings reports whether an alert fires for a line, which ranks it first.
func rings(l *health.Line) bool { return len(l.Alerts) > 0 }

// wanted are the lines as they would be listed afresh: the panel's own order is by burn.
func (v View) wanted() []*health.Line {
	var out []*health.Line
	for k := range v.panel.Lines {
		if l := &v.panel.Lines[k]; v.match.Fits(asked{l}) {
			out = append(out, l)
		}
	}
	switch v.order {
	case byName:
		slices.SortStableFunc(out, func(a, b *health.Line) int { return cmp.Compare(a.ID, b.ID) })
	case byBudget:
		slices.SortStableFunc(out, func(a, b *health.Line) int { return cmp.Compare(budget(a), budget(b)) })
	}
	return out
}

// budget is what is left, for an order: what nobody knows comes after what is known.
func budget(l *health.Line) float64 {
	switch {
	case l.State == nil:
		return 3
	case l.State.Left == nil || l.Verdict == health.Dark:
		return 2
	}
	return *l.State.Left
}

// rebuilt lists the lines anew. The cursor keeps its line, or else its place.
func (v View) rebuilt() View {
	if v.panel == nil {
		return v
	}
	place := v.place()
	lines := v.wanted()
	v.rows = make([]row, len(lines))
	for k, l := range lines {
		v.rows[k] = row{id: l.ID, line: l, was: l.Verdict, rang: rings(l), last: l.Verdict}
	}
	return v.held(place).scrolled()
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is
// gone stays until ".", what is new stands below.
func (v View) merged() View {
	place := v.place()
	v.rows = slices.Clone(v.rows)
	for k := range v.rows {
		r := &v.rows[k]
		now := v.find(r.id)
		if r.gone = now == nil; r.gone {
			continue
		}
		if r.last != now.Verdict || rings(r.line) != rings(now) {
			r.fresh = v.at.Add(freshFor)
		}
		r.line, r.last, r.moved = now, now.Verdict, now.Verdict != r.was || rings(now) != r.rang
	}
	for _, l := range v.wanted() {
		if !slices.ContainsFunc(v.rows, func(r row) bool { return r.id == l.ID }) {
			v.rows = append(v.rows, row{id: l.ID, line: l, was: l.Verdict, rang: rings(l), last: l.Verdict, fresh: v.at.Add(freshFor)})
		}
	}
	return v.held(place).scrolled()
}

// held keeps the cursor where its row was, if that row is gone.
func (v View) held(place int) View {
	if v.place() < 0 && len(v.rows) > 0 {
		v.cursor = v.rows[max(0, min(place, len(v.rows)-1))].id
	}
	if len(v.rows) == 0 {
		v.cursor, v.below = "", false
	}
	n := len(v.alerts())
	v.alert = max(0, min(v.alert, n-1))
	v.below = v.below && n > 0
	return v
}

func (v View) find(id string) *health.Line {
	for k := range v.panel.Lines {
		if v.panel.Lines[k].ID == id {
			return &v.panel.Lines[k]
		}
	}
	return nil
}

// place is the place of the cursor, -1 in an empty list.
func (v View) place() int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.id == v.cursor })
}

// unsettled counts the rows that "." would move or take away.
func (v View) unsettled() int {
	n := 0
	for k := range v.rows {
		if v.rows[k].moved && v.order == byBurn || v.rows[k].gone {
			n++
		}
	}
	return n
}

// scrolled keeps the cursor on the screen.
func (v View) scrolled() View {
	v.top = kit.Scroll(v.top, v.place(), v.plan().list, len(v.rows))
	return v
}
