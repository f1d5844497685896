package feeds

import (
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.panel == nil && v.failed != nil:
		c.Refusal(refused(v.failed), v.failed)
		return
	case v.panel == nil:
		c.Put(9, 3, "The feeds are being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.panel.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	v.drawHeader(c, f)
	if len(v.rows) == 0 {
		v.drawEmpty(c)
		return
	}
	p := planned(c.W(), c.H(), len(v.rows), len(v.posts()))
	v.drawList(c, p, f)
	if r := v.current(); r != nil && c.W() >= wide {
		v.drawWide(c, p, r, f)
	} else if r != nil {
		v.drawNarrow(c, p, r, f)
	}
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "The feeds are not shown to you."
	}
	return "The feeds cannot be read."
}

// drawEmpty says that nothing is connected, or that no feed fits the filter, and the way out.
func (v View) drawEmpty(c kit.Canvas) {
	if len(v.panel.Lines) > 0 {
		c.Write(9, 3, kit.T("·", kit.Faint()), kit.T("  No feed fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
		return
	}
	c.Write(9, 3, kit.Mark(release.Dark), kit.T("  no feed connected", kit.Strong()), kit.T(" · ", kit.Faint()), kit.T("n", kit.Look()), kit.T(" connects one", kit.Plain()))
	c.WriteIn(12, 5, c.W()-13, kit.T("Nothing arrives by itself: no change, no evidence, no calendar, no health.", kit.Meta()))
	c.WriteIn(12, 6, c.W()-13, kit.T("Changes can still be drafted by hand: signalbox change draft", kit.Meta()))
}

// look counts the feeds at which a person should look although their age is right.
const look feed.Aspect = "look"

// tally counts the feeds by their age, each once.
func (v View) tally(now time.Time) (n map[feed.Aspect]int, letters int) {
	n = map[feed.Aspect]int{}
	for k := range v.panel.Lines {
		l := &v.panel.Lines[k]
		a := age(l, now, v.panel.Since)
		if a != feed.Late && standing(l, now, v.panel.Since) == release.Caution {
			a = look
		}
		n[a]++
		letters += len(l.Letters)
	}
	return n, letters
}

// drawHeader is the count of the feeds by their age, the filter and the order.
func (v View) drawHeader(c kit.Canvas, f views.Frame) {
	count := strconv.Itoa(len(v.panel.Lines))
	if v.words != "" {
		count = strconv.Itoa(len(v.rows)) + " of " + count
	}
	n, letters := v.tally(f.Now)
	number := func(word string, n int, s kit.Style) kit.Run {
		if n == 0 {
			s = kit.Meta()
		}
		return kit.T(word+" "+strconv.Itoa(n), s)
	}
	gap := kit.T("  ", kit.Plain())
	counts := []kit.Run{kit.T("fresh "+strconv.Itoa(n[feed.Fresh]), kit.Meta()), gap}
	if n[feed.Quiet] > 0 {
		counts = append(counts, kit.T("quiet "+strconv.Itoa(n[feed.Quiet]), kit.Meta()), gap)
	}
	if n[look] > 0 {
		counts = append(counts, number("look", n[look], kit.AspectNumber(release.Caution)), gap)
	}
	counts = append(counts, number("late", n[feed.Late], kit.AspectNumber(release.Caution)), gap, number("dark", n[feed.Dark], kit.AspectWord(release.Dark)))
	var notes [][]kit.Run
	if k := v.stale(); k > 0 {
		notes = append(notes, []kit.Run{kit.T(strconv.Itoa(k)+" moved ", kit.Meta()), kit.T(".", kit.Look())})
	}
	if v.words != "" {
		notes = append(notes, []kit.Run{kit.T("/ "+kit.Truncate(v.words, 20), kit.Plain())})
	}
	notes = append(notes, []kit.Run{kit.T("sort:"+v.order.name(), kit.Meta())})
	if c.W() >= wide {
		note := append(counts, gap, number("dead letters", letters, kit.AspectNumber(release.Caution)))
		for _, r := range notes {
			note = append(append(note, kit.T("  ·  ", kit.Faint())), r...)
		}
		if len(v.panel.Lines) == 0 {
			note = nil
		}
		if more := v.hidden(); more != "" {
			note = append([]kit.Run{kit.T(more+"  ", kit.Meta())}, note...)
		}
		c.Rule(0, kit.Rule{Title: kit.Heading("FEEDS", count, ""), Note: note, Focus: !v.below})
		return
	}
	needed := 0 // for the notes
	for _, r := range notes {
		needed += 2 + kit.RunsWidth(r)
	}
	if n[look] > 0 && kit.Width("FEEDS "+count+"      dead letters "+strconv.Itoa(letters))+kit.RunsWidth(counts)+needed > c.W()-2 {
		counts = counts[2:] // the fresh ones are what is left
	}
	left := append([]kit.Run{kit.T("FEEDS "+count, kit.Strong()), kit.T("   ", kit.Plain())}, counts...)
	left = append(left, kit.T("   ", kit.Plain()), number("dead letters", letters, kit.AspectNumber(release.Caution)))
	if len(v.panel.Lines) == 0 {
		left = left[:1]
		notes = nil
	}
	x := c.WriteIn(1, 0, c.W()-2, left...)
	for len(notes) > 0 {
		var line []kit.Run
		for k, r := range notes {
			if k > 0 {
				line = append(line, gap)
			}
			line = append(line, r...)
		}
		if x+2+kit.RunsWidth(line) <= c.W()-1 {
			c.WriteRight(c.W()-1, 0, line...)
			return
		}
		notes = notes[:len(notes)-1]
	}
}

// hidden says how many rows of the list are above and below those shown.
func (v View) hidden() string {
	h := v.plan().list
	top := kit.Scroll(v.top, v.place(), h, len(v.rows))
	out := ""
	if top > 0 {
		out = "↑" + strconv.Itoa(top)
	}
	if below := len(v.rows) - top - h; below > 0 {
		if out != "" {
			out += " "
		}
		out += "↓" + strconv.Itoa(below)
	}
	return out
}

// drawList writes the heads of the columns and the rows.
func (v View) drawList(c kit.Canvas, p plan, f views.Frame) {
	cols := []kit.Column{{Width: 1}, {Title: "feed", Width: 9, Hug: true, Gap: 1}, {Title: "kind", Width: 4, Hug: true, Gap: 1}, {Title: "last good", Hug: true},
		{Title: "lag", Width: 6, Hug: true, Right: true, Gap: 1}, {Title: "promise"}, {Title: "in/h", Width: 5, Hug: true, Right: true, Gap: 1},
		{Title: "ref", Hug: true, Right: true}, {Title: "dead", Hug: true, Right: true, Gap: 1}, {Title: "rests on it", Grow: 1, Min: 12}}
	name := 12
	if c.W() >= wide {
		cols[1].Width, cols[5].Width, cols[9].Grow, cols[9].Min = 10, 7, 2, 18
		cols[2].Gap, cols[4].Gap, cols[6].Width = 2, 2, 6
		cols = append(cols, kit.Column{Title: "last error in words", Grow: 3, Min: 24})
		switch {
		case c.W() >= roomy:
			name = 32
		case c.W() >= 112:
			name = 16
		}
	}
	rows := make([][]kit.Cell, len(v.rows))
	for k := range v.rows {
		rows[k] = v.cells(&v.rows[k], name, c.W(), f)
	}
	l := kit.Fit(1, c.W(), cols, rows)
	c.Head(1, l)
	if more := v.hidden(); more != "" && c.W() < wide {
		c.PutRight(c.W()-1, 1, more, kit.Meta())
	}
	top := kit.Scroll(v.top, v.place(), p.list, len(v.rows))
	for k := top; k < min(top+p.list, len(v.rows)); k++ {
		r, y := &v.rows[k], headRows+k-top
		if r.moved && v.order == byWorst {
			c.Put(0, y, "▸", kit.Meta())
		}
		c.Row(y, l, rows[k])
		if r.gone {
			c.Gone(y)
		}
		if r.name == v.cursor {
			c.Cursor(y, !v.below)
		}
	}
	if p.note && v.hasQuiet() {
		c.PutIn(3, p.y-1, c.W()-4, "push feeds promise nothing: silence is quiet, not dark. The other side calls them, signalbox cannot ask.", kit.Meta())
	}
}

func (v View) hasQuiet() bool {
	for k := range v.rows {
		if l := v.rows[k].line; l.Kind == feed.Push && l.ExpectEvery <= 0 {
			return true
		}
	}
	return false
}

// cells are one row of the list.
func (v View) cells(r *row, name, width int, f views.Frame) []kit.Cell {
	l := r.line
	a, ages := standing(l, f.Now, v.panel.Since), age(l, f.Now, v.panel.Since)
	style := func(s kit.Style) kit.Style {
		if f.Now.Before(r.fresh) {
			return kit.Fresh(s)
		}
		return s
	}
	lagStyle := kit.Plain()
	switch ages {
	case feed.Dark:
		lagStyle = kit.AspectNumber(release.Dark)
	case feed.Late:
		lagStyle = kit.Reason(release.Caution)
	}
	ref, lost := kit.Meta(), kit.Meta()
	if refusedLately(l, f.Now) > 0 {
		ref = kit.Reason(release.Caution)
	}
	if dead(l) > 0 {
		lost = kit.Reason(release.Caution)
	}
	words := l.Resting
	if width < roomy {
		words = shortened(words)
	}
	rests := kit.Cell{kit.T(words, kit.Plain())}
	if ages == feed.Dark && gated(l) && width >= wide {
		rests = append(rests, kit.T(" = ", kit.Meta()), kit.Mark(release.Dark))
	}
	mark := kit.Mark(a)
	mark.Style = style(mark.Style)
	out := []kit.Cell{{mark}, kit.C(kit.TruncateMiddle(l.Name, name), kit.ID()), kit.C(string(l.Kind), kit.Meta()), kit.C(lastGood(l, f.Now, f.Zone), kit.Meta()),
		kit.C(lag(l, f.Now), style(lagStyle)), kit.C(promise(l), kit.Meta()), kit.C(kit.Thousands(l.PerHour), kit.Plain()),
		kit.C(kit.Thousands(l.Refused), ref), kit.C(kit.Thousands(int64(dead(l))), lost), rests}
	if r.gone {
		out[9] = kit.C("not configured any more", kit.Meta())
	}
	if width >= wide {
		said := brief(l, f.Now, v.panel.Since, f.Zone)
		if said == nil {
			said = []kit.Run{kit.T(kit.Unknown, kit.Meta())}
		}
		out = append(out, kit.Cell(said))
	}
	return out
}

// gated reports whether a gate waits for the feed.
func gated(l *feed.Line) bool {
	for _, r := range l.Rests {
		if r.Gate != "" {
			return true
		}
	}
	return false
}
