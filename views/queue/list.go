package queue

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/catalog"
	"signalbox/release/change"
	"signalbox/release/gate"
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
	item   *change.Item        // of the snapshot that it was last in
	fresh  *[columns]time.Time // until when each cell is marked as changed; nil for none. Never written to
	unseen bool                // changed while the cursor was elsewhere
	moved  bool                // "." would put it elsewhere, or take it away
	gone   time.Time           // when it stopped waiting; zero while it waits
	how    string              // what ended it
}

func (r *row) left() bool { return !r.gone.IsZero() }

// until is until when a cell is marked as changed.
func (r *row) until(c column) time.Time {
	if r.fresh == nil {
		return time.Time{}
	}
	return r.fresh[c]
}

// renew marks cells as changed. The marks that the row had are another View's too.
func (r *row) renew(cells [columns]bool, until time.Time) {
	marks := new([columns]time.Time)
	for c := range marks {
		if marks[c] = r.until(column(c)); cells[c] {
			marks[c] = until
		}
	}
	r.fresh = marks
}

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
		return i.Blocked(v.at)
	}
	return true
}

// survey is what a snapshot says of the whole queue to one person. None of it depends on the clock.
type survey struct {
	of     access.PersonID
	counts [tabs]int
	stuck  []*change.Item // what the tab blocked holds, in the person's order
}

func (v View) surveyed() View {
	v.known = survey{of: v.me}
	for _, i := range v.queue.Sorted(v.me) {
		for t := range tabs {
			if t.holds(v, i) {
				v.known.counts[t]++
			}
		}
		if blocked.holds(v, i) {
			v.known.stuck = append(v.known.stuck, i)
		}
	}
	return v
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
func (v View) wanted() []*change.Item {
	items := slices.DeleteFunc(v.queue.Sorted(v.me), func(i *change.Item) bool {
		return !v.tab.holds(v, i) || !v.match.Fits(asked{v, i})
	})
	switch v.order {
	case byRisk:
		slices.SortStableFunc(items, func(a, b *change.Item) int { return cmp.Compare(b.Change.Risk.Score, a.Change.Risk.Score) })
	case byAge:
		slices.SortStableFunc(items, func(a, b *change.Item) int { return a.Approval.RequestedAt.Compare(b.Approval.RequestedAt) })
	case byTeam:
		slices.SortStableFunc(items, func(a, b *change.Item) int {
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
	was, at, place := v.rows, v.index(), v.place()
	items := v.wanted()
	v.rows, v.queued = make([]row, len(items)), nil
	for k, i := range items {
		r := row{id: i.Change.ID, item: i}
		if o, ok := at[r.id]; ok {
			r.fresh, r.unseen = was[o].fresh, was[o].unseen
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
	for k := range v.rows {
		if v.rows[k].id == id {
			return k
		}
	}
	return -1
}

// index is the place of every row by its id.
func (v View) index() map[string]int {
	at := make(map[string]int, len(v.rows))
	for k := range v.rows {
		at[v.rows[k].id] = k
	}
	return at
}

// merged takes a new snapshot under the rules of a list that is being read: rows keep their place, what is
// gone stays until ".", what is new waits unless it stands below all others.
func (v View) merged() View {
	items, at := v.wanted(), v.index()
	now := make([]*change.Item, len(v.rows)) // by row; nil: it waits no more
	for k := range v.queue.Items {
		if r, ok := at[v.queue.Items[k].Change.ID]; ok {
			now[r] = &v.queue.Items[k]
		}
	}
	place := slices.Repeat([]int{-1}, len(v.rows)) // among items, by row; -1: it is not wanted
	var arrived []int                              // the items without a row
	for p, i := range items {
		if r, ok := at[i.Change.ID]; ok {
			place[r] = p
		} else {
			arrived = append(arrived, p)
		}
	}
	v.rows = slices.Clone(v.rows)
	last := -1
	for k := range v.rows {
		r := &v.rows[k]
		v.refreshed(r, now[k])
		if !r.left() {
			last = max(last, place[k])
		}
	}
	v.queued = nil
	for _, p := range arrived {
		id := items[p].Change.ID
		if p < last {
			v.queued = append(v.queued, id)
			continue
		}
		r := row{id: id, item: items[p], unseen: true}
		r.renew([columns]bool{colName: true}, v.at.Add(freshFor))
		v.rows, place = append(v.rows, r), append(place, p)
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
		last := *r.item
		if i, ok := v.queue.Find(r.id); ok {
			last, r.how = *i, string(i.Approval.State)
			for _, d := range i.Approval.Decisions {
				if d.Stands() {
					r.gone = d.At
				}
			}
		}
		r.item = &last // a copy: it may stay for hours, and its whole snapshot must not
		return
	}
	cells := v.changed(r.item, now)
	if r.left() { // it waits again
		for c := range cells {
			cells[c] = true
		}
	}
	if cells != ([columns]bool{}) {
		r.renew(cells, v.at.Add(freshFor))
		r.unseen = true
	}
	r.item, r.gone, r.how = now, time.Time{}, ""
}

// changed says which cells of a row would read otherwise, apart from the passing of time. It compares what
// they are written from: nearly all rows of a new snapshot are as they were, and need no text for that.
func (v View) changed(was, now *change.Item) (cells [columns]bool) {
	a, b := &was.Change, &now.Change
	cells[colName] = a.Service != b.Service || a.Version != b.Version || a.Digest != b.Digest
	cells[colRisk] = a.Risk.Score != b.Risk.Score
	cells[colQuorum] = was.Approval.Granted() != now.Approval.Granted() || was.Approval.Needed != now.Approval.Needed
	cells[colEvidence] = was.Passed != now.Passed || was.Of != now.Of || was.EvidenceDark != now.EvidenceDark && now.Of > 0
	cells[colDuties] = was.Duties.Aspect != now.Duties.Aspect
	switch {
	case was.EvidenceDark != now.EvidenceDark:
		cells[colDue] = true
	case now.EvidenceDark:
		cells[colDue] = was.Stale != now.Stale
	default:
		cells[colDue] = !was.Approval.ExpiresAt.Equal(now.Approval.ExpiresAt)
	}
	cells[colWho] = v.whose(was) != v.whose(now)
	return cells
}

// mark finds the rows that "." would move: those outside of the longest run that is in order already. place
// is that of each row in the new order, -1 for none.
func (v View) mark(place []int) {
	tail, prev := []int{}, make([]int, len(v.rows)) // tail[n]: the row that ends the best run of n+1
	for k := range v.rows {
		r := &v.rows[k]
		r.moved = !r.left()
		if r.left() || place[k] < 0 {
			continue
		}
		n, _ := slices.BinarySearchFunc(tail, place[k], func(r, p int) int { return cmp.Compare(place[r], p) })
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

// The words by which a row says why it is the reader's or not.
const (
	whoYou = "you"
	whoNo  = "no"  // rejected it
	whoYes = "yes" // approved it
	whoOwn = "own" // had a hand in it
	whoRol = "ROL" // it rolls out, or has, without approval
	whoAlr = "ALR" // an alert of its service fires
	whoFrz = "FRZ" // nobody's to bring in: a freeze is in force
	whoWin = "WIN" // its schedule lies outside of every window
	whoCx  = "CX"  // a conflict of its schedule stands
	whoSvc = "svc" // nobody's: the service is unknown
	whoSoD = "SoD" // nobody's: separation of duties is unknown
)

// whose says why a row is the reader's or not, "" where there is nothing to say.
func (v View) whose(i *change.Item) string {
	switch {
	case i.Moving != "":
		return whoRol
	case i.Barred() && i.Bar == gate.WindowGate:
		return whoWin
	case i.Barred() && i.Bar == gate.ConflictGate:
		return whoCx
	case i.Barred():
		return whoFrz
	case len(i.Firing) > 0:
		return whoAlr
	case i.Yours(v.me):
		return whoYou
	}
	if d, ok := i.Approval.By(v.me); ok && v.me != "" {
		if d.Verdict == change.Reject {
			return whoNo
		}
		return whoYes
	}
	for k := range i.Authors {
		if a := &i.Authors[k]; a.Person == v.me && v.me != "" && !a.Bot {
			return whoOwn
		}
	}
	switch {
	case catalog.IsUnknown(i.Change.Service):
		return whoSvc
	case i.Duties.Aspect != release.Go:
		return whoSoD
	}
	return ""
}

// shortened is a service and its version in w cells: of a repository that no service has, its own name stays.
func shortened(service, version string, w int) string {
	if catalog.IsUnknown(service) {
		if k, slash := strings.IndexByte(service, ':'), strings.LastIndexByte(service, '/'); k >= 0 && slash > k {
			service = service[:k+1] + kit.Ellipsis + service[slash:]
		}
		return kit.TruncateMiddle(service, w)
	}
	if room := w - kit.Width(version); version != "" && room >= leastService {
		return kit.TruncateMiddle(service, room) + version
	}
	return kit.TruncateMiddle(service+version, w)
}

// leastService is how much of a service's name a row shows at least beside its version.
const leastService = 5
