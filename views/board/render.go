package board

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/board"
	"signalbox/release/catalog"
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
	case v.page == nil && v.failed != nil:
		c.Refusal(refused(v.failed), v.failed)
		return
	case v.page == nil:
		c.Put(9, 3, "The board is being read.", kit.Meta())
		return
	}
	pl := v.planAt(c.W(), c.H())
	if line, ok := views.Trouble(f, v.failed, v.page.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	switch {
	case v.page.Fresh():
		v.drawFresh(c, f)
	case pl.wall:
		v.drawWall(c, pl, f)
	default:
		v.drawDesk(c, pl, f)
	}
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "The board is not shown to you."
	}
	return "The board cannot be read."
}

func (r rect) on(c kit.Canvas) kit.Canvas { return c.Sub(r.x, r.y, r.w, r.h) }

// section draws a part with its rule and gives what is under it; it reports false where the part has no room.
func (v View) section(c kit.Canvas, r rect, h head, focus bool) (kit.Canvas, bool) {
	if r.h < 1 || r.w < 4 {
		return c, false
	}
	on := r.on(c)
	on.Rule(0, kit.Rule{Title: h.title, Note: h.note, Focus: focus})
	return on.Sub(0, 1, r.w, r.h-1), r.h > 1
}

// head is what stands in the rule of a section.
type head struct{ title, note []kit.Run }

func (v View) drawDesk(c kit.Canvas, pl plan, f views.Frame) {
	if pl.desk {
		from, to := window(f.Now, pl)
		if in, ok := v.section(c, pl.strip, head{kit.Heading("NOW / NEXT", "", " "+span(from, to, f.Zone)), v.nextNote(f)}, false); ok {
			v.drawStrip(in, pl, f)
		}
	} else {
		v.drawStrip(pl.strip.on(c), pl, f)
	}
	v.drawAct(c, pl, f)
	if _, ok := v.section(c, pl.rollouts, v.rolloutHead(), v.focus == rolloutPane); ok {
		v.drawRollouts(pl.list[rolloutPane].on(c), pl, f)
	}
	if in, ok := v.section(c, pl.health, v.healthHead(), v.focus == healthPane); ok {
		v.drawHealth(in, pl.list[healthPane].on(c), pl, f)
	}
	if _, ok := v.section(c, pl.next, v.nextHead(), v.focus == nextPane); ok {
		v.drawNext(pl.list[nextPane].on(c), pl, f)
	}
	if in, ok := v.section(c, pl.pulse, head{title: kit.Heading("QUEUE PULSE", "", "")}, false); ok {
		v.drawPulse(in, f)
	}
	if _, ok := v.section(c, pl.feeds, v.feedHead(f), v.focus == feedPane); ok {
		v.drawFeeds(pl.list[feedPane].on(c), pl, f)
	}
	if in, ok := v.section(c, pl.news, head{title: kit.Heading("WHAT CHANGED", "", ""), note: []kit.Run{kit.T("newest first", kit.Meta())}}, false); ok {
		v.drawNews(in, f)
	}
	switch {
	case pl.desk:
		c.Divider(pl.act.w, pl.strip.h, c.H()-pl.strip.h)
	case pl.rollouts.h > 0:
		c.Put(pl.rollouts.w, pl.rollouts.y, "┬", kit.Line())
		c.Divider(pl.rollouts.w, pl.rollouts.y+1, pl.rollouts.h-1)
	}
}

// actHead is "ACT NOW 7 +1 ■".
func (v View) actHead() head {
	n := 0
	for k := range v.rows {
		if !v.rows[k].left() {
			n++
		}
	}
	h := head{title: kit.Heading("ACT NOW", strconv.Itoa(n), "")}
	if v.words != "" {
		h.title = append(kit.Heading("ACT NOW", strconv.Itoa(n)+" of "+strconv.Itoa(len(v.page.Act)), ""), kit.T("  / "+kit.Truncate(v.words, 20), kit.Plain()))
	}
	if len(v.queued) > 0 {
		worst := release.Go
		for i := range v.page.Act {
			for _, k := range v.queued {
				if a := v.page.Act[i].Aspect; v.page.Act[i].Key == k && a.Worse(worst) {
					worst = a
				}
			}
		}
		h.title = append(h.title, kit.T(" +"+strconv.Itoa(len(v.queued))+" ", kit.Lever()), kit.Mark(worst))
	}
	if n := v.stale(); n > 0 {
		h.note = []kit.Run{kit.T(strconv.Itoa(n)+" moved · ", kit.Meta()), kit.T(".", kit.Look())}
		return h
	}
	if len(v.rows) > 0 {
		h.note = []kit.Run{kit.T("worst first", kit.Meta())}
	}
	return h
}

func (v View) drawAct(c kit.Canvas, pl plan, f views.Frame) {
	h := v.actHead()
	if hidden := v.length(actPane) - pl.fit[actPane]; hidden > 0 && pl.fit[actPane] > 0 {
		h.note = append([]kit.Run{kit.T("+"+strconv.Itoa(hidden)+" more  ", kit.Meta())}, h.note...)
	}
	if _, ok := v.section(c, pl.act, h, v.focus == actPane); ok {
		v.drawRows(pl.list[actPane].on(c), pl, f)
	}
}

// drawRows are the rows of ACT NOW, or why there are none.
func (v View) drawRows(c kit.Canvas, pl plan, f views.Frame) {
	if len(v.rows) == 0 {
		v.drawClear(c, f)
		return
	}
	first := v.first(actPane, pl)
	cells := make([][]kit.Cell, len(v.rows))
	for k := range v.rows {
		cells[k] = v.cells(&v.rows[k], f)
	}
	what := kit.Column{Grow: 1, Min: 21, Gap: 1}
	if pl.wall { // the names whole, what is left to the facts
		for k := range cells {
			what.Min = max(what.Min, min(kit.RunsWidth(cells[k][2]), 34))
		}
		what.Grow, what.Width = 0, what.Min
	}
	l := kit.Fit(1, c.W(), []kit.Column{{Width: 1}, {Width: 6, Hug: true, Gap: 1}, what, {Grow: 2, Min: 20}, {Width: 6, Hug: true, Right: true}, {Width: 9, Gap: 2}}, cells)
	for n := range pl.fit[actPane] {
		k := first + n
		if k >= len(v.rows) {
			return
		}
		y, r := n*pl.per[actPane], &v.rows[k]
		c.Row(y, l, cells[k])
		if pl.per[actPane] > 1 {
			x, _ := l.At(2)
			c.WriteIn(x, y+1, c.W()-x-1, v.detail(r, f)...)
		}
		switch {
		case r.left():
			c.Gone(y)
		case r.moved:
			c.Put(0, y, "▸", kit.Meta())
		}
		if r.Key == v.cursor[actPane] && !(pl.wall && v.looks) {
			for d := range pl.per[actPane] {
				c.Cursor(y+d, v.focus == actPane)
			}
		}
	}
}

// cells are one row of ACT NOW: shape, id, what, the facts with the one that decides first, when, and the key.
func (v View) cells(r *row, f views.Frame) []kit.Cell {
	name := kit.Name()
	if r.Aspect == release.Dark {
		name = kit.Stale()
	}
	if f.Now.Before(r.fresh) {
		name = kit.Fresh(name)
	}
	var facts []kit.Run
	if r.Reason != "" {
		facts = append(facts, kit.T(r.Reason, kit.Reason(r.Aspect)), kit.T("  ", kit.Plain()))
	}
	if i := r.Item; i != nil && i.Moving == "" && r.Reason != "" { // no room for words
		facts = append(facts, kit.T(kit.Quorum(i.Approval.Granted(), i.Approval.Needed)+" ", kit.Plain()), kit.Risk(i.Change.Risk, ""))
	} else if i != nil && i.Moving == "" {
		facts = append(facts, kit.T("risk ", kit.Meta()), kit.Risk(i.Change.Risk, " "), kit.T("  "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Plain()), kit.T(" ok", kit.Meta()))
	} else {
		facts = append(facts, kit.T(strings.TrimSpace(r.Facts), kit.Meta()))
	}
	when := kit.T(kit.Unknown, kit.Meta())
	switch {
	case r.left():
		when = kit.T("gone "+kit.Clock(r.gone, f.Zone), kit.Meta())
	case !r.Due.IsZero():
		when = kit.Left(r.Due, f.Now, r.Item != nil && r.Item.Yours(v.me) || r.Kind == board.FreezeRow)
	case !r.Since.IsZero():
		when = kit.T(kit.Age(r.Since, f.Now), kit.Meta())
	}
	what := r.What
	if r.Kind == board.ChangeRow && catalog.IsUnknown(r.Service) {
		what = kit.TruncateMiddle(what, 24)
	}
	out := []kit.Cell{{kit.Mark(r.Aspect)}, kit.C(r.ID, kit.ID()), kit.C(what, name), facts, {when}, nil}
	if !r.left() {
		out[5] = v.lever(r, f).Runs()
	}
	return out
}

// lever is the key at the edge of a row: the one that acts, where this person has it, else the one that opens.
func (v View) lever(r *row, f views.Frame) kit.Hint {
	if r.Verb != "" {
		for _, verb := range f.Verbs {
			if verb.Name != r.Verb || verb.Key == "" {
				continue
			}
			for _, h := range views.LeversOn(v.Name(), f, selection(&r.Row)) {
				if h.Key == verb.Key {
					words := strings.Fields(verb.Name)
					h.Label = words[len(words)-1]
					return h
				}
			}
		}
	}
	return kit.Hint{Key: "⏎", Label: "open"}
}

// detail is the second line of a row on the wall.
func (v View) detail(r *row, f views.Frame) []kit.Run {
	var parts []string
	if r.Item != nil {
		parts = append(parts, r.Facts)
		if r.Item.Of > 0 {
			parts = append(parts, "evidence "+strconv.Itoa(r.Item.Passed)+"/"+strconv.Itoa(r.Item.Of))
		}
		if r.Item.Change.Title != "" {
			parts = append(parts, r.Item.Change.Title)
		}
	} else if r.Facts != "" {
		parts = append(parts, r.Facts)
	}
	if len(r.Regions) > 0 {
		parts = append(parts, strings.ToUpper(strings.Join(r.Regions, " ")))
	}
	if !r.Due.IsZero() {
		parts = append(parts, "due "+kit.Instant(r.Due, f.Now, f.Zone))
	} else if !r.Since.IsZero() {
		parts = append(parts, "since "+kit.Instant(r.Since, f.Now, f.Zone))
	}
	return []kit.Run{kit.T(strings.Join(parts, " · "), kit.Meta())}
}

// drawClear says that nothing needs anybody, as far as that is known, and what comes next.
func (v View) drawClear(c kit.Canvas, f views.Frame) {
	if v.words != "" {
		c.WriteIn(1, 0, c.W()-2, kit.T("·", kit.Faint()), kit.T(" Nothing here fits “"+kit.Truncate(v.words, 40)+"”.  ", kit.Strong()), kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
		return
	}
	if len(v.queued) > 0 {
		c.WriteIn(1, 0, c.W()-2, kit.T(strconv.Itoa(len(v.queued)), kit.Strong()), kit.T(" new: ", kit.Meta()), kit.T("]", kit.Look()))
		return
	}
	spoken := 0
	for i := range v.page.Feeds {
		if !v.page.Feeds[i].LastGood.IsZero() {
			spoken++
		}
	}
	runs := []kit.Run{kit.Mark(release.Go), kit.T(" All signals clear", kit.Strong())}
	if spoken == 0 {
		runs = []kit.Run{kit.Mark(release.Dark), kit.T(" Nothing that is known here needs anybody", kit.Strong()), kit.T("; no feed has spoken yet", kit.Meta())}
	}
	if n := v.upcoming(f); n != nil {
		runs = append(runs, kit.T(" · next: ", kit.Meta()), kit.T(nextText(n), kit.Plain()), kit.T(" "+kit.Instant(n.At, f.Now, f.Zone)+" ", kit.Meta()), kit.T(kit.Span(n.At.Sub(f.Now)), kit.Strong()))
	}
	c.WriteIn(1, 0, c.W()-2, runs...)
}

// upcoming is what comes next at the clock of the frame, nil for nothing.
func (v View) upcoming(f views.Frame) *board.Next {
	return pick(v.page.Next, func(n *board.Next) bool { return n.At.After(f.Now) })
}

func (v View) nextNote(f views.Frame) []kit.Run {
	n := v.upcoming(f)
	if n == nil {
		return nil
	}
	return []kit.Run{kit.T("next: "+kit.Truncate(nextText(n), 30)+" ", kit.Meta()), kit.T(kit.Instant(n.At, f.Now, f.Zone), kit.Meta()), kit.T(" "+kit.Span(n.At.Sub(f.Now)), kit.Strong())}
}

func feedAspect(l *feed.Line, f views.Frame, since time.Time) feed.Aspect {
	return l.Status.Aspect(f.Now, since)
}
