package calendar

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/themes"
	"signalbox/views/kit"
)

// cell is one column of a line. Of an item it knows which, so that a label stands only on its own bar.
type cell struct {
	text  string
	style kit.Style
	item  *calendar.Item // nil: blank
	label bool
	area  bool // a freeze lies there
}

// drawn are lines as they were laid out, for as long as nothing that they are made of is another.
type drawn struct {
	of    madeOf
	lines map[string][]cell

	week week
}

// week is what is counted of the days that are shown, and of which snapshot in which zone.
type week struct {
	span  *calendar.Span
	first time.Time
	zone  string
	show  kinds
	words string
	loads [days]calendar.Load
	off   [days]bool // a holiday falls on it
}

// counted counts the days, or takes what was counted before.
func (v View) counted(s scale) *week {
	w := &v.desk.week
	if w.span == v.span && w.first.Equal(v.first) && w.zone == s.zone.String() && w.show == v.show && w.words == v.words {
		return w
	}
	*w = week{span: v.span, first: v.first, zone: s.zone.String(), show: v.show, words: v.words, off: v.holidays(s)}
	for n := range w.loads {
		w.loads[n] = v.span.Load(s.marks[n], s.marks[n+1])
	}
	return w
}

// mostDrawn is how many lines a session keeps laid out: more than any screen shows.
const mostDrawn = 96

// madeOf is everything that the cells of a line depend on, besides the line. A session looks at one of these for
// many frames: only what is selected is laid out again as the cursor moves.
type madeOf struct {
	span  *calendar.Span
	from  time.Time
	zone  string
	x     int
	unit  int
	units int
	key   string
	lines *line // of this making
	wide  bool
	ghost ghost
}

// cells lays a line out, or takes what was laid out before.
func (v View) cells(l *line, s scale, width int) []cell {
	of := madeOf{span: v.span, from: s.from(), zone: s.zone.String(), x: s.x, unit: s.unit, units: s.units(), key: v.key, lines: &v.lines[0], wide: width >= wide, ghost: v.ghost}
	d := &v.desk.drawn
	if d.of != of {
		keep := d.lines
		before := d.of
		before.key = of.key
		d.lines = map[string][]cell{}
		if before == of { // the cursor went elsewhere: only the bars that it left and reached look otherwise
			for id, cells := range keep {
				if !slices.ContainsFunc(cells, func(c cell) bool { return c.item != nil && (c.item.Key == d.of.key || c.item.Key == of.key) }) && id != v.cursor {
					d.lines[id] = cells
				}
			}
		}
		d.of = of
	}
	if c, ok := d.lines[l.id]; ok {
		return c
	}
	if len(d.lines) >= mostDrawn {
		clear(d.lines)
	}
	c := v.lay(l, s, of.wide)
	d.lines[l.id] = c
	return c
}

// lay lays out a line: the freezes over it, its bars with the worse ones and the selected one on top, and then
// the labels, each on its own bar where it fits, else at the right of it over blank cells, else nowhere.
func (v View) lay(l *line, s scale, roomy bool) []cell {
	row := make([]cell, s.units()*s.unit)
	for _, f := range l.areas {
		from, to := s.cells(f.Interval)
		for x := from; x < to; x++ {
			row[x] = cell{text: "░", style: kit.FreezeArea(), area: true}
			if f.Aspect == release.Dark {
				row[x] = cell{text: "┊", style: kit.AspectShape(release.Dark), area: true}
			}
		}
	}
	items := slices.DeleteFunc(slices.Clone(l.items), func(i *calendar.Item) bool { return !i.Shares(s.interval()) })
	slices.SortStableFunc(items, func(a, b *calendar.Item) int { return cmp.Compare(v.height(a), v.height(b)) })
	for _, i := range items {
		from, to := s.cells(i.Interval)
		b := barOf(i, v.key)
		for x := from; x < to; x++ {
			if i.Kind == calendar.Peak && row[x].area {
				continue // "░" is both, and the freeze says more
			}
			under := row[x]
			row[x] = cell{text: b.fill, style: b.style, item: i, area: under.area}
			if under.area && i.Kind == calendar.Release && x%2 == 1 { // the freeze shows through what lies in it
				row[x].text, row[x].style = "▒", kit.Freeze()
				if under.text == "┊" {
					row[x].text, row[x].style = under.text, under.style
				}
			}
		}
	}
	for _, i := range slices.Backward(items) {
		v.mark(row, i, s, roomy)
	}
	for _, i := range items {
		clash(row, i, s)
	}
	if v.ghost.key == v.key && l.id == v.cursor && v.key != "" {
		from, to := s.cells(v.ghost.at)
		for x := from; x < to; x++ {
			if row[x].item == nil {
				row[x] = cell{text: "┄", style: kit.Faint(), area: true}
			}
		}
	}
	return row
}

// height ranks items where they lie over one another: the background, requests that wait, periods, releases by how
// bad they are, and on top of all the selected one.
func (v View) height(i *calendar.Item) int {
	up := 0
	if i.Key == v.key {
		up = 1
	}
	switch {
	case i.Kind == calendar.Peak:
		return 0
	case i.Kind == calendar.OnCall:
		return 1 + up
	case i.Kind == calendar.ChangeWindow:
		return 2 + up
	case i.Stage == calendar.Waiting:
		return 4 + up
	case up > 0:
		return 100
	case i.Kind != calendar.Release:
		return 6
	}
	return 7 + slices.Index([]release.Aspect{"", release.Planned, release.Go, release.Caution, release.Dark, release.Escalated, release.Stop}, i.Aspect)
}

// soft reports whether a cell may give way to another's label: it is blank, or part of a background.
func (p *cell) soft() bool {
	return p.item == nil || !p.label && (p.item.Stage == calendar.Waiting || p.item.Kind == calendar.ChangeWindow || p.item.Kind == calendar.Peak || p.item.Kind == calendar.OnCall)
}

// bar is how an item is drawn.
type bar struct {
	fill, shape       string
	style, shapeStyle kit.Style
	words             kit.Style // of the label
}

var fills = map[calendar.Kind]string{
	calendar.FreezePeriod: "▒", calendar.Maintenance: "═", calendar.Peak: "░", calendar.Vendor: "┅", calendar.AuditPeriod: "┄", calendar.Batch: "▪",
	calendar.Holiday: "·", calendar.ChangeWindow: "┈", calendar.Release: "━", calendar.EndOfLife: "┅", calendar.Deadline: "┄", calendar.OnCall: "·",
}

func barOf(i *calendar.Item, selected string) bar {
	b := bar{fill: fills[i.Kind], style: kit.Meta(), words: kit.Meta()}
	switch i.Kind {
	case calendar.FreezePeriod:
		b.style, b.words = kit.Freeze(), kit.FreezeWord()
	case calendar.Peak:
		b.style = kit.Faint()
	case calendar.Release:
		b.style, b.words = kit.BarStyle(i.Aspect), kit.Plain()
		b.shape, b.shapeStyle = "·", kit.Meta()
		if i.Aspect != "" {
			b.shape, b.shapeStyle = kit.Shape(i.Aspect), kit.AspectShape(i.Aspect)
		}
		if i.Aspect == release.Caution || i.Aspect == release.Stop || i.Aspect == release.Escalated {
			b.words = kit.Reason(i.Aspect)
		}
		if i.Stage == calendar.Waiting {
			b.fill, b.style = "─", kit.Meta() // nothing goes in yet, however bad it is
		}
	}
	if b.fill == "" {
		b.fill = "·"
	}
	if i.Aspect == release.Dark { // hatched: it may not be so any more
		b.fill, b.style, b.words = "┊", kit.AspectShape(release.Dark), kit.Stale()
	}
	if i.Key == selected {
		b.words = b.words.With(themes.Bold)
		if b.style == kit.Meta() || b.style == kit.Faint() {
			b.style = kit.Plain()
		}
	}
	return b
}

// names are the labels that an item may have, the fullest first.
func names(i *calendar.Item, roomy bool) []string {
	if i.Kind == calendar.FreezePeriod {
		return []string{freezeWord(i)}
	}
	whole := kit.Truncate(release.Clean(i.Label(), 200), 24)
	out := []string{whole}
	if first, _, more := strings.Cut(whole, " "); more && i.Kind != calendar.Release {
		if kit.Width(first) > 2 {
			out = append(out, first)
		}
	}
	if !roomy && i.Kind == calendar.Peak {
		out = []string{"pk"}
	}
	return out
}

func freezeWord(i *calendar.Item) string {
	if i.Hardness == calendar.SoftFreeze {
		return "SOFT"
	}
	return "FREEZE"
}

// mark writes the shape of an item at its beginning, or where it comes out from under another, and its label: into
// its bar where it fits, else at the right of it over cells that are blank, else nowhere.
func (v View) mark(row []cell, i *calendar.Item, s scale, roomy bool) {
	from, to := s.cells(i.Interval)
	own := func(x int) bool { return row[x].item == i && !row[x].label }
	for from < to && !own(from) {
		from++
	}
	if from == to {
		return
	}
	b := barOf(i, v.key)
	if i.Kind == calendar.FreezePeriod {
		labelFreeze(row, i, from, to, b, s, roomy)
		return
	}
	if b.shape != "" {
		row[from] = cell{text: b.shape, style: b.shapeStyle, item: i, label: true}
	}
	for at := from + 1; at < to; at++ { // the stretches that are its own
		end := at
		for end < to && own(end) {
			end++
		}
		if v.inside(row, i, at, end, at == from+1, b, roomy) {
			return
		}
		at = end
	}
	if row[to-1].item != i {
		return // another lies over its end
	}
	for _, text := range names(i, roomy) {
		n := kit.Width(text)
		clear := n > 0 && to+n <= len(row)
		for x := to; clear && x < to+n; x++ {
			clear = row[x].soft() && (row[x].item == nil || beyond(row, row[x].item, to, to+n))
		}
		if clear && to+n < len(row) && !row[to+n].soft() {
			clear = false // it would run into another
		}
		if clear {
			write(row, to, i, text, b.words)
			return
		}
	}
}

// clash crosses out what of a release is in conflict: the cells of its own bar that bear no label, or, of one that is
// too short for that, the blank cell before it.
func clash(row []cell, i *calendar.Item, s scale) {
	for _, c := range i.Clashes {
		style := kit.AspectShape(c.Aspect)
		from, to := s.cells(c.Interval)
		own, end := s.cells(i.Interval)
		from, to = max(from, own), min(to, end)
		crossed := false
		for x := from; x < to; x++ {
			if row[x].item == i && !row[x].label {
				row[x].text, row[x].style, crossed = "╳", style, true
			}
		}
		if x := own - 1; !crossed && x >= 0 && own < end && row[own].item == i && row[x].item == nil {
			row[x] = cell{text: "╳", style: style, item: i, label: true}
		}
	}
}

// beyond reports whether an item has a cell outside of some columns: what a label would hide whole stays.
func beyond(row []cell, i *calendar.Item, from, to int) bool {
	for x := range row {
		if (x < from || x >= to) && row[x].item == i {
			return true
		}
	}
	return false
}

// inside writes the label of an item into a stretch of its bar, where it fits. The first stretch begins behind its
// shape.
func (v View) inside(row []cell, i *calendar.Item, from, end int, first bool, b bar, roomy bool) bool {
	for _, text := range names(i, roomy) {
		n, pad := kit.Width(text), 0
		if i.Kind == calendar.AuditPeriod || i.Kind == calendar.Holiday || !first {
			pad = 1
		}
		if n == 0 || from+n+2*pad+1 > end {
			continue
		}
		for k := range pad {
			row[from+k] = cell{item: i, label: true}
		}
		x := write(row, from+pad, i, text, b.words)
		if (i.Kind == calendar.Release || pad > 0) && x+1 < end {
			row[x] = cell{item: i, label: true}
		}
		return true
	}
	return false
}

// labelFreeze writes the word, and of the title as much as there is room for, into a freeze, or beside a short one.
func labelFreeze(row []cell, i *calendar.Item, from, to int, b bar, s scale, roomy bool) {
	word := freezeWord(i)
	inside := 0
	for x := from; x < to && row[x].item == i && !row[x].label; x++ {
		inside++
	}
	title := release.Clean(i.Title, 200)
	id := ""
	if i.Freeze != nil {
		id = i.Freeze.ID
	}
	if inside >= len(word)+5 {
		x := from + 2
		row[x] = cell{item: i, label: true}
		x = write(row, x+1, i, word, b.words)
		room := inside - 2 - 1 - len(word) - 2 - 2 // two cells of the bar and a blank at the end
		if room >= 4 && title != "" {
			title = kit.Truncate(title, room)
			row[x] = cell{item: i, label: true}
			x = write(row, x+1, i, title, kit.Strong())
			room -= kit.Width(title)
			tail := ""
			if until := kit.Date(i.To, s.zone); i.To.After(s.to()) {
				tail = "▸ " + until
			}
			if roomy {
				for _, text := range []string{strings.TrimSpace(id + " " + tail), id} {
					if n := kit.Width(text); n > 0 && n+1 <= room {
						row[x] = cell{item: i, label: true}
						x = write(row, x+1, i, text, kit.Meta())
						break
					}
				}
			}
		}
		if x < from+inside {
			row[x] = cell{item: i, label: true}
		}
		return
	}
	for _, text := range []string{word + " " + kit.Truncate(title, 16), word} {
		n := kit.Width(text)
		if to+n > len(row) || slices.ContainsFunc(row[to:to+n], func(c cell) bool { return c.item != nil }) {
			continue
		}
		write(row, to, i, text, b.words)
		return
	}
}

// write puts a text onto a row as part of an item, and returns the column after it. The text stands in its first
// cell; the others are empty and its own.
func write(row []cell, x int, i *calendar.Item, text string, s kit.Style) int {
	n := kit.Width(text)
	if n == 0 || x+n > len(row) {
		return x
	}
	for k := range n {
		row[x+k] = cell{style: s, item: i, label: true}
	}
	row[x].text = text
	return x + n
}
