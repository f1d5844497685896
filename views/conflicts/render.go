package conflicts

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/views"
	"signalbox/views/kit"
)

// Draw paints the body.
func (v View) Draw(c kit.Canvas, f views.Frame) {
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	switch {
	case v.docket == nil && v.failed != nil:
		c.Refusal(refused(v.failed), v.failed)
		return
	case v.docket == nil:
		c.Put(9, 3, "The conflicts are being read.", kit.Meta())
		return
	}
	if line, ok := views.Trouble(f, v.failed, v.docket.AsOf); ok {
		c.WriteIn(1, c.H()-1, c.W()-2, line...)
		c = c.Sub(0, 0, c.W(), c.H()-1)
	}
	p := planned(c.W(), c.H())
	r := v.current()
	switch {
	case r == nil:
		v.drawEmpty(c, f)
	case p.left == 0:
		v.drawDetail(c, p, r, f)
	default:
		v.drawList(c.Sub(0, 0, p.left, c.H()), p, f)
		c.Divider(p.left, 0, c.H())
		v.drawDetail(c.Sub(p.left+1, 0, p.right, c.H()), p, r, f)
	}
}

func refused(e *release.Error) string {
	if e.Code == release.Refused || e.Code == release.Unauthenticated {
		return "The conflicts are not shown to you."
	}
	return "The conflicts cannot be read."
}

// drawEmpty says that nothing is in conflict and how far that can be trusted, or that nothing fits the filter.
func (v View) drawEmpty(c kit.Canvas, f views.Frame) {
	d := v.docket
	c.Rule(0, kit.Rule{Focus: true, Title: kit.Heading("CONFLICTS", strconv.Itoa(len(d.Standing)), ""), Note: v.notes()})
	if v.words != "" && len(d.Standing)+len(d.Settled) > 0 {
		c.Write(9, 3, kit.T("·", kit.Faint()), kit.T("  No conflict fits “"+kit.Truncate(v.words, 40)+"”.", kit.Strong()))
		c.Write(12, 5, kit.T("esc", kit.Look()), kit.T(" drops the filter", kit.Meta()))
		return
	}
	c.WriteIn(9, 3, c.W()-10, v.calm()...)
	y := 5
	for _, l := range kit.Wrap("Two scheduled changes, or a change and a freeze, that cannot both be stand here as soon as they meet.", c.W()-24) {
		c.PutIn(12, y, c.W()-13, l, kit.Meta())
		y++
	}
	y++
	if dark := v.darkness(f); dark != nil {
		c.WriteIn(12, y, c.W()-13, append(dark, kit.T(": what it would tell of is not counted", kit.Meta()))...)
		y++
	}
	for _, s := range v.unknown(c.W() - 24) {
		if y >= c.H()-2 {
			break
		}
		s.Draw(c.Sub(11, 0, c.W()-24, c.H()), y)
		y++
	}
	c.Write(12, min(y+1, c.H()-1), kit.T("2", kit.Look()), kit.T(" calendar    ", kit.Meta()), kit.T("4", kit.Look()), kit.T(" queue    ", kit.Meta()),
		kit.T("gf", kit.Look()), kit.T(" feeds    ", kit.Meta()), kit.T(":", kit.Look()), kit.T(" anything", kit.Meta()))
}

// calm says that nothing is in conflict, and how many were settled: dark where a feed is silent or something cannot be
// ruled out.
func (v View) calm() []kit.Run {
	mark := kit.Mark(release.Go)
	if len(v.dark())+len(v.docket.Unknown) > 0 {
		mark = kit.Mark(release.Dark)
	}
	settled := "none was settled"
	if n := len(v.docket.Settled); n > 0 {
		settled = strconv.Itoa(n) + " settled"
	}
	return []kit.Run{mark, kit.T("  No conflicts on the calendar", kit.Strong()), kit.T(" · ", kit.Faint()), kit.T(settled+" in the last 24h", kit.Plain())}
}

// notes are what stands at the right of the head of the list: what would move, what is new, the filter, the order.
func (v View) notes() []kit.Run {
	var out []kit.Run
	if v.words != "" {
		out = append(out, kit.T("/ "+kit.Truncate(v.words, 12)+" ", kit.Plain()))
	}
	if n := v.stale(); n > 0 {
		out = append(out, kit.T(strconv.Itoa(n)+" moved ", kit.Meta()))
	}
	if v.queued > 0 {
		out = append(out, kit.T("+"+strconv.Itoa(v.queued)+" new ", kit.Strong()))
	}
	if v.stale()+v.queued > 0 {
		return append(out, kit.T(".", kit.Look()))
	}
	return append(out, kit.T(v.order.name()+" first", kit.Meta()))
}

// drawList writes the list at the left of a wide screen.
func (v View) drawList(c kit.Canvas, p plan, f views.Frame) {
	count := strconv.Itoa(v.standing())
	if v.words != "" {
		count += " of " + strconv.Itoa(len(v.docket.Standing))
	}
	c.Rule(0, kit.Rule{Focus: !v.detail, Title: kit.Heading("CONFLICTS", count, ""), Note: v.notes()})
	lines := v.lines(p.left)
	for k := v.top; k < min(v.top+p.list, len(lines)); k++ {
		y, l := 1+k-v.top, lines[k]
		switch {
		case l.draw != nil:
			l.draw(c, y)
		case l.row >= 0:
			v.drawRow(c, y, &v.rows[l.row], l.second, f)
		}
	}
}

// drawRow writes one of the two lines of a case that stands, or the one of a case that is settled.
func (v View) drawRow(c kit.Canvas, y int, r *row, second bool, f views.Frame) {
	k := r.kase
	fresh := func(s kit.Style) kit.Style {
		if f.Now.Before(r.fresh) {
			return kit.Fresh(s)
		}
		return s
	}
	if r.moved && !second {
		c.Put(0, y, "▸", kit.Meta())
	}
	mark := kit.Mark(k.Aspect(f.Now))
	mark.Style = fresh(mark.Style)
	right := c.W() - 1
	switch {
	case second:
		who := v.turn(k, f)
		if n := kit.RunsWidth(who); n > 0 && n < right-14 {
			right = c.WriteRight(right, y, who...) - 1
		}
		c.PutIn(5, y, right-5, k.Kind.Name(), kit.Meta())
	case r.settled:
		x := c.Write(1, y, mark, kit.T(" ", kit.Plain()), kit.T(r.id, kit.Plain()), kit.T(" "+kit.Clock(k.GoneAt, f.Zone)+" ", kit.Meta()))
		c.PutIn(x, y, c.W()-1-x, release.Clean(k.How, 200), kit.Meta())
	default:
		left := kit.Left(k.Deadline, f.Now, k.Wants(f.Now))
		if k.State == "gone" {
			left = kit.T("settled", kit.Meta())
		}
		right = c.WriteRight(right, y, left) - 1
		x := c.Write(1, y, mark, kit.T(" ", kit.Plain()), kit.T(r.id, kit.ID()), kit.T(" ", kit.Plain()))
		c.PutIn(x, y, right-x, v.between(k), fresh(kit.Name()))
	}
	if r.gone {
		c.Gone(y)
	}
	if r.id == v.cursor {
		c.Cursor(y, !v.detail)
		if second {
			c.Put(0, y, " ", kit.Plain())
			c.Select(0, y, c.W())
		}
	}
}

// unknown are the conflicts that cannot be ruled out, and what nobody tells of: these kinds are not known, and not
// clear.
func (v View) unknown(w int) []kit.Strip {
	d := v.docket
	if d == nil || len(d.Unknown)+len(d.Unfed) == 0 {
		return nil
	}
	count := ""
	if n := len(d.Unknown); n > 0 {
		count = strconv.Itoa(n)
	}
	out := []kit.Strip{{}, {Head: true, Draw: func(c kit.Canvas, y int) {
		c.Rule(y, kit.Rule{Title: kit.Heading("NOT KNOWN", count, "")})
	}}}
	out[0].Draw = func(kit.Canvas, int) {}
	for _, x := range d.Unknown {
		for n, l := range kit.Few(kit.Wrap(release.Clean(x.Reason, 300), max(w-5, 12)), 2) {
			out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
				if n == 0 {
					c.Write(1, y, kit.Mark(release.Dark))
				}
				c.PutIn(3, y, c.W()-4, l, kit.Plain())
			}})
		}
	}
	if len(d.Unfed) > 0 {
		text := "nobody tells of " + strings.Join(d.Unfed, ", ") + ": " + strconv.Itoa(v.unjudged()) + " of 22 kinds are not known, not clear"
		for _, l := range kit.Wrap(text, max(w-3, 12)) {
			out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) { c.PutIn(1, y, c.W()-2, l, kit.Meta()) }})
		}
	}
	return out
}
