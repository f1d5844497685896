package board

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/calendar"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

func (v View) nextHead() head {
	h := head{title: kit.Heading("NEXT", "", "")}
	if n := len(v.order[nextPane]); n > 0 {
		h.title = kit.Heading("NEXT", strconv.Itoa(n), "")
		h.note = []kit.Run{kit.T("7 days", kit.Meta())}
	}
	return h
}

// drawNext lists what begins or ends next; on a narrow screen in two columns.
func (v View) drawNext(c kit.Canvas, pl plan, f views.Frame) {
	if len(v.order[nextPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing is planned within 7 days", kit.Meta()))
		return
	}
	first, columns := v.first(nextPane, pl), 1
	if !pl.desk && !pl.wall {
		columns = 2
	}
	w, wide, long := c.W()/columns, 0, 0
	for k := first; k < min(first+pl.fit[nextPane], len(v.order[nextPane])); k++ {
		if x := v.next(v.order[nextPane][k]); x != nil {
			wide, long = max(wide, kit.Width(kit.Instant(x.At, f.Now, f.Zone))), max(long, kit.Width(kit.Span(x.At.Sub(f.Now))))
		}
	}
	for n := range pl.fit[nextPane] {
		if first+n >= len(v.order[nextPane]) {
			return
		}
		x := v.next(v.order[nextPane][first+n])
		if x == nil {
			continue
		}
		on := c.Sub((n/max(c.H(), 1))*w, n%max(c.H(), 1), w, 1)
		when, left := kit.Instant(x.At, f.Now, f.Zone), kit.T(kit.Span(x.At.Sub(f.Now)), kit.Strong())
		if !x.At.After(f.Now) {
			left = kit.T("now", kit.Strong())
		}
		on.Put(1, 0, when, kit.Meta())
		col := 1 + wide + 1 + long
		on.PutRight(col, 0, left.Text, left.Style)
		col += 2
		on.WriteIn(col, 0, w-col-1, nextRuns(x)...)
		if v.focus == nextPane && v.cursor[nextPane] == nextKey(x) && !(pl.wall && v.looks) {
			on.Cursor(0, true)
		}
	}
}

// nextText says what comes next in words.
func nextText(n *board.Next) string {
	var b strings.Builder
	for _, r := range nextRuns(n) {
		b.WriteString(r.Text)
	}
	return b.String()
}

func nextRuns(n *board.Next) []kit.Run {
	plain := func(mark, words string) []kit.Run {
		return []kit.Run{kit.T(mark, kit.Meta()), kit.T(words, kit.Plain())}
	}
	switch n.Kind {
	case board.GrantMark:
		return []kit.Run{kit.T("◇ ", kit.Meta()), kit.T(n.ID, kit.Plain()), kit.T(" approval lapses", kit.Plain()), kit.T(" "+n.Text, kit.Meta())}
	case board.RequestMark:
		return []kit.Run{kit.T("◇ ", kit.Meta()), kit.T(n.ID, kit.Plain()), kit.T(" request expires", kit.Plain()), kit.T(" "+n.Text, kit.Meta())}
	case board.MarkKind(calendar.FreezePeriod):
		word := "FREEZE"
		if n.Ends {
			word = "FREEZE ends"
		}
		out := []kit.Run{kit.T("▒ ", kit.Freeze()), kit.T(word, kit.FreezeWord()), kit.T(" "+n.Text, kit.Plain())}
		if n.For > 0 {
			out = append(out, kit.T(" "+kit.Span(n.For), kit.Meta()))
		}
		return out
	case board.MarkKind(calendar.Maintenance):
		return plain("═ ", "maintenance "+n.Text)
	case board.MarkKind(calendar.Vendor):
		return plain("┅ ", n.Text)
	case board.MarkKind(calendar.AuditPeriod):
		return plain("┄ ", "audit "+n.Text)
	case board.MarkKind(calendar.Batch):
		return plain("▪ ", n.Text)
	case board.MarkKind(calendar.EndOfLife):
		return plain("┅ ", "end of life "+n.Text)
	case board.MarkKind(calendar.Deadline):
		return plain("┄ ", "due "+n.Text)
	}
	return plain("┈ ", string(n.Kind)+" "+n.Text)
}

// drawPulse is how the queue moves.
func (v View) drawPulse(c kit.Canvas, f views.Frame) {
	p := v.page.Pulse
	left := []kit.Run{kit.T(strconv.Itoa(p.Open), kit.Strong()), kit.T(" open", kit.Meta())}
	add := func(runs ...kit.Run) { left = append(append(left, kit.T(" · ", kit.Faint())), runs...) }
	if p.Open > 0 {
		age := kit.Strong()
		if p.Late {
			age = kit.Reason(release.Caution)
		}
		add(kit.T("oldest ", kit.Meta()), kit.T(kit.Age(p.Oldest, f.Now), age))
		due := kit.Meta()
		if p.DueSoon > 0 {
			due = kit.Reason(release.Caution)
		}
		add(kit.T(strconv.Itoa(p.DueSoon), due), kit.T(" due <3h", kit.Meta()))
	}
	if p.Blocked > 0 {
		add(kit.T(strconv.Itoa(p.Blocked), kit.Strong()), kit.T(" blocked", kit.Meta()))
	}
	if n := v.page.Queue.Mine(v.me); n > 0 {
		add(kit.T(strconv.Itoa(n)+" yours", kit.Yours()))
	}
	x := c.WriteIn(1, 0, c.W()-2, left...)
	right := c.W() - 1
	if p.Cleared > 0 {
		hours := p.ByHour[max(0, len(p.ByHour)-12):]
		if x+len(hours)+22 > right {
			hours = nil
		}
		c.Spark(right-len(hours), 0, len(hours), kit.Spark{Values: floats(hours), Low: 0, High: float64(top(hours))})
		right -= len(hours) + 2
	}
	if runs := []kit.Run{kit.T("cleared today ", kit.Meta()), kit.T(strconv.Itoa(p.Cleared), kit.Strong())}; x+2+kit.RunsWidth(runs) <= right {
		c.WriteRight(right, 0, runs...)
	}
}

func floats(list []int) []float64 {
	out := make([]float64, len(list))
	for i, n := range list {
		out[i] = float64(n)
	}
	return out
}

func top(list []int) int {
	most := 1
	for _, n := range list {
		most = max(most, n)
	}
	return most
}

func (v View) feedHead(f views.Frame) head {
	n := len(v.page.Feeds)
	sound, dark := board.Sound(v.page.Feeds, f.Now, v.page.FeedsFrom)
	h := head{title: kit.Heading("FEEDS", strconv.Itoa(sound)+"/"+strconv.Itoa(n), "")}
	switch {
	case dark > 0:
		h.note = []kit.Run{kit.Mark(release.Dark), kit.T(" "+strconv.Itoa(dark)+" dark", kit.AspectWord(release.Dark))}
	case sound < n:
		h.note = []kit.Run{kit.Mark(release.Caution), kit.T(" "+strconv.Itoa(n-sound)+" late or failing", kit.AspectWord(release.Caution))}
	}
	return h
}

// feedColumns is in how many columns feeds stand in w cells.
func feedColumns(w int) int { return max(1, (w-1)/20) }

// drawFeeds lists how far each feed can be believed, worst first.
func (v View) drawFeeds(c kit.Canvas, pl plan, f views.Frame) {
	columns := feedColumns(c.W())
	first, w := v.first(feedPane, pl), (c.W()-1)/columns
	if len(v.order[feedPane]) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("none connected", kit.Meta()))
		return
	}
	for n := range pl.fit[feedPane] {
		if first+n >= len(v.order[feedPane]) {
			return
		}
		l := v.feed(v.order[feedPane][first+n])
		if l == nil {
			continue
		}
		on := c.Sub((n%columns)*w, n/columns, w, 1)
		a, style := release.Go, kit.Meta()
		age := "quiet"
		if !l.LastGood.IsZero() {
			age = kit.Age(l.LastGood, f.Now)
		}
		switch feedAspect(l, f, v.page.FeedsFrom) {
		case feed.Dark:
			a, style = release.Dark, kit.AspectWord(release.Dark)
			age = "DARK"
			if !l.LastGood.IsZero() {
				age += " " + kit.Age(l.LastGood, f.Now)
			}
		case feed.Late:
			a = release.Caution
		default:
			if l.Troubled() {
				a = release.Caution
			} else if l.LastGood.IsZero() {
				a = release.Planned
			}
		}
		x := on.Write(1, 0, kit.Mark(a)) + 1
		room := w - x - kit.Width(age) - 2
		x = on.Put(x, 0, kit.Truncate(l.Name, max(room, 3)), kit.Plain()) + 1
		on.Put(x, 0, age, style)
		if v.focus == feedPane && v.cursor[feedPane] == l.Name && !(pl.wall && v.looks) {
			on.Cursor(0, true)
		}
	}
}

// drawNews are the newest events, newest first.
func (v View) drawNews(c kit.Canvas, f views.Frame) {
	if len(v.page.Events) == 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T("nothing yet", kit.Meta()))
	}
	for y := range c.H() {
		if y >= len(v.page.Events) {
			return
		}
		e := &v.page.Events[y]
		sign := kit.T("·", kit.Faint())
		switch e.Aspect {
		case release.Stop, release.Caution, release.Escalated, release.Dark:
			sign = kit.Mark(e.Aspect)
		}
		when := e.At.In(f.Zone).Format("15:04")
		if f.Now.Sub(e.At) >= 24*time.Hour {
			when = e.At.In(f.Zone).Format("Mon  ")
		}
		runs := []kit.Run{kit.T(when+" ", kit.Meta()), sign, kit.T(" ", kit.Plain())}
		if e.ID != "" {
			runs = append(runs, kit.T(e.ID+" ", kit.Strong()))
		}
		c.WriteIn(1, y, c.W()-2, append(runs, kit.T(e.Text, kit.Plain()))...)
	}
}
