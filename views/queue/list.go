package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views/kit"
)

// freshFor is how long a changed cell is marked.
const freshFor = 4 * time.Second

// column of the list, as far as its cells change.
type column int

const (
	colName column = iota
	colRisk
	colQuorum
	colEvidence
	colDuties
	colDue
	colWho
	columns
)

// row is one change in the list. It keeps its place until the reader asks for a new order.
type row struct {
	id     string
	item   change.Item
	fresh  [columns]time.Time // until when the cell is marked as changed
	unseen bool               // changed while the cursor was elsewhere
	moved  bool               // "." would put it elsewhere, or take it away
	gone   time.Time          // when it stopped waiting; zero while it waits
	how    string             // what ended it
}

func (r row) left() bool { return !r.gone.IsZero() }

// tab is a part of the queue.
type tab int

const (
	all tab = iota
	mine
	emergency
	blocked
	tabs
)

func (t tab) name() string { return [...]string{"all", "mine", "emergency", "blocked"}[t] }

// shown is the order in which the tabs stand on the screen.
func shown() []tab { return []tab{mine, all, emergency, blocked} }

func (t tab) holds(v View, i *change.Item) bool {
	switch t {
	case mine:
		return i.Yours(v.me)
	case emergency:
		return i.Change.Kind == change.Emergency
	case blocked:
		a := i.Aspect(v.at)
		return a == release.Stop || a == release.Dark
	}
	return true
}

func (v View) count(t tab) int {
	n := 0
	for k := range v.queue.Items {
		if t.holds(v, &v.queue.Items[k]) {
			n++
		}
	}
	return n
}

// order of the rows.
type order int

const (
	byDue order = iota
	byRisk
	byAge
	byTeam
	orders
)

func (o order) name() string { return [...]string{"due", "risk", "age", "team"}[o] }

// wanted is the list as it would be shown afresh.
func (v View) wanted() []change.Item {
	items := slices.DeleteFunc(v.queue.Sorted(v.me), func(i change.Item) bool {
		return !v.tab.holds(v, &i) || !v.match.fits(v, &i)
	})
	switch v.order {
	case byRisk:
		slices.SortStableFunc(items, func(a, b change.Item) int { return cmp.Compare(b.Change.Risk.Score, a.Change.Risk.Score) })
	case byAge:
		slices.SortStableFunc(items, func(a, b change.Item) int { return a.Approval.RequestedAt.Compare(b.Approval.RequestedAt) })
	case byTeam:
		slices.SortStableFunc(items, func(a, b change.Item) int {
			return cmp.Or(cmp.Compare(a.Target.Team, b.Target.Team), cmp.Compare(a.Change.Service, b.Change.Service))
		})
	}
	return items
}

// rebuilt brings the list up to date: sorted, with what is new and without what is gone. The cursor keeps
// its change, or else its place.
func (v View) rebuilt() View {
	if v.queue == nil {
		return v
	}
	was, place := make(map[string]row, len(v.rows)), v.place()
	for _, r := range v.rows {
		was[r.id] = r
	}
	items := v.wanted()
	v.rows, v.queued = make([]row, len(items)), nil
	for k, i := range items {
		r := row{id: i.Change.ID, item: i}
		if o, ok := was[r.id]; ok {
			r.fresh, r.unseen = o.fresh, o.unseen
		}
		v.rows[k] = r
	}
	v.marked = slices.DeleteFunc(slices.Clone(v.marked), func(id string) bool { return v.find(id) < 0 })
	if v.place() < 0 {
		v.cursor = ""
		if n := len(v.rows); n > 0 {
			v.cursor = v.rows[max(0, min(place, n-1))].id
		}
	}
	return v.looked().scrolled()
}

func (v View) find(id string) int {
	return slices.IndexFunc(v.rows, func(r row) bool { return r.id == id })
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is
// gone stays until ".", what is new waits unless it stands below all others.
func (v View) merged() View {
	items := v.wanted()
	place := make(map[string]int, len(items))
	for k, i := range items {
		place[i.Change.ID] = k
	}
	waiting := make(map[string]*change.Item, len(v.queue.Items))
	for k := range v.queue.Items {
		waiting[v.queue.Items[k].Change.ID] = &v.queue.Items[k]
	}
	v.rows = slices.Clone(v.rows)
	listed := make(map[string]bool, len(v.rows))
	last := -1
	for k := range v.rows {
		r := &v.rows[k]
		listed[r.id] = true
		v.refreshed(r, waiting[r.id])
		if p, ok := place[r.id]; ok && !r.left() {
			last = max(last, p)
		}
	}
	v.queued = nil
	for k, i := range items {
		if listed[i.Change.ID] {
			continue
		}
		if k < last {
			v.queued = append(v.queued, i.Change.ID)
			continue
		}
		r := row{id: i.Change.ID, item: i, unseen: true}
		r.fresh[colName] = v.at.Add(freshFor)
		v.rows = append(v.rows, r)
	}
	v.mark(place)
	if v.cursor == "" && len(v.rows) > 0 {
		v.cursor = v.rows[0].id
	}
	return v.looked()
}

// refreshed brings one row up to date in its place and marks the cells that changed. now is nil where the
// change waits no more.
func (v View) refreshed(r *row, now *change.Item) {
	if now == nil {
		if r.left() {
			return
		}
		r.gone, r.how, r.unseen = v.at, "gone", true
		if i, ok := v.queue.Find(r.id); ok {
			r.item, r.how = i, string(i.Approval.State)
			for _, d := range i.Approval.Decisions {
				if d.Stands() {
					r.gone = d.At
				}
			}
		}
		return
	}
	before, after := v.compared(&r.item), v.compared(now)
	for c := range before {
		if before[c] != after[c] || r.left() {
			r.fresh[c], r.unseen = v.at.Add(freshFor), true
		}
	}
	r.item, r.gone, r.how = *now, time.Time{}, ""
}

// compared is what a row's cells say, apart from the passing of time.
func (v View) compared(i *change.Item) [columns]string {
	due := i.Approval.ExpiresAt.String()
	if i.EvidenceDark {
		due = i.Stale
	}
	return [columns]string{
		colName: i.Change.Name() + string(i.Change.Digest), colRisk: kit.Risk(i.Change.Risk, " ").Text,
		colQuorum: kit.Quorum(i.Approval.Granted(), i.Approval.Needed), colEvidence: kit.EvidenceScore(i).Text,
		colDuties: string(i.Duties.Aspect), colDue: due, colWho: v.whose(i).Text,
	}
}

// mark finds the rows that "." would move: those outside of the longest run that is in order already.
func (v View) mark(place map[string]int) {
	tail, prev := []int{}, make([]int, len(v.rows)) // tail[n]: the row that ends the best run of n+1
	at := func(k int) int { return place[v.rows[k].id] }
	for k := range v.rows {
		_, stays := place[v.rows[k].id]
		v.rows[k].moved = !v.rows[k].left()
		if v.rows[k].left() || !stays {
			continue
		}
		n, _ := slices.BinarySearchFunc(tail, at(k), func(r, p int) int { return cmp.Compare(at(r), p) })
		prev[k] = -1
		if n > 0 {
			prev[k] = tail[n-1]
		}
		if n == len(tail) {
			tail = append(tail, k)
			continue
		}
		tail[n] = k
	}
	if len(tail) == 0 {
		return
	}
	for k := tail[len(tail)-1]; k >= 0; k = prev[k] {
		v.rows[k].moved = false
	}
}

// looked says that the row under the cursor is being seen.
func (v View) looked() View {
	if k := v.place(); k >= 0 && v.rows[k].unseen {
		v.rows = slices.Clone(v.rows)
		v.rows[k].unseen = false
	}
	return v
}

// scrolled keeps the cursor on the screen.
func (v View) scrolled() View {
	v.top = kit.Scroll(v.top, v.place(), v.listHeight(), len(v.rows))
	return v
}

// whose says why a row is the reader's or not.
func (v View) whose(i *change.Item) kit.Run {
	if i.Yours(v.me) {
		if i.EvidenceDark {
			return kit.T("you", kit.Meta()) // not before the feed is back
		}
		return kit.T("you", kit.Lever())
	}
	if d, ok := i.Approval.By(v.me); ok && v.me != "" {
		if d.Verdict == change.Reject {
			return kit.T("no", kit.Meta())
		}
		return kit.T("yes", kit.Meta())
	}
	for _, a := range i.Authors {
		if a.Person == v.me && v.me != "" && !a.Bot {
			return kit.T("own", kit.Meta())
		}
	}
	switch {
	case strings.HasPrefix(i.Change.Service, "unknown:"):
		return kit.T("svc", kit.Reason(release.Stop))
	case i.Duties.Aspect != release.Go:
		return kit.T("SoD", kit.Reason(release.Stop))
	}
	return kit.Run{}
}
