package health

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/health"
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
		c.Put(9, 3, "Objectives and what was measured are being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.panel.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	if m := v.silent(); m != nil {
		v.drawBanner(c, m, f)
		c = c.Sub(0, 1, c.W(), c.H()-1)
	}
	if len(v.rows) == 0 {
		v.drawHeader(c, c.W())
		v.drawEmpty(c, f)
		return
	}
	p := planned(c.W(), c.H(), len(v.rows), len(v.alerts()))
	left := c.Sub(0, 0, p.left, c.H())
	v.drawHeader(left, c.W())
	v.drawList(left, p, f)
	v.drawMore(left, p)
	r := v.current()
	if r == nil {
		return
	}
	v.drawBurn(left.Sub(0, p.y, p.left, c.H()-p.y-p.lower), p, r.line, f)
	if r.line.Objective != nil && p.bands > 0 {
		v.drawBands(left.Sub(0, c.H()-p.lower-p.bands, p.left, p.bands), r.line, f)
	}
	lower := left.Sub(0, c.H()-p.lower, p.left, p.lower)
	if c.W() < wide {
		v.drawNarrow(lower, r.line, f)
		return
	}
	v.drawAlerts(lower, f)
	c.Divider(p.left, 0, c.H())
	v.drawWide(c.Sub(p.left+1, 0, c.W()-p.left-1, c.H()), r.line, f)
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "Health is not shown to you."
	}
	return "Health cannot be read."
}

// counts are how many objectives there are, and how many of each signal. What nobody knows is counted apart.
func (v View) counts() (n int, by map[release.Aspect]int) {
	by = map[release.Aspect]int{}
	for k := range v.panel.Lines {
		if l := &v.panel.Lines[k]; l.Objective != nil {
			n++
			by[l.Aspect()]++
		}
	}
	return n, by
}

// window is the window of all objectives, "" where they differ.
func (v View) window() string {
	out := ""
	for k := range v.panel.Lines {
		o := v.panel.Lines[k].Objective
		if o == nil {
			continue
		}
		if word := release.Length(o.Window); out == "" {
			out = word
		} else if word != out {
			return ""
		}
	}
	return out
}

func (v View) drawHeader(c kit.Canvas, whole int) {
	n, by := v.counts()
	gap := kit.T("  ", kit.Plain())
	var counts []kit.Run
	number := func(a release.Aspect) {
		style := kit.AspectShape(a)
		if by[a] == 0 {
			style = kit.Meta()
		}
		count := kit.Plain()
		if a == release.Go || by[a] == 0 {
			count = kit.Meta()
		}
		counts = append(counts, gap, kit.T(kit.Shape(a), style), kit.T(strconv.Itoa(by[a]), count))
	}
	counts = append(counts, kit.T(counted(n, "objective"), kit.Meta()))
	for _, a := range []release.Aspect{release.Stop, release.Caution, release.Go, release.Dark} {
		number(a)
	}
	if n == 0 {
		counts = []kit.Run{kit.T("no objective", kit.Meta())}
	}
	rest := "· error budget"
	if w := v.window(); w != "" {
		rest += " " + w
	}
	var notes [][]kit.Run
	if k := v.unsettled(); k > 0 {
		notes = append(notes, []kit.Run{kit.T(strconv.Itoa(k)+" moved ", kit.Meta()), kit.T(".", kit.Look())})
	}
	if v.words != "" {
		notes = append(notes, []kit.Run{kit.T("/ "+kit.Truncate(v.words, 20), kit.Plain()), kit.T(" "+strconv.Itoa(len(v.rows))+" of "+strconv.Itoa(len(v.panel.Lines)), kit.Meta())})
	}
	notes = append(notes, []kit.Run{kit.T("sort:"+v.order.name(), kit.Meta())})
	if len(v.panel.Lines) == 0 {
		notes, counts, rest = nil, nil, ""
	}
	if whole >= wide {
		title, note := kit.Heading("SLO", "", rest), counts
		if n > 0 && kit.RunsWidth(title)+kit.RunsWidth(note) > c.W()-ruleFrame {
			note[0].Text = strconv.Itoa(n)
		}
		fits := func(runs []kit.Run) bool {
			return kit.RunsWidth(title)+kit.RunsWidth(note)+3+kit.RunsWidth(runs) <= c.W()-ruleFrame
		}
		if k := len(notes) - 2; v.words != "" && k >= 0 { // that it is filtered is said first
			if !fits(notes[k]) {
				note, notes = notes[k], nil
			} else {
				notes = append([][]kit.Run{notes[k]}, slices.Delete(notes, k, k+1)...)
			}
		}
		for _, r := range notes {
			if !fits(r) {
				break
			}
			note = append(append(note, kit.T(" · ", kit.Faint())), r...)
		}
		c.Rule(0, kit.Rule{Title: title, Note: note, Focus: !v.below})
		return
	}
	x := c.Write(1, 0, kit.Heading("SLO", "", rest)...)
	right := c.WriteRight(c.W()-1, 0, counts...)
	x += 2
	if n := len(notes) - 2; v.words != "" && n >= 0 { // that it is filtered is said first, in as many of its words as there is room for
		count := notes[n][1]
		notes = append([][]kit.Run{{kit.T("/ "+kit.Truncate(v.words, max(4, min(20, right-x-4-kit.Width(count.Text)))), kit.Plain()), count}}, slices.Delete(notes, n, n+1)...)
	}
	for _, r := range notes {
		if x+kit.RunsWidth(r)+2 > right {
			break
		}
		x = c.Write(x, 0, r...) + 2
	}
}

// ruleFrame is what a rule needs beside its title and its note.
const ruleFrame = 8

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

const (
	meterWidth  = 8
	budgetWidth = meterWidth + 6 // the meter, a blank, and the number
)

// Columns of the list.
const (
	colService = iota
	colTarget
	colGood
	colBudget
	colHour
	colSix
	colDays
	colGone
	colAspect
)

func (v View) columns(whole int) []kit.Column {
	cols := []kit.Column{{Title: "service", Grow: 1, Min: 12}, {Title: "slo", Width: 5, Hug: true, Right: true}, {Title: "ok 1h", Width: 6, Hug: true, Right: true, Drop: 2},
		{Title: "budget left", Width: budgetWidth}, {Title: "1h", Width: 5, Hug: true, Right: true}, {Title: "6h", Width: 4, Hug: true, Right: true},
		{Title: "3d", Width: 4, Hug: true, Right: true}, {Title: "gone in", Width: 8, Hug: true, Drop: 3}, {Title: "aspect", Width: 9, Hug: true, Gap: 2}}
	if whole >= wide {
		cols[colTarget].Gap, cols[colGood].Gap = 1, 1
		cols[colBudget].Gap, cols[colHour].Gap, cols[colSix].Gap, cols[colDays].Gap, cols[colGone].Gap, cols[colAspect].Gap = 2, 1, 1, 1, 2, 1
	} else {
		cols[colGood].Drop = 9
	}
	return cols
}

// drawList writes the heads of the columns and the rows.
func (v View) drawList(c kit.Canvas, p plan, f views.Frame) {
	rows := make([][]kit.Cell, len(v.rows))
	for k := range v.rows {
		rows[k] = v.cells(&v.rows[k], f)
	}
	l := kit.Fit(1, c.W()-1, v.columns(v.w), rows)
	c.Head(1, l)
	widths := v.widths(f.Now)
	top := kit.Scroll(v.top, v.place(), p.list, len(v.rows))
	for k := top; k < min(top+p.list, len(v.rows)); k++ {
		r, y := &v.rows[k], headRows+k-top
		if r.moved && v.order == byBurn {
			c.Put(0, y, "▸", kit.Meta())
		}
		c.Row(y, l, rows[k])
		x, _ := l.At(colBudget)
		if r.line.Objective != nil {
			drawBudget(c, x, y, r.line)
		} else {
			from, _ := l.At(colTarget)
			end, _ := l.At(colAspect)
			drawSignals(c.Sub(from, y, end-from-1, 1), signals(r.line, f.Now), widths)
		}
		if r.gone {
			c.Gone(y)
		}
		if r.id == v.cursor {
			c.Cursor(y, !v.below)
		}
	}
}

// widths are those of the columns in which services without an objective have what was measured of them.
func (v View) widths(now time.Time) (out [3]int) {
	for k := range v.rows {
		if l := v.rows[k].line; l.Objective == nil {
			for n, r := range signals(l, now) {
				out[n] = max(out[n], kit.Width(r.Text))
			}
		}
	}
	return out
}

// drawSignals writes what was measured in columns, numbers under numbers. A column that has no room is left out.
func drawSignals(c kit.Canvas, s [3]kit.Run, widths [3]int) {
	x := 0
	for k, label := range [...]struct{ before, after string }{{"", " req/s"}, {"errors ", ""}, {"p99 ", ""}} {
		w := len(label.before) + widths[k] + len(label.after)
		if x+w > c.W() {
			return
		}
		c.Put(x, 0, label.before, kit.Meta())
		c.WriteRight(x+len(label.before)+widths[k], 0, s[k])
		c.Put(x+len(label.before)+widths[k], 0, label.after, kit.Meta())
		x += w + 2
	}
}

// drawBudget is the meter of what is left and its number; of what nobody knows the track alone.
func drawBudget(c kit.Canvas, x, y int, l *health.Line) {
	left := l.State.Left
	if left == nil {
		c.Repeat(x, y, meterWidth, "─", kit.Faint())
		c.PutRight(x+budgetWidth, y, kit.Unknown, kit.Meta())
		return
	}
	a := release.Go
	switch {
	case *left < 0.25:
		a = release.Stop
	case *left < 0.75:
		a = release.Caution
	}
	share := max(*left, 0)
	bar := kit.BarStyle(a)
	if l.Dark() {
		bar = kit.Faint()
	}
	c.Meter(x, y, meterWidth, share, bar)
	word := kit.Percent(*left, 0)
	if *left < -9.99 {
		word = "<-999%"
	}
	style := kit.AspectNumber(a)
	if a == release.Stop {
		style = kit.Reason(a)
	}
	if l.Late() || l.Dark() {
		word, style = "~"+word, kit.Stale()
	}
	c.PutRight(x+budgetWidth, y, word, style)
}

// cells are one row of the list. The budget is drawn apart.
func (v View) cells(r *row, f views.Frame) []kit.Cell {
	l := r.line
	fresh := func(s kit.Style) kit.Style {
		if f.Now.Before(r.fresh) {
			return kit.Fresh(s)
		}
		return s
	}
	name := kit.Name()
	a := l.Aspect()
	if l.Objective != nil && a != release.Go && a != release.Dark {
		name = kit.ID()
	}
	out := make([]kit.Cell, colAspect+1)
	out[colService] = kit.Cell{kit.T(l.Service, name)}
	if rest := strings.TrimPrefix(strings.TrimPrefix(l.ID, l.Service), "/"); rest != "" { // one of several
		out[colService] = append(out[colService], kit.T("/"+strings.TrimPrefix(rest, l.Service+"-"), kit.Meta()))
	}
	if l.Objective == nil {
		out[colAspect] = kit.Cell{kit.T("· no SLO", kit.Meta())}
		switch {
		case l.Dark() && a == release.Dark:
			out[colAspect] = darkWord(l, f.Now)
		case l.Word() != "":
			out[colAspect] = kit.Cell{kit.Mark(a), kit.T(" "+l.Word(), kit.AspectWord(a))}
		}
		return out
	}
	dark, unsure := l.Dark(), l.Dark() || l.Late()
	out[colTarget] = kit.C(target(l.Objective.Target), kit.Meta())
	out[colGood] = kit.C(kit.Unknown, kit.Meta())
	if l.State.Good != nil {
		out[colGood] = kit.C(good(*l.State.Good), kit.Plain())
		if unsure {
			out[colGood] = kit.C("~"+good(*l.State.Good), kit.Stale())
		}
	}
	decides := decisive(l)
	for col, d := range map[int]time.Duration{colHour: time.Hour, colSix: 6 * time.Hour, colDays: 72 * time.Hour} {
		rate := l.State.Rate(d)
		switch {
		case !rate.Known:
			out[col] = kit.C(kit.Unknown, kit.Meta())
		case unsure:
			out[col] = kit.C("~"+burn(rate.Burn), kit.Stale())
		case decides[d]:
			out[col] = kit.C(burn(rate.Burn), fresh(kit.Reason(l.Verdict.Aspect())))
		default:
			out[col] = kit.C(burn(rate.Burn), kit.Meta())
		}
	}
	out[colGone] = goneIn(l, l.Verdict.Aspect())
	switch {
	case dark && a == release.Dark:
		out[colAspect] = darkWord(l, f.Now)
	default:
		mark := kit.Mark(a)
		mark.Style = fresh(mark.Style)
		out[colAspect] = kit.Cell{mark, kit.T(" "+word(l), kit.AspectWord(a))}
	}
	return out
}

func darkWord(l *health.Line, now time.Time) kit.Cell {
	out := kit.Cell{kit.Mark(release.Dark), kit.T(" DARK", kit.AspectWord(release.Dark))}
	if at := l.Since(); !at.IsZero() {
		out = append(out, kit.T(" "+briefly(now.Sub(at)), kit.AspectNumber(release.Dark)))
	}
	return out
}

// drawMore is the row under a list of which a part is hidden: how many, and what the worst of them is.
func (v View) drawMore(c kit.Canvas, p plan) {
	if !p.more {
		return
	}
	top := kit.Scroll(v.top, v.place(), p.list, len(v.rows))
	y := headRows + p.list
	hidden, by, high := 0, map[release.Aspect]int{}, 0.0
	for k := range v.rows {
		if k >= top && k < top+p.list {
			continue
		}
		hidden++
		if l := v.rows[k].line; l.Objective != nil {
			by[l.Aspect()]++
			if l.Verdict != health.Dark {
				high = max(high, l.State.Rate(time.Hour).Burn)
			}
		}
	}
	runs := []kit.Run{kit.T(strconv.Itoa(hidden)+" more", kit.Meta())}
	for _, a := range []release.Aspect{release.Stop, release.Caution, release.Dark, release.Go} {
		if by[a] > 0 {
			runs = append(runs, kit.T("  ", kit.Plain()), kit.Mark(a), kit.T(strconv.Itoa(by[a]), kit.Meta()))
		}
	}
	if high > 0 || by[release.Go] > 0 {
		runs = append(runs, kit.T("  all ≤ "+burn(high)+" on 1h", kit.Meta()))
	}
	c.WriteIn(1, y, c.W()-8, runs...)
	var arrows []kit.Run
	if top > 0 {
		arrows = append(arrows, kit.T("k", kit.Look()), kit.T(" ↑", kit.Meta()))
	}
	if top+p.list < len(v.rows) {
		if len(arrows) > 0 {
			arrows = append(arrows, kit.T("  ", kit.Plain()))
		}
		arrows = append(arrows, kit.T("j", kit.Look()), kit.T(" ↓", kit.Meta()))
	}
	c.WriteRight(c.W()-2, y, arrows...)
}
