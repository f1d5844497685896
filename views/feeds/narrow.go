package feeds

import (
	"slices"
	"strconv"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/outbox"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawNarrow paints the selected feed and the lower pane under the list.
func (v View) drawNarrow(c kit.Canvas, p plan, r *row, f views.Frame) {
	x := v.facts(r, f, c.W())
	if x.tight = p.facts-1 <= 5; x.tight {
		x.x = 8
	}
	x.drawTitle(c.Sub(0, p.y, c.W(), 1), f, v.feedSelection(r))
	y := p.y + 1
	for _, a := range x.condensed(p.facts - 1) {
		a.drawn(c, y, x.x)
		y++
	}
	posts := v.posts()
	v.drawPosts(c.Sub(0, p.y+p.facts, c.W(), p.posts), r, posts, 1, f)
}

func (v View) feedSelection(r *row) views.Selection {
	return views.Selection{Kind: views.FeedKind, ID: r.name, Feed: r.line}
}

// drawTitle is the rule over a feed's facts, with what happens next and the key that asks at once.
func (x facts) drawTitle(c kit.Canvas, f views.Frame, s views.Selection) {
	note := x.next()
	if h, ok := lever("feeds", "feeds retry", f, s); ok {
		if note != nil {
			note = append(note, kit.T("  ", kit.Plain()))
		}
		note = append(note, kit.T(h.Key, kit.Lever()), kit.T(" now", kit.Plain()))
	}
	c.Rule(0, kit.Rule{Title: x.title(), Note: note})
}

// condensed are the facts and the log in h rows: the log on one row, or on as many as are left.
func (x facts) condensed(h int) []fact {
	all := x.rows()
	all = x.listed(all, h-len(all)-min(len(x.line.Log), 4))
	log := fact{rank: 7, label: "log", runs: x.newest()}
	spare := h - len(all)
	if spare < 2 || len(x.line.Log) == 0 {
		return fitted(append(all, log), h)
	}
	for n, e := range x.line.Log[:min(spare, len(x.line.Log))] {
		label := ""
		if n == 0 {
			label = "log"
		}
		all = append(all, fact{label: label, runs: x.logged(e)})
	}
	return all
}

// listed puts what rests on the feed under its row: each on a row where there is room for all, else the names
// on one.
func (x facts) listed(all []fact, room int) []fact {
	at := slices.IndexFunc(all, func(a fact) bool { return a.label == "rests" })
	if at < 0 || len(x.line.Rests) == 0 {
		return all
	}
	if len(x.line.Rests) > room {
		return slices.Insert(all, at+1, fact{rank: 8, runs: x.named()})
	}
	var rows []fact
	for _, r := range x.line.Rests {
		rows = append(rows, fact{runs: []kit.Run{kit.Mark(r.Aspect), kit.T(" ", kit.Plain()), kit.T(kit.Truncate(r.ID, 24), kit.ID()), kit.T("  "+r.Text, kit.Plain())}})
	}
	return slices.Insert(all, at+1, rows...)
}

// named are the services that rest on the feed, else whatever does, as many as stand in a row.
func (x facts) named() []kit.Run {
	var names []string
	for _, r := range x.line.Rests {
		if r.Kind == "service" {
			names = append(names, r.ID)
		}
	}
	if len(names) == 0 {
		for _, r := range x.line.Rests {
			names = append(names, r.ID)
		}
	}
	line := kit.Truncate(names[0], 24)
	for n, name := range names[1:] {
		more := "  +" + strconv.Itoa(len(names)-1-n)
		if kit.Width(line)+2+kit.Width(name)+kit.Width(more) > x.w-x.x-1 {
			return []kit.Run{kit.T(line, kit.Plain()), kit.T(more, kit.Meta())}
		}
		line += "  " + name
	}
	return []kit.Run{kit.T(line, kit.Plain())}
}

// drawPosts paints the rule and the lines of the lower pane, each on so many rows.
func (v View) drawPosts(c kit.Canvas, r *row, posts []post, rows int, f views.Frame) {
	if c.H() < 1 {
		return
	}
	title := "DEAD LETTERS"
	if r.line.Kind == feed.Out {
		title = "MESSAGES"
	}
	var note []kit.Run
	at := v.posted(posts)
	if at >= 0 {
		s := posts[at].selection()
		note = []kit.Run{kit.T("⏎", kit.Look()), kit.T(" read", kit.Meta())}
		for _, name := range []string{"feeds retry", "feeds drop"} {
			if h, ok := lever(v.Name(), name, f, s); ok {
				label := map[string]string{"feeds retry": " retry", "feeds drop": " drop"}[name]
				note = append(note, kit.T("  "+h.Key, kit.Lever()), kit.T(label, kit.Plain()))
			}
		}
		if !v.below {
			note = []kit.Run{kit.T("tab", kit.Look()), kit.T(" goes there", kit.Meta())}
		}
	}
	n := (c.H() - 1) / rows
	first := v.firstPost(posts, n)
	if below := len(posts) - first - n; below > 0 {
		note = append([]kit.Run{kit.T("↓"+strconv.Itoa(below)+"  ", kit.Meta())}, note...)
	}
	c.Rule(0, kit.Rule{Title: kit.Heading(title, strconv.Itoa(len(posts)), ""), Note: note, Focus: v.below})
	if len(posts) == 0 {
		word := "none is kept"
		if r.line.Kind == feed.Out {
			word = "none waits and none failed"
		}
		c.PutIn(1, 1, c.W()-2, word, kit.Meta())
		return
	}
	x := v.facts(r, f, c.W())
	ids, names := 0, 0
	for _, p := range posts {
		ids, names = max(ids, kit.Width(p.id())), max(names, min(kit.Width(p.line.Name), 12))
	}
	for k := first; k < min(first+n, len(posts)); k++ {
		y := 1 + (k-first)*rows
		x.drawPost(c, y, posts[k], rows, ids, names)
		if k == at {
			c.Cursor(y, v.below)
			if rows > 1 && v.below {
				c.Select(0, y+1, c.W())
			}
		}
	}
}

// drawPost is one line of the lower pane: when, which, whose, what, and why it is there.
func (x facts) drawPost(c kit.Canvas, y int, p post, rows, ids, names int) {
	right := c.W() - 1
	if rows > 1 {
		right = c.PutRight(right, y, p.seen(), kit.Meta()) - 2
	}
	at := c.Put(1, y, x.stamp(p.at())+" ", kit.Meta())
	c.Put(at, y, p.id(), kit.ID())
	at += ids + 1
	why, style := p.why()
	if m := p.message; m != nil {
		a := messageAspect(m.State)
		at = c.Write(at, y, kit.Mark(a), kit.T(" ", kit.Plain()))
		c.Put(at, y, string(m.State), kit.AspectWord(a))
		at += 8
		at = c.PutIn(at, y, min(26, right-at), m.Event+" "+m.Subject, kit.Plain()) + 2
	} else {
		c.PutIn(at, y, names, p.line.Name, kit.Meta())
		at += names + 1
		at = c.PutIn(at, y, min(26, right-at), p.letter.Event, kit.Plain()) + 2
	}
	if rows > 1 {
		at, y, right = 3, y+1, c.W()-1
	}
	if kit.Width(why) > right-at {
		why = cause(why)
	}
	c.PutIn(at, y, right-at, why, style)
}

// messageAspect is the signal of a message: one that nobody knows about, or that is not wanted, needs a person.
func messageAspect(s outbox.State) release.Aspect {
	switch s {
	case outbox.Failed:
		return release.Stop
	case outbox.Unknown:
		return release.Caution
	case outbox.Sent:
		return release.Go
	}
	return release.Planned
}
