package board

import (
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawWall draws boxes. The one where one acts is heavy.
func (v View) drawWall(c kit.Canvas, pl plan, f views.Frame) {
	box := func(r rect, h head, heavy bool) kit.Canvas {
		s := kit.Line()
		if heavy {
			s = kit.Here()
		}
		return r.on(c).Box(heavy, s, h.title, h.note)
	}
	in := box(pl.strip, head{kit.Heading("NOW / NEXT", "", " "+kit.Date(f.Now, f.Zone)), v.nextNote(f)}, false)
	v.drawStrip(in, pl, f)
	h := v.actHead()
	if hidden := v.length(actPane) - pl.fit[actPane]; hidden > 0 {
		h.note = append([]kit.Run{kit.T("+"+strconv.Itoa(hidden)+" more  ", kit.Meta())}, h.note...)
	}
	box(pl.act, h, true)
	v.drawRows(pl.list[actPane].on(c), pl, f)
	box(pl.rollouts, v.rolloutHead(), v.focus == rolloutPane)
	v.drawRollouts(pl.list[rolloutPane].on(c), pl, f)
	v.drawQueue(box(pl.pulse, head{title: kit.Heading("QUEUE", strconv.Itoa(v.page.Pulse.Open), "")}, false), f)
	in = box(pl.health, v.healthHead(), v.focus == healthPane)
	v.drawHealth(in, pl.list[healthPane].on(c), pl, f)
	box(pl.next, v.nextHead(), v.focus == nextPane)
	v.drawNext(pl.list[nextPane].on(c), pl, f)
	box(pl.feeds, v.feedHead(f), v.focus == feedPane)
	v.drawFeeds(pl.list[feedPane].on(c), pl, f)
	v.drawNews(box(pl.news, head{title: kit.Heading("WHAT CHANGED", "", "")}, false), f)
}

// drawQueue is how the queue moves, a fact a row.
func (v View) drawQueue(c kit.Canvas, f views.Frame) {
	p := v.page.Pulse
	y := 0
	field := func(label string, runs ...kit.Run) {
		c.Put(1, y, label, kit.Meta())
		c.WriteIn(13, y, c.W()-14, runs...)
		y++
	}
	count := func(n int, bad release.Aspect) kit.Run {
		s := kit.Strong()
		switch {
		case n == 0:
			s = kit.Meta()
		case bad != release.Go:
			s = kit.Reason(bad)
		}
		return kit.T(strconv.Itoa(n), s)
	}
	field("open", count(p.Open, release.Go))
	field("due <3h", count(p.DueSoon, release.Caution))
	field("blocked", count(p.Blocked, release.Go))
	old := kit.T("–", kit.Meta())
	if p.Open > 0 {
		old = kit.T(kit.Age(p.Oldest, f.Now), kit.Strong())
		if p.Late {
			old.Style = kit.Reason(release.Caution)
		}
	}
	field("oldest", old)
	y++
	field("cleared", count(p.Cleared, release.Go), kit.T(" today", kit.Meta()))
	median := kit.T("–", kit.Meta())
	if p.Cleared > 0 {
		median = kit.T(kit.Span(p.Median), kit.Strong())
	}
	field("median", median)
	if p.Cleared > 0 {
		hours := p.ByHour[max(0, len(p.ByHour)-12):]
		c.Put(1, y, "by hour", kit.Meta())
		c.Spark(13, y, len(hours), kit.Spark{Values: floats(hours), High: float64(top(hours))})
		c.PutIn(13, y+1, c.W()-14, "UTC, to "+f.Now.UTC().Add(time.Hour).Truncate(time.Hour).Format("15:04"), kit.Meta())
	}
}
