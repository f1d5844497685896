package board

import (
	"slices"

	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/views/kit"
)

// Sizes of the body from which on a layout is taken.
const (
	deskWidth  = 100
	wallWidth  = 180
	wallHeight = 40
	frameRows  = 4 // of the shell, around the body
)

// rect is a part of the body: a section with its rule, or a box.
type rect struct{ x, y, w, h int }

// plan is where everything stands at one size. A section that has no room has no height.
type plan struct {
	wall, desk                                             bool
	strip, act, rollouts, health, next, pulse, feeds, news rect
	lanes                                                  []lane
	zones                                                  int         // rulers under that of UTC
	fit                                                    [panes]int  // things of each pane that fit
	per                                                    [panes]int  // rows of each thing
	list                                                   [panes]rect // where the things of each pane stand, without rules, boxes and heads
}

// lane is one row of the time strip, or more where bars would cover each other.
type lane struct {
	region string // "" for vendors, "*" for what has no known region
	label  string
	rows   int
}

const (
	vendorLane  = ""
	nowhereLane = "*"
)

// need is how many rows a section takes: the least that is worth having, what is usual, all that it could use.
type need struct {
	least, usual, all int
	got               int
}

// share divides h rows among sections. The first are the most needed: they get their usual height before the rest
// gets anything.
func share(h int, first, rest []*need) {
	give := func(list []*need, to func(*need) int) {
		for _, n := range list {
			want := min(to(n), n.all)
			if n.got == 0 && h < min(n.least, want) {
				continue
			}
			if more := min(want-n.got, h); more > 0 {
				n.got, h = n.got+more, h-more
			}
		}
	}
	least := func(n *need) int { return n.least }
	usual := func(n *need) int { return n.usual }
	all := func(n *need) int { return n.all }
	give(first, least)
	give(first, usual)
	give(rest, least)
	give(rest, usual)
	give(first, all)
	give(rest, all)
}

func (v View) plan() plan { return v.planAt(v.w, v.h) }

// planAt lays the board out in w by h cells.
func (v View) planAt(w, h int) plan {
	pl := plan{}
	if v.page == nil || w < 1 || h < 1 || v.page.Fresh() {
		return pl
	}
	for p := range pl.per {
		pl.per[p] = 1
	}
	pl.lanes = v.laneList()
	switch {
	case v.wall && w >= wallWidth && h >= wallHeight:
		v.planWall(&pl, w, h)
	case w >= deskWidth:
		v.planDesk(&pl, w, h)
	default:
		v.planNarrow(&pl, w, h)
	}
	for p := range panes {
		pl.fit[p] = max(0, pl.list[p].h/pl.per[p])
	}
	if !pl.desk && !pl.wall {
		pl.fit[nextPane] *= 2 // in two columns
	}
	pl.fit[feedPane] *= feedColumns(pl.list[feedPane].w)
	return pl
}

// laneList are the regions, then what has no known region and the vendors where there is something of them.
func (v View) laneList() []lane {
	var out []lane
	for _, r := range v.page.Regions {
		out = append(out, lane{region: r.ID, label: laneName(r.ID), rows: 1})
	}
	from, to := v.page.AsOf.Add(-board.MarksBack/2), v.page.AsOf.Add(board.MarksBack/2)
	within := func(m board.Mark) bool { return m.Overlaps(calendar.Interval{From: from, To: to}) }
	if len(out) == 0 || slices.ContainsFunc(v.page.Marks, func(m board.Mark) bool { return m.Nowhere() && within(m) }) {
		label := "other"
		if len(out) == 0 {
			label = "all"
		}
		out = append(out, lane{region: nowhereLane, label: label, rows: 1})
	}
	if slices.ContainsFunc(v.page.Marks, func(m board.Mark) bool { return m.Kind == board.MarkKind(calendar.Vendor) && within(m) }) {
		out = append(out, lane{region: vendorLane, label: "vendor", rows: 1}) // "┅" where that is too long
	}
	return out
}

// stretched gives each lane as many rows as there are, the first lanes more.
func stretched(lanes []lane, rows int) []lane {
	if rows < len(lanes) {
		return lanes[:max(rows, 0)]
	}
	for i := range lanes {
		lanes[i].rows = rows / len(lanes)
		if i < rows%len(lanes) {
			lanes[i].rows++
		}
	}
	return lanes
}

// laneRows are the least and the most rows that the lanes take. Where nothing needs anybody the strip grows taller.
func (v View) laneRows(lanes []lane, most int) (least, all int) {
	least = min(len(lanes), most)
	all = 2 * len(lanes)
	if len(v.page.Act) == 0 {
		all = 3 * len(lanes)
	}
	return least, all
}

func (v View) actNeed(per, usual int) need {
	n := max(len(v.rows), 1)
	return need{least: 1 + min(n*per, 4), usual: 1 + min(n*per, usual), all: 1 + n*per}
}

func (v View) planNarrow(pl *plan, w, h int) {
	p := v.page
	least, all := v.laneRows(pl.lanes, 4)
	strip := &need{least: 1 + least, usual: 1 + least, all: 1 + all}
	a := v.actNeed(1, 7)
	act := &a
	most := max(len(p.Rollouts), len(v.page.Health)+sign(p.Unwatched), 1)
	pair := &need{least: 2, usual: min(1+most, 4), all: 1 + most}
	upcoming := max((len(v.order[nextPane])+1)/2, 1)
	next := &need{least: 2, usual: min(1+upcoming, 3), all: 1 + upcoming}
	pulse := &need{least: 2, usual: 2, all: 2}
	feeds := &need{least: 2, usual: 2, all: 2}
	news := &need{least: 2, usual: 3, all: 1 + max(len(p.Events), 1)}
	if len(p.Feeds) > 0 {
		feeds.all = 1 + (len(p.Feeds)+feedColumns(w)-1)/feedColumns(w)
	}
	next.all = min(next.all, 8)
	share(h, []*need{act, strip, pair, next}, []*need{pulse, feeds, news})
	y := 0
	place := func(n *need) rect {
		r := rect{0, y, w, n.got}
		y += n.got
		return r
	}
	pl.strip = place(strip)
	pl.act = place(act)
	both := place(pair)
	lw := w/2 - 1
	pl.rollouts, pl.health = rect{0, both.y, lw, both.h}, rect{lw + 1, both.y, w - lw - 1, both.h}
	pl.next, pl.pulse, pl.feeds, pl.news = place(next), place(pulse), place(feeds), place(news)
	pl.lanes = stretched(pl.lanes, strip.got-1)
	pl.list = [panes]rect{under(pl.act, 1), under(pl.rollouts, 1), under(pl.health, 1), under(pl.next, 1), under(pl.feeds, 1)}
	v.leaveRow(pl)
}

// leaveRow keeps a row of the health for the words about the services that have none.
func (v View) leaveRow(pl *plan) {
	if l := &pl.list[healthPane]; l.h > 0 && (v.page.Unwatched > 0 || len(v.page.Health) > l.h) {
		l.h--
	}
}

// under is the part of a section below n rows of heads.
func under(r rect, n int) rect {
	return rect{r.x, r.y + n, r.w, max(0, r.h-n)}
}

func sign(n int) int { return min(n, 1) }

func (v View) planDesk(pl *plan, w, h int) {
	p := v.page
	pl.desk = true
	pl.zones = min(1, len(p.Regions))
	least, all := v.laneRows(pl.lanes, 5)
	heads := 2 + pl.zones
	rows := least
	if len(p.Act) == 0 || h > 40 {
		rows = min(all, max(least, h/4))
	}
	rows = min(rows, max(0, h/2-heads))
	pl.strip = rect{0, 0, w, min(heads+rows, h)}
	pl.lanes = stretched(pl.lanes, pl.strip.h-heads)
	top := pl.strip.h
	lw := max(60, w*76/120)
	if w >= 160 {
		lw = w * 72 / 120
	}
	pl.per[rolloutPane] = 2

	a := v.actNeed(1, 12)
	act := &a
	rollouts := &need{least: 2, usual: 1 + 2*max(min(len(p.Rollouts), 3), 1), all: 1 + 2*max(len(p.Rollouts), 1)}
	if len(p.Rollouts) == 0 {
		rollouts.usual, rollouts.all = 2, 2
	}
	pulse := &need{least: 2, usual: 2, all: 2}
	news := &need{least: 2, usual: 4, all: 1 + max(len(p.Events), 1)}
	share(h-top, []*need{act, rollouts}, []*need{pulse, news})
	y := top
	place := func(x, w int, n *need) rect {
		r := rect{x, y, w, n.got}
		y += n.got
		return r
	}
	pl.act, pl.rollouts, pl.pulse, pl.news = place(0, lw, act), place(0, lw, rollouts), place(0, lw, pulse), place(0, lw, news)

	known := len(p.Health) + sign(p.Unwatched)
	health := &need{least: 3, usual: min(2+max(known, 1), 10), all: 2 + max(known, 1)}
	upcoming := max(len(v.order[nextPane]), 1)
	next := &need{least: 2, usual: min(1+upcoming, 8), all: 1 + upcoming}
	columns := feedColumns(w - lw - 1)
	lines := max(1, (len(p.Feeds)+columns-1)/columns)
	feeds := &need{least: 2, usual: 1 + min(lines, 5), all: 1 + lines}
	share(h-top, []*need{health, next, feeds}, nil)
	y = top
	right := w - lw - 1
	pl.health, pl.next, pl.feeds = place(lw+1, right, health), place(lw+1, right, next), place(lw+1, right, feeds)
	pl.list = [panes]rect{under(pl.act, 1), under(pl.rollouts, 1), under(pl.health, 2), under(pl.next, 1), under(pl.feeds, 1)}
	v.leaveRow(pl)
}

func (v View) planWall(pl *plan, w, h int) {
	p := v.page
	pl.wall = true
	pl.zones = min(2, len(p.Regions))
	rows := min(2*len(pl.lanes), max(len(pl.lanes), h/6))
	pl.strip = rect{0, 0, w, 2 + 1 + pl.zones + rows}
	pl.lanes = stretched(pl.lanes, rows)
	rest := h - pl.strip.h
	upper := max(8, rest*5/9)
	y := pl.strip.h
	a, r := w*98/200, w*72/200
	pl.act, pl.rollouts, pl.pulse = rect{0, y, a, upper}, rect{a, y, r, upper}, rect{a + r, y, w - a - r, upper}
	y += upper
	lower := h - y
	b, n, f := w*58/200, w*60/200, w*34/200
	pl.health, pl.next, pl.feeds, pl.news = rect{0, y, b, lower}, rect{b, y, n, lower}, rect{b + n, y, f, lower}, rect{b + n + f, y, w - b - n - f, lower}
	pl.per[actPane], pl.per[rolloutPane] = 2, 3
	in := func(r rect, heads int) rect { return rect{r.x + 1, r.y + 1 + heads, r.w - 2, max(0, r.h-2-heads)} }
	pl.list = [panes]rect{in(pl.act, 0), in(pl.rollouts, 0), in(pl.health, 1), in(pl.next, 0), in(pl.feeds, 0)}
	v.leaveRow(pl)
}

// Lit is the row of the thing under the cursor in the body.
func (v View) Lit() int {
	if v.page == nil {
		return -1
	}
	pl := v.plan()
	k := v.place(v.focus)
	if k < 0 || pl.fit[v.focus] == 0 {
		return -1
	}
	k -= v.first(v.focus, pl)
	y := pl.list[v.focus].y + k*pl.per[v.focus]
	if v.focus == nextPane && !pl.desk && !pl.wall {
		y = pl.list[nextPane].y + k%max(pl.list[nextPane].h, 1)
	}
	if v.focus == feedPane {
		y = pl.list[feedPane].y + k/feedColumns(pl.list[feedPane].w)
	}
	if y >= v.h {
		return -1
	}
	return y
}

// first is the first thing of a pane that is on the screen.
func (v View) first(p pane, pl plan) int {
	return kit.Scroll(v.top[p], v.place(p), pl.fit[p], v.length(p))
}
