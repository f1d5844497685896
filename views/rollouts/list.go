package rollouts

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/rollout"
	"signalbox/views/kit"
)

// freshFor is how long a rollout whose signal changed is marked.
const freshFor = 4 * time.Second

// part of the list in which a row stands.
type part int

const (
	moving part = iota
	waiting
	done
	parts
)

// row is one rollout, or one change that waits, in the list. It keeps its place until the reader asks for a
// new order.
type row struct {
	id    string
	part  part             // in which it was listed
	roll  *rollout.Row     // of the newest snapshot that had it; nil of a change
	wait  *rollout.Waiting // nil of a rollout
	was   release.Aspect   // when the order was made
	last  release.Aspect   // in the newest snapshot
	moved bool             // its signal, or its part, is another than when the order was made
	gone  bool             // the snapshot has it no more
	fresh time.Time
}

func (r *row) aspect() release.Aspect {
	if r.wait != nil {
		return r.wait.Aspect
	}
	return r.roll.Aspect
}

// order of the rows within each part.
type order int

const (
	byWorst order = iota
	byNewest
	byService
	orders
)

func (o order) name() string { return [...]string{"worst", "newest", "service"}[o] }

// wanted are the rows as they would be listed afresh.
func (v View) wanted() []row {
	var out []row
	add := func(r row) {
		r.was, r.last = r.aspect(), r.aspect()
		if v.match.Fits(asked{v, &r}) {
			out = append(out, r)
		}
	}
	for k := range v.list.Moving {
		add(row{id: v.list.Moving[k].ID, part: moving, roll: &v.list.Moving[k]})
	}
	for k := range v.list.Waiting {
		add(row{id: v.list.Waiting[k].Change, part: waiting, wait: &v.list.Waiting[k]})
	}
	for k := range v.list.Done {
		add(row{id: v.list.Done[k].ID, part: done, roll: &v.list.Done[k]})
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.part, b.part), v.compare(&a, &b))
	})
	return out
}

// compare orders two rows of one part. The snapshot has the worst first already.
func (v View) compare(a, b *row) int {
	switch v.order {
	case byNewest:
		return when(b).Compare(when(a))
	case byService:
		return cmp.Compare(a.service(), b.service())
	}
	return 0
}

// when is what "newest" goes by: the last that happened, of a change that waits the end of its grant.
func when(r *row) time.Time {
	if r.wait != nil {
		return r.wait.Until
	}
	return r.roll.Since()
}

func (r *row) service() string {
	if r.wait != nil {
		return r.wait.Service
	}
	return r.roll.Service
}

// rebuilt lists everything anew. The cursor keeps its row, or else its place.
func (v View) rebuilt() View {
	if v.list == nil {
		return v
	}
	place := v.place()
	v.rows, v.queued = v.wanted(), 0
	return v.held(place).scrolled()
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is
// gone stays until ".", and what is new waits for it.
func (v View) merged() View {
	place := v.place()
	now := v.wanted()
	v.rows = slices.Clone(v.rows)
	for k := range v.rows {
		r := &v.rows[k]
		at := slices.IndexFunc(now, func(n row) bool { return n.id == r.id })
		if r.gone = at < 0; r.gone {
			continue
		}
		n := now[at]
		if r.last != n.last || r.state() != n.state() {
			r.fresh = v.at.Add(freshFor)
		}
		r.roll, r.wait, r.last = n.roll, n.wait, n.last
		r.moved = n.last != r.was || n.part != r.part
	}
	v.queued = 0
	for _, n := range now {
		if !slices.ContainsFunc(v.rows, func(r row) bool { return r.id == n.id }) {
			v.queued++
		}
	}
	return v.held(place).scrolled()
}

func (r *row) state() string {
	if r.wait != nil {
		return string(r.wait.State)
	}
	return string(r.roll.State)
}

// held keeps the cursor where its row was, if that row is gone.
func (v View) held(place int) View {
	if len(v.rows) == 0 {
		return v
	}
	if v.place() < 0 {
		v.cursor = v.rows[max(0, min(place, len(v.rows)-1))].id
	}
	return v
}

// place is the place of the cursor, -1 in an empty list.
func (v View) place() int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.id == v.cursor })
}

// stale counts the rows that "." would move, take away or bring in.
func (v View) stale() (moved int) {
	for k := range v.rows {
		if r := &v.rows[k]; r.gone || r.moved && v.order == byWorst {
			moved++
		}
	}
	return moved
}

// line is a line of the list: a row by its place, the rule over a part of it, or the note that nothing moves.
type line struct {
	row  int
	part part
}

const (
	aRule = -1
	aNote = -2
)

// lines are the rows with the rules between them. The first part has no rule: the header names it.
func (v View) lines() []line {
	var out []line
	last := moving
	if len(v.rows) > 0 && len(v.list.Moving) == 0 && v.rows[0].part != moving {
		out = append(out, line{aNote, moving})
	}
	for k := range v.rows {
		if p := v.rows[k].part; p != last {
			out, last = append(out, line{aRule, p}), p
		}
		out = append(out, line{k, v.rows[k].part})
	}
	return out
}

// scrolled keeps the cursor on the screen.
func (v View) scrolled() View {
	lines := v.lines()
	at := slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == v.place() })
	v.top = kit.Scroll(v.top, at, v.plan().list, len(lines))
	return v
}

func (r *row) environment() string {
	if r.wait != nil {
		return r.wait.Environment
	}
	return r.roll.Environment
}
