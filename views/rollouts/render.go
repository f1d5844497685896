package rollouts

import (
	"math"
	"slices"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.list == nil && v.failed != nil:
		c.Refusal(refused(v.failed, "The rollouts are", "The rollouts"), v.failed)
		return
	case v.list == nil:
		c.Put(9, 3, "The rollouts are being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.list.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	if len(v.rows) == 0 {
		v.drawHeader(c, f)
		v.drawEmpty(c, f)
		return
	}
	p := planned(c.W(), c.H(), len(v.lines()))
	left := c.Sub(0, 0, p.left, c.H())
	v.drawHeader(left, f)
	v.drawList(left, p, f)
	r := v.current()
	switch {
	case r == nil:
	case c.W() >= wide:
		c.Divider(p.left, 0, c.H())
		v.drawSelected(c.Sub(p.left+1, 0, c.W()-p.left-1, c.H()), r, f)
	case p.facts > 0:
		v.drawSelected(c.Sub(0, p.y, c.W(), p.facts), r, f)
	}
}

func refused(e *release.Error, whatIs, what string) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return whatIs + " not shown to you."
	}
	return what + " cannot be read."
}

// counts are how many rows of each part the snapshot has.
func (v View) counts() [parts]int {
	return [parts]int{len(v.list.Moving), len(v.list.Waiting), v.list.Ended}
}

// drawHeader is the count of each part, the filter and the order.
func (v View) drawHeader(c kit.Canvas, f views.Frame) {
	n := v.counts()
	gap := kit.T("  ", kit.Plain())
	left := []kit.Run{kit.T("[MOVING "+strconv.Itoa(n[moving])+"]", kit.Lever()), gap, kit.T("waiting "+strconv.Itoa(n[waiting]), kit.Meta()), gap,
		kit.T("done "+strconv.Itoa(n[done]), kit.Meta())}
	if v.words != "" {
		left = append(left, kit.T("   / "+kit.Truncate(v.words, 20)+"  "+strconv.Itoa(len(v.rows))+" of "+strconv.Itoa(n[moving]+n[waiting]+n[done]), kit.Plain()))
	}
	x := c.WriteIn(1, 0, c.W()-2, left...)
	notes := [][]kit.Run{{kit.T("sort:"+v.order.name(), kit.Meta())}}
	if more := v.hidden(); more != "" {
		notes = append(notes, []kit.Run{kit.T(more, kit.Meta())})
	}
	if k := v.stale() + v.queued; k > 0 {
		var note []kit.Run
		if v.stale() > 0 {
			note = append(note, kit.T(strconv.Itoa(v.stale())+" moved ", kit.Meta()))
		}
		if v.queued > 0 {
			note = append(note, kit.T("+"+strconv.Itoa(v.queued)+" new ", kit.Strong()))
		}
		notes = append(notes, append(note, kit.T(".", kit.Look())))
	}
	right := c.W() - 1
	for _, note := range notes {
		if right-kit.RunsWidth(note) < x+2 {
			return
		}
		right = c.WriteRight(right, 0, note...) - 2
	}
}

// hidden says how many lines of the list are above and below those shown.
func (v View) hidden() string {
	p, lines := v.plan(), v.lines()
	at := slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == v.place() })
	top := kit.Scroll(v.top, at, p.list, len(lines))
	above, below := 0, 0
	for k, l := range lines {
		switch {
		case l.row < 0:
		case k < top:
			above++
		case k >= top+p.list:
			below++
		}
	}
	out := ""
	if above > 0 {
		out = "↑" + strconv.Itoa(above)
	}
	if below > 0 {
		if out != "" {
			out += " "
		}
		out += "↓" + strconv.Itoa(below)
	}
	return out
}

// drawEmpty says that nothing moves and what is next, or that nothing fits the filter, and the way out.
func (v View) drawEmpty(c kit.Canvas, f views.Frame) {
	n := v.counts()
	if v.words != "" && n != [parts]int{} {
		c.Write(9, 3, kit.T("·", kit.Faint()), kit.T("  No rollout fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
		return
	}
	mark := kit.Mark(release.Go)
	if len(v.list.Stale) > 0 {
		mark = kit.Mark(release.Dark)
	}
	c.WriteIn(9, 3, c.W()-10, mark, kit.T("  No rollout is moving", kit.Strong()), kit.T(" · ", kit.Faint()), kit.T("no authorised change waits", kit.Plain()))
	c.WriteIn(12, 5, c.W()-13, kit.T("A rollout stands here as soon as a forge or a pipeline tells of a deployment.", kit.Meta()))
	if s := v.list.Stale; len(s) > 0 {
		c.WriteIn(12, 6, c.W()-13, kit.Mark(release.Dark), kit.T(" "+s[0]+" is dark", kit.AspectWord(release.Dark)), kit.T(": what it would tell of is not counted", kit.Meta()))
	}
	c.Write(12, 8, kit.T("4", kit.Look()), kit.T(" queue    ", kit.Meta()), kit.T("gf", kit.Look()), kit.T(" feeds    ", kit.Meta()), kit.T(":", kit.Look()), kit.T(" anything", kit.Meta()))
}

// columns of the list. Those of a change that waits share them.
func columns(w int) []kit.Column {
	cols := []kit.Column{{Width: 1}, {Title: "id", Width: 6, Hug: true, Gap: 1}, {Title: "service", Width: 12, Gap: 1}, {Title: "version", Grow: 1, Min: 15, Gap: 1},
		{Title: "share", Width: 13, Gap: 1}, {Title: "step", Gap: 1, Drop: 1}, {Title: "state", Hug: true, Width: 12, Gap: 1}}
	if w >= roomy*3/5 {
		cols[2].Width, cols[3].Min = 18, 21
		cols = append(cols, kit.Column{Title: "change", Hug: true}, kit.Column{Title: "environment", Width: 12, Drop: 2})
	}
	return cols
}

// drawList writes the heads of the columns, the rules and the rows.
func (v View) drawList(c kit.Canvas, p plan, f views.Frame) {
	lines := v.lines()
	cols := columns(c.W())
	rows := make([][]kit.Cell, len(v.rows))
	for k := range v.rows {
		rows[k] = v.cells(&v.rows[k], len(cols), f)
	}
	l := kit.Fit(1, c.W()-1, cols, rows)
	c.Head(1, l)
	at := slices.IndexFunc(lines, func(l line) bool { return l.row >= 0 && l.row == v.place() })
	top := kit.Scroll(v.top, at, p.list, len(lines))
	for k := top; k < min(top+p.list, len(lines)); k++ {
		y := headRows + k - top
		switch lines[k].row {
		case aRule:
			v.drawRule(c, y, lines[k].part)
			continue
		case aNote:
			c.WriteIn(1, y, c.W()-2, v.calm(f)...)
			continue
		}
		r := &v.rows[lines[k].row]
		if r.moved && v.order == byWorst {
			c.Put(0, y, "▸", kit.Meta())
		}
		v.drawRow(c, y, l, r, rows[lines[k].row], f)
		if r.gone {
			c.Gone(y)
		}
		if r.id == v.cursor {
			c.Cursor(y, true)
		}
	}
}

// calm says that nothing moves, and whose turn is next.
func (v View) calm(f views.Frame) []kit.Run {
	out := []kit.Run{kit.Mark(release.Go), kit.T(" No rollout is moving", kit.Plain())}
	if len(v.list.Stale) > 0 {
		out[0] = kit.Mark(release.Dark)
	}
	if w := v.list.Next(); w != nil {
		out = append(out, kit.T(" · next ", kit.Meta()), kit.T(w.Change, kit.ID()), kit.T(" "+release.Clean(w.Service+" "+w.Version, 60), kit.Plain()), kit.T(", until "+kit.Instant(w.Until, f.Now, f.Zone), kit.Meta()))
	}
	return out
}

// drawRule is the rule over a part of the list.
func (v View) drawRule(c kit.Canvas, y int, p part) {
	n := v.counts()
	r := kit.Rule{Title: kit.Heading("WAITING", strconv.Itoa(n[waiting]), "authorised, not begun")}
	switch p {
	case moving:
		r.Title = kit.Heading("MOVING", strconv.Itoa(n[moving]), "")
	case done:
		good, bad := 0, 0
		for k := range v.list.Done {
			switch v.list.Done[k].Aspect {
			case release.Go:
				good++
			case release.Stop:
				bad++
			}
		}
		rest := ""
		if k := len(v.list.Done); k < n[done] {
			rest = "the newest " + strconv.Itoa(k)
		}
		r.Title = kit.Heading("DONE TODAY", strconv.Itoa(n[done]), rest)
		r.Note = []kit.Run{kit.T(strconv.Itoa(good)+" ", kit.Meta()), kit.Mark(release.Go)}
		if bad > 0 {
			r.Note = append(r.Note, kit.T("  "+strconv.Itoa(bad)+" ", kit.Meta()), kit.Mark(release.Stop))
		}
	}
	c.Rule(y, r)
}

// cells are one row of the list; the versions and the share are drawn by drawRow.
func (v View) cells(r *row, n int, f views.Frame) []kit.Cell {
	style := func(cell []kit.Run) []kit.Run {
		if !f.Now.Before(r.fresh) {
			return cell
		}
		for k := range cell {
			cell[k].Style = kit.Fresh(cell[k].Style)
		}
		return cell
	}
	mark := style([]kit.Run{kit.Signal(r.aspect())})
	var out []kit.Cell
	if w := r.wait; w != nil {
		id := kit.Plain()
		out = []kit.Cell{mark, kit.C(w.Change, id), kit.C(w.Service, kit.Name()), nil, nil, nil, nil}
	} else {
		id := kit.ID()
		if r.roll.State.Over() {
			id = kit.Plain()
		}
		step := kit.Unknown
		if r.roll.State.Over() {
			step = ""
		}
		out = []kit.Cell{mark, kit.C(r.id, id), kit.C(r.roll.Service, kit.Name()), nil, nil, kit.C(step, kit.Meta()), style(standing(r.roll, f.Now))}
	}
	if n > len(out) {
		change, env := "", r.environment()
		if r.roll != nil {
			if change = r.roll.Change; change == "" {
				change = kit.Unknown
			}
		}
		out = append(out, kit.C(change, kit.Meta()), kit.C(env, kit.Meta()))
	}
	if r.gone && r.roll != nil {
		out[6] = kit.C("gone", kit.Meta())
	}
	return out
}

// waitingState is until when a change may go in, or what bars it.
func waitingState(w *rollout.Waiting, f views.Frame) []kit.Run {
	if w.Aspect == release.Planned {
		return []kit.Run{kit.T("until "+kit.Instant(w.Until, f.Now, f.Zone), kit.Meta())}
	}
	return []kit.Run{kit.T(kit.VerdictWord(w.Verdict), kit.Reason(w.Aspect))}
}

// drawRow writes a row with its versions and its share.
func (v View) drawRow(c kit.Canvas, y int, l kit.Layout, r *row, cells []kit.Cell, f views.Frame) {
	c.Row(y, l, cells)
	before, version := "", ""
	if r.wait != nil {
		before, version = r.wait.Before, r.wait.Version
	} else {
		before, version = r.roll.Before, r.roll.Version
	}
	if x, w := l.At(3); w > 0 {
		c.WriteIn(x, y, w, pair(before, version, w, kit.Name())...)
	}
	x, w := l.At(4)
	switch {
	case w == 0:
		return
	case r.wait != nil: // over the columns of what has not begun
		to, n := l.At(6)
		runs := waitingState(r.wait, f)
		if r.gone {
			runs = []kit.Run{kit.T("gone", kit.Meta())}
		}
		c.WriteIn(x, y, to+n-x, runs...)
		return
	}
	if r.roll.State.Over() {
		took := r.roll.UpdatedAt.Sub(r.roll.StartedAt)
		c.PutIn(x, y, w, kit.Clock(r.roll.UpdatedAt, f.Zone)+"  "+kit.Span(took), kit.Meta())
		return
	}
	s := share(r.roll)
	if part := r.roll.Share; part != nil && w > 12 {
		fill := kit.BarStyle(r.roll.Aspect)
		if r.roll.Dark() {
			c.Meter(x, y, 5, math.NaN(), fill)
		} else {
			c.Meter(x, y, 5, *part, fill)
		}
	}
	c.WriteRight(x+w, y, s)
}
