package feeds

import (
	"strconv"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawWide paints the selected feed at the left and the lower pane at the right of a divider, under the list.
func (v View) drawWide(c kit.Canvas, p plan, r *row, f views.Frame) {
	h := c.H() - p.y
	if h < 1 {
		return
	}
	left, right := c.Sub(0, p.y, p.left, h), c.Sub(p.left+1, p.y, c.W()-p.left-1, h)
	c.Divider(p.left, p.y, h)
	v.drawFeed(left, r, f)
	posts := v.posts()
	y := 1 + max(1, 2*p.shown)
	v.drawPosts(right.Sub(0, 0, right.W(), y), r, posts, 2, f)
	if at := v.posted(posts); at >= 0 {
		y = v.drawAbout(right, y, posts[at], r, f)
	}
	v.drawLevers(right, y, f)
}

// drawFeed is the feed's facts, what rests on it, and its log.
func (v View) drawFeed(c kit.Canvas, r *row, f views.Frame) {
	x := v.facts(r, f, c.W())
	x.brief = true
	x.drawTitle(c.Sub(0, 0, c.W(), 1), f, v.feedSelection(r))
	all := x.rows()
	rests := min(len(x.line.Rests), 4)
	logged := min(len(x.line.Log), 4)
	room := c.H() - 1 - (1 + max(rests, 1)) - (1 + max(logged, 1))
	if x.tight = len(all) > max(room, 4); x.tight {
		all = x.rows()
	}
	y := 1
	for _, a := range fitted(all, max(room, 4)) {
		a.drawn(c, y, x.x)
		y++
	}
	spare := c.H() - y - (1 + max(rests, 1)) - (1 + max(logged, 1))
	y = x.drawRests(c, y, rests+max(0, min(spare/2, len(x.line.Rests)-rests)))
	x.drawLog(c, y)
}

// drawRests lists what rests on the feed, n rows of it, and returns the row after them.
func (x facts) drawRests(c kit.Canvas, y, n int) int {
	l := x.line
	if y >= c.H() {
		return y
	}
	c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: kit.Heading("RESTS ON IT", strconv.Itoa(len(l.Rests)), "")})
	y++
	if len(l.Rests) == 0 {
		c.PutIn(1, y, c.W()-2, resting(l), kit.Meta())
		return y + 1
	}
	if n < len(l.Rests) {
		n-- // the last row says how many more
	}
	n = max(n, 0)
	ids := 0
	for _, r := range l.Rests[:n] {
		ids = max(ids, min(kit.Width(r.ID), 24))
	}
	dark := age(l, x.now, x.since) == feed.Dark
	for _, r := range l.Rests[:n] {
		if y >= c.H() {
			return y
		}
		gate := []kit.Run{kit.T(r.Kind, kit.Meta())}
		if r.Gate != "" && dark {
			gate = []kit.Run{kit.T("gate "+r.Gate+" = ", kit.Meta()), kit.Mark(release.Dark)}
		}
		right := c.WriteRight(c.W()-1, y, gate...)
		c.Write(1, y, kit.Mark(r.Aspect), kit.T(" ", kit.Plain()))
		c.PutIn(3, y, ids, r.ID, kit.ID())
		c.PutIn(5+ids, y, right-7-ids, r.Text, kit.Plain())
		y++
	}
	if more := len(l.Rests) - n; more > 0 && y < c.H() {
		words := " more"
		if dark {
			words += ", shown with what was last known of them"
		}
		c.Write(1, y, kit.T("+"+strconv.Itoa(more)+words, kit.Meta()))
		y++
	}
	return y
}

func resting(l *feed.Line) string {
	if l.Resting == "" {
		return "nothing yet"
	}
	return l.Resting
}

// drawLog writes the newest of the log, down to the end of the pane.
func (x facts) drawLog(c kit.Canvas, y int) {
	if y >= c.H() {
		return
	}
	c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: kit.Heading("LOG", "", ""), Note: []kit.Run{kit.T("⏎", kit.Look()), kit.T(" all", kit.Meta())}})
	y++
	if len(x.line.Log) == 0 {
		c.PutIn(1, y, c.W()-2, "nothing has happened yet", kit.Meta())
	}
	for _, e := range x.line.Log {
		c.WriteIn(1, y, c.W()-2, x.logged(e)...)
		y++
	}
}

// drawAbout is what is known of the line under the lower pane's cursor.
func (v View) drawAbout(c kit.Canvas, y int, p post, r *row, f views.Frame) int {
	if y+1 >= c.H() {
		return y
	}
	c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: aboutTitle(p), Note: []kit.Run{kit.T(p.seen(), kit.Meta())}})
	y++
	x := v.facts(r, f, c.W())
	for _, a := range x.about(p, 12, max(c.H()-y-leverRows, 1)) {
		a.drawn(c, y, 12)
		y++
	}
	return y
}

// drawLevers says of each key what it does to what is selected, or what locks it.
func (v View) drawLevers(c kit.Canvas, y int, f views.Frame) {
	if y+1 >= c.H() {
		return
	}
	c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: kit.Heading("LEVERS", "", "")})
	y++
	s := v.Selection()
	for _, h := range levers(v.Name(), f, s) {
		if y >= c.H() {
			return
		}
		x, _ := f.Verbs.ForKey(v.Name(), h.Key)
		key, label := kit.Lever(), kit.Plain()
		note := effect(x.Name, s)
		if err := views.May(x, s, f.Person, f.Now); err != nil {
			note = release.AsError(err).Message
		}
		if h.Weight == kit.LockedKey {
			key, label = kit.Meta(), kit.Meta()
		}
		c.Put(1, y, h.Key, key)
		c.Put(3, y, h.Label, label)
		c.PutIn(21, y, c.W()-22, note, kit.Meta())
		y++
	}
	if y < c.H() {
		c.Put(1, y, "n", kit.Look())
		c.Put(3, y, "connect a feed", kit.Plain())
		c.PutIn(21, y, c.W()-22, "how, and where it is written", kit.Meta())
	}
}

// effect says what a lever does.
func effect(name string, s views.Selection) string {
	switch name {
	case "feeds retry":
		switch s.Kind {
		case views.LetterKind:
			return "gives it to its connector again"
		case views.MessageKind:
			return "sent again, under the same key"
		}
		return "reads it now"
	case "feeds drop":
		return "reason 1-3 · kept 90d · audited"
	case "connector test":
		if s.Feed.Kind == feed.Push {
			return "names its hook, its last call"
		}
		return s.Feed.Name + " is asked once"
	}
	return ""
}
