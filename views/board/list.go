package board

import (
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/views/kit"
)

// freshFor is how long a changed row is marked.
const freshFor = 4 * time.Second

// row is one line of ACT NOW. It keeps its place until the reader asks for a new order.
type row struct {
	board.Row
	fresh  time.Time // until when it is marked as changed
	unseen bool      // changed while the cursor was elsewhere
	moved  bool      // "." would put it elsewhere, or take it away
	gone   time.Time // when it needed nobody any more; zero while it does
}

func (r *row) left() bool { return !r.gone.IsZero() }

// wanted are the rows as they would be shown afresh.
func (v View) wanted() []board.Row {
	return slices.DeleteFunc(slices.Clone(v.page.Act), func(r board.Row) bool { return !v.match.Fits(asked{v, &r}) })
}

// rebuilt brings every list up to date: sorted, with what is new and without what is gone. Cursors keep their
// things, or else their places.
func (v View) rebuilt() View {
	if v.page == nil {
		return v
	}
	was, place := v.rows, v.find(v.cursor[actPane])
	v.rows, v.queued = nil, nil
	for _, r := range v.wanted() {
		n := row{Row: r}
		if k := slices.IndexFunc(was, func(o row) bool { return o.Key == r.Key }); k >= 0 {
			n.fresh, n.unseen = was[k].fresh, was[k].unseen
		}
		v.rows = append(v.rows, n)
	}
	if v.find(v.cursor[actPane]) < 0 {
		v.cursor[actPane] = ""
		if n := len(v.rows); n > 0 {
			v.cursor[actPane] = v.rows[max(0, min(place, n-1))].Key
		}
	}
	return v.ordered(panes).looked().scrolled()
}

// ordered puts the things of all panes but one into the order of the snapshot. Where nobody looks through a pane its
// first things are on the screen, and a cursor that fell below them goes back to the first.
func (v View) ordered(but pane) View {
	fit := v.plan().fit
	for p := rolloutPane; p < panes; p++ {
		if p == but {
			continue
		}
		v.order[p] = v.keys(p)
		if p != v.focus {
			v.top[p] = 0
			if n := len(v.order[p]); n > 0 && slices.Index(v.order[p], v.cursor[p]) >= max(fit[p], 1) {
				v.cursor[p] = v.order[p][0]
			}
		}
		v = v.held(p)
	}
	return v
}

// restAfter is how long no key was pressed when the wall settles by itself.
const restAfter = 30 * time.Second

// rests reports whether nobody is at the keys of the wall, by the clock of the snapshots.
func (v View) rests() bool {
	ago := v.at.Sub(v.keyed)
	return v.page != nil && !v.page.Fresh() && v.walled() && (v.keyed.IsZero() || ago >= restAfter || ago < 0) // a simulated clock may begin anew
}

// settledAlone is "." where nobody presses it: what is new is marked as that, and the worst is on the screen.
func (v View) settledAlone() View {
	v.placed = false
	if len(v.queued) > 0 || v.stale() > 0 {
		queued := v.queued
		v = v.rebuilt()
		for k := range v.rows {
			if slices.Contains(queued, v.rows[k].Key) {
				v.rows[k].fresh, v.rows[k].unseen = v.at.Add(freshFor), true
			}
		}
	}
	v.top[actPane] = 0
	if n := len(v.rows); n > 0 && v.place(actPane) >= max(v.plan().fit[actPane], 1) {
		v.cursor[actPane] = v.rows[0].Key
	}
	if p := v.focus; p != actPane {
		v.top[p] = 0
		if n := len(v.keys(p)); n > 0 && slices.Index(v.keys(p), v.cursor[p]) >= max(v.plan().fit[p], 1) {
			v.cursor[p] = v.keys(p)[0]
		}
	}
	return v.ordered(panes).scrolled()
}

// enters reports whether a new row need not wait: it stops, and lets what somebody put the cursor on stay where it is.
func (v View) enters(r *board.Row, to int) bool {
	return (r.Aspect == release.Stop || r.Aspect == release.Dark) && (!v.placed || to > v.place(actPane))
}

// belongs is the place among the rows of a wanted one.
func (v View) belongs(want []board.Row, k int) int {
	to := slices.IndexFunc(v.rows, func(r row) bool {
		return !r.left() && slices.IndexFunc(want, func(w board.Row) bool { return w.Key == r.Key }) > k
	})
	if to < 0 {
		to = len(v.rows)
	}
	return to
}

func (v View) find(key string) int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.Key == key })
}

// merged takes a new snapshot under the rules of lists that are being read: rows keep their place, what is gone
// stays until ".", what is new waits unless it stands below all others or stops and moves nothing that somebody reads.
func (v View) merged() View {
	want := v.wanted()
	v.rows, v.queued = slices.Clone(v.rows), nil
	last := -1
	place := make([]int, len(v.rows))
	for k := range v.rows {
		r := &v.rows[k]
		place[k] = slices.IndexFunc(want, func(w board.Row) bool { return w.Key == r.Key })
		if place[k] < 0 {
			if !r.left() {
				r.gone, r.unseen = v.at, true
			}
			r.moved = true
			continue
		}
		now := want[place[k]]
		if r.left() || differs(&r.Row, &now) {
			r.fresh, r.unseen = v.at.Add(freshFor), true
		}
		r.Row, r.gone = now, time.Time{}
		r.moved = place[k] < last
		last = max(last, place[k])
	}
	for p, w := range want {
		if slices.Contains(place, p) {
			continue
		}
		n := row{Row: w, fresh: v.at.Add(freshFor), unseen: true}
		if p >= last {
			v.rows = append(v.rows, n)
		} else if to := v.belongs(want, p); v.enters(&w, to) {
			v.rows = slices.Insert(v.rows, to, n)
		} else {
			v.queued = append(v.queued, w.Key)
		}
	}
	if v.cursor[actPane] == "" && len(v.rows) > 0 {
		v.cursor[actPane] = v.rows[0].Key
	}
	v = v.ordered(v.focus)
	if p := v.focus; p != actPane {
		v.order[p] = settled(v.order[p], v.keys(p))
		v = v.held(p)
	}
	return v.looked().scrolled()
}

// differs reports whether a row would read otherwise, apart from the passing of time.
func differs(a, b *board.Row) bool {
	return a.Aspect != b.Aspect || a.What != b.What || a.Facts != b.Facts || a.Reason != b.Reason || !a.Due.Equal(b.Due) || a.ID != b.ID
}

// settled is the order in which things stand that stood in another before: what stays keeps its place, what is new
// follows.
func settled(was, now []string) []string {
	out := slices.DeleteFunc(slices.Clone(was), func(k string) bool { return !slices.Contains(now, k) })
	for _, k := range now {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// held keeps the cursor of a pane on a thing that is there.
func (v View) held(p pane) View {
	if !slices.Contains(v.order[p], v.cursor[p]) {
		v.cursor[p] = ""
		if n := len(v.order[p]); n > 0 {
			v.cursor[p] = v.order[p][min(v.top[p], n-1)]
		}
	}
	return v
}

// looked says that the row under the cursor is being seen.
func (v View) looked() View {
	if k := v.find(v.cursor[actPane]); k >= 0 && v.rows[k].unseen && v.focus == actPane {
		v.rows = slices.Clone(v.rows)
		v.rows[k].unseen = false
	}
	return v
}

// scrolled keeps every cursor on the screen.
func (v View) scrolled() View {
	if v.page == nil {
		return v
	}
	pl := v.plan()
	for p := range panes {
		v.top[p] = kit.Scroll(v.top[p], v.place(p), pl.fit[p], v.length(p))
	}
	return v
}

// place is the place of the cursor in a pane, -1 in an empty one.
func (v View) place(p pane) int {
	if p == actPane {
		return v.find(v.cursor[p])
	}
	return slices.Index(v.order[p], v.cursor[p])
}

func (v View) length(p pane) int {
	if p == actPane {
		return len(v.rows)
	}
	return len(v.order[p])
}

// keys name what is in a pane, in the order of the snapshot.
func (v View) keys(p pane) []string {
	var out []string
	switch p {
	case rolloutPane:
		for i := range v.page.Rollouts {
			out = append(out, v.page.Rollouts[i].ID)
		}
	case healthPane:
		for i := range v.page.Health {
			out = append(out, healthKey(&v.page.Health[i]))
		}
	case nextPane:
		for i := range v.page.Next {
			out = append(out, nextKey(&v.page.Next[i]))
		}
		return slices.Compact(out)
	case feedPane:
		for i := range v.page.Feeds {
			out = append(out, v.page.Feeds[i].Name)
		}
	}
	return out
}

func healthKey(s *board.Standing) string { return s.Service + "\n" + s.Environment }

func nextKey(n *board.Next) string {
	return n.At.UTC().Format(time.RFC3339) + "\n" + string(n.Kind) + "\n" + n.ID + "\n" + n.Text
}

func pick[T any](list []T, fits func(*T) bool) *T {
	for i := range list {
		if fits(&list[i]) {
			return &list[i]
		}
	}
	return nil
}

func (v View) live(id string) *board.Live {
	return pick(v.page.Rollouts, func(l *board.Live) bool { return l.ID == id })
}

func (v View) standing(key string) *board.Standing {
	return pick(v.page.Health, func(s *board.Standing) bool { return healthKey(s) == key })
}

func (v View) next(key string) *board.Next {
	return pick(v.page.Next, func(n *board.Next) bool { return nextKey(n) == key })
}

func (v View) feed(name string) *feed.Line {
	return pick(v.page.Feeds, func(l *feed.Line) bool { return l.Name == name })
}

func p99Of(s *health.Sample) *float64 {
	if s == nil {
		return nil
	}
	return s.P99
}
