package feeds

import (
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/views"
	"signalbox/views/kit"
)

// page is one thing on the whole screen: the log of a feed, a dead letter or a message as a whole, or how to
// connect a feed. It is a value, copied on every change.
type page struct {
	world views.World
	desk  *desk
	w, h  int

	kind, id string // "log jira", "letter DL-3", "message OUT-7", "connect"
	asked    int
	applied  int
	panel    *feed.Panel
	whole    []string // of a dead letter or a message, in the words of the verb that shows it
	failed   *release.Error
	top      int
	motion   views.Motion
	acted    bool // what the page shows was dropped or tried again here: where it is gone, there is nothing to read
}

// Page opens a page of the feeds by its words, as New opens the list: "log NAME", "letter ID", "message ID", "connect".
func Page(w views.World, words string) views.View {
	kind, id, _ := strings.Cut(words, " ")
	return page{world: w, desk: &desk{}, kind: kind, id: id, asked: 1}
}

// Name is that of the feeds: the same levers are pulled here.
func (p page) Name() string { return "feeds" }

// Crumbs are the feeds and the page.
func (p page) Crumbs() []string {
	switch {
	case p.kind == "log":
		return []string{"Feeds", p.id, "log"}
	case p.id == "":
		return []string{"Feeds", p.kind}
	}
	return []string{"Feeds", p.id}
}

// Init reads what the page shows.
func (p page) Init() tea.Cmd {
	if p.kind == "letter" || p.kind == "message" {
		return tea.Batch(read(p.world, p.desk, p.asked), readWhole(p.world, p.desk, p.id))
	}
	return read(p.world, p.desk, p.asked)
}

// Update takes a key or an answer.
func (p page) Update(msg tea.Msg) (views.View, tea.Cmd) {
	switch m := msg.(type) {
	case tea.KeyPressMsg:
		return p.key(m.String()), nil
	case views.Resize:
		p.w, p.h = m.W, m.H
		return p.scrolled(p.top), nil
	case views.Refresh:
		p.asked++
		return p, read(p.world, p.desk, p.asked)
	case panelRead:
		if m.desk != p.desk || m.seq <= p.applied {
			return p, nil
		}
		p.applied = m.seq
		if m.err == nil {
			p.panel, p.failed = m.panel, nil
		} else if p.failed = release.AsError(m.err); p.failed.Code == release.Refused || p.failed.Code == release.Unauthenticated {
			p.panel, p.whole = nil, nil
		}
		if l, _ := p.line(); p.acted && p.panel != nil && l == nil {
			return p, func() tea.Msg { return views.Back{} }
		}
		return p.scrolled(p.top), nil
	case views.Answered:
		if m.Err == nil && m.Call.Arg(0) == p.id && (m.Call.Verb == "feeds drop" || m.Call.Verb == "feeds retry") {
			p.acted = true
			if l, _ := p.line(); p.panel != nil && l == nil || m.Call.Verb == "feeds drop" {
				return p, func() tea.Msg { return views.Back{} }
			}
		}
	case wholeRead:
		if m.desk != p.desk {
			return p, nil
		}
		p.whole = []string{}
		for _, l := range m.lines[slices.Index(m.lines, "")+1:] { // what comes before a blank stands above
			p.whole = append(p.whole, release.CleanBlock(l, 4000))
		}
		if e := release.AsError(m.err); e != nil {
			p.whole = []string{"The whole is not shown: " + e.Message + ".", e.Try}
		}
		return p.scrolled(p.top), nil
	}
	return p, nil
}

func (p page) key(k string) page {
	page := max(p.h-2, 1)
	if by, _ := p.motion.Key(k, max(page/2, 1), page); by != 0 {
		return p.scrolled(p.top + by)
	}
	return p
}

// scrolled shows the page from row to on, as far as there are rows.
func (p page) scrolled(to int) page {
	n := len(p.strips(p.w, views.Frame{Now: p.world.Now(), Zone: time.UTC}))
	p.top = max(0, min(to, n-max(p.h-2, 1)))
	return p
}

// line is the feed that the page is about, nil where it is about none that is known.
func (p page) line() (*feed.Line, *post) {
	if p.panel == nil {
		return nil, nil
	}
	for k := range p.panel.Lines {
		l := &p.panel.Lines[k]
		if p.kind == "log" && l.Name == p.id {
			return l, nil
		}
		if found, ok := postOf(l, p.id); ok && p.kind != "log" {
			return l, &found
		}
	}
	return nil, nil
}

// Selection is the feed, the dead letter or the message.
func (p page) Selection() views.Selection {
	l, found := p.line()
	switch {
	case found != nil:
		return found.selection()
	case l != nil:
		return views.Selection{Kind: views.FeedKind, ID: l.Name, Feed: l}
	}
	return views.Selection{}
}

// Filter does nothing: a page is read as a whole.
func (p page) Filter(string) (views.View, int, int) { return p, 0, 0 }

// Lit is the row that names what the page is about.
func (p page) Lit() int {
	if p.Selection().Kind == "" {
		return -1
	}
	return 0
}

// Hints are the keys of the page.
func (p page) Hints(f views.Frame) []kit.Hint {
	out := append([]kit.Hint{{Key: "j/k", Label: "scroll"}}, levers(p.Name(), f, p.Selection())...)
	return append(out, kit.Hint{Key: "esc", Label: "back"}, kit.Hint{Key: "?"})
}

// Draw paints the body.
func (p page) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	l, found := p.line()
	switch {
	case p.kind == "connect":
	case p.panel == nil && p.failed != nil:
		c.Refusal(refused(p.failed), p.failed)
		return
	case p.panel == nil:
		c.Put(9, 3, "It is being read.", kit.Meta())
		return
	case l == nil:
		c.Write(9, 3, kit.T("·", kit.Faint()), kit.T("  "+p.id+" is not among the feeds any more.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" goes back", kit.Meta()))
		return
	}
	if line, ok := views.Trouble(f, p.failed, p.asOf(f)); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	strips := p.strips(c.W(), f)
	h := max(c.H()-1, 0)
	top := max(0, min(p.top, len(strips)-max(h-1, 1)))
	var note []kit.Run
	if len(strips) > h {
		note = []kit.Run{kit.T(strconv.Itoa(top+1)+"–"+strconv.Itoa(min(top+h, len(strips)))+" of "+strconv.Itoa(len(strips)), kit.Meta())}
	}
	title := kit.Heading("CONNECT A FEED", "", "")
	switch {
	case found != nil:
		title = aboutTitle(*found)
	case l != nil:
		title = append(facts{line: l, since: p.panel.Since, now: f.Now, zone: f.Zone}.title(), kit.T("  LOG "+strconv.Itoa(len(l.Log)), kit.Strong()))
	}
	c.Rule(0, kit.Rule{Title: title, Note: note, Focus: true})
	for y, s := range strips[top:min(top+h, len(strips))] {
		s(c, y+1)
	}
}

func (p page) asOf(f views.Frame) time.Time {
	if p.panel == nil {
		return f.Now
	}
	return p.panel.AsOf
}

// strips are the rows of the page.
func (p page) strips(w int, f views.Frame) []func(c kit.Canvas, y int) {
	if p.kind == "connect" {
		return connecting(w)
	}
	l, found := p.line()
	if l == nil {
		return nil
	}
	x := facts{line: l, since: p.panel.Since, now: f.Now, zone: f.Zone, w: w, x: 12}
	var out []func(c kit.Canvas, y int)
	if found == nil {
		for _, e := range l.Log {
			lines := kit.Few(kit.Wrap(e.Text, max(w-26, 12)), 6)
			for n, text := range lines {
				row := e
				row.Text = text
				if n < len(lines)-1 {
					row.Took = 0 // it stands behind the whole sentence
				}
				out = append(out, func(c kit.Canvas, y int) {
					if n == 0 {
						c.WriteIn(1, y, c.W()-2, x.logged(row)...)
						return
					}
					c.WriteIn(12, y, c.W()-13, append([]kit.Run{kit.T(text, kit.Plain())}, tookRuns(row)...)...)
				})
			}
		}
		if len(l.Log) == 0 {
			out = append(out, text("nothing has happened yet", kit.Meta()))
		}
		return out
	}
	for _, a := range x.about(*found, x.x, 12) {
		out = append(out, func(c kit.Canvas, y int) { a.drawn(c, y, x.x) })
	}
	out = append(out, text("", kit.Plain()))
	if p.whole == nil {
		return append(out, text("the whole is being read", kit.Meta()))
	}
	for _, line := range p.whole {
		wrapped := []string{line} // as it is indented, where it fits
		if kit.Width(line) > max(w-3, 12) {
			wrapped = kit.Wrap(line, max(w-3, 12))
		}
		for _, part := range wrapped {
			out = append(out, text(part, kit.Plain()))
		}
	}
	return out
}

func text(words string, s kit.Style) func(kit.Canvas, int) {
	return func(c kit.Canvas, y int) { c.PutIn(1, y, c.W()-2, words, s) }
}

// connecting says how a feed is connected. No lever does it: a feed is an entry of the configuration.
func connecting(w int) []func(kit.Canvas, int) {
	var out []func(kit.Canvas, int)
	say := func(number, words, command string) {
		for n, l := range kit.Wrap(words, max(w-7, 12)) {
			out = append(out, func(c kit.Canvas, y int) {
				if n == 0 {
					c.Put(1, y, number, kit.Strong())
				}
				c.PutIn(4, y, c.W()-5, l, kit.Plain())
			})
		}
		if command != "" {
			out = append(out, func(c kit.Canvas, y int) { c.PutIn(4, y, c.W()-5, command, kit.Strong()) })
		}
		out = append(out, text("", kit.Plain()))
	}
	out = append(out, text("", kit.Plain()))
	say("", "No lever connects a feed: it is an entry under connectors in the configuration, on the machine that runs signalbox: "+
		"signalbox.yaml in its data directory, or the file that --config names.", "")
	say("1", "What may be connected, and what each takes:", "signalbox config schema")
	say("2", "Write the entry: a name, its kind, where it is, how often it is read or is expected to call, and the file or the variable of its secret. "+
		"The secret itself never stands in the configuration.", "")
	say("3", "See whether it is right; every fault is told with its line:", "signalbox config check")
	say("4", "Bring it into force: signalbox reads the file again at SIGHUP, or at its next start. Then the feed stands here, and T tests it.", "")
	return out
}

// Keys are all keys by which one looks here.
func (p page) Keys() []kit.Hint {
	return []kit.Hint{{Key: "j/k", Label: "scroll"}}
}
