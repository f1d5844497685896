package queue

import (
	"slices"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/views"
	"signalbox/views/kit"
)

// The wide screen: the list at the left, the selected change at the right of the divider.

// twoColumns is the least width of a column where the selected change stands in two.
const twoColumns = 58

// leftWidth is the width of the list's pane.
func leftWidth(w int) int { return max(42, min(w*2/5, 84)) }

func (v View) drawWide(c kit.Canvas, f views.Frame) {
	lw := leftWidth(c.W())
	left := c.Sub(0, 0, lw, c.H())
	title := kit.Heading("QUEUE", strconv.Itoa(v.waiting()), "")
	if v.tab != all || v.words != "" {
		title = []kit.Run{kit.T("QUEUE "+v.ofAll(), kit.Strong())}
	}
	note := "sort:" + v.order.name()
	if more := v.hidden(c.H() - headRows); more != "" {
		note = more + "  " + note
	}
	left.Rule(0, kit.Rule{Title: title, Note: []kit.Run{kit.T(note, kit.Meta())}, Focus: true})
	v.drawTabs(left, 1, false, f)
	kinds := []int{cellShape, cellNumber, cellChange, cellTight, cellQuorum, cellEvidence, cellDuties, cellDue, cellLeft, cellWho}
	cols := []kit.Column{
		{Width: 1}, {Hug: true, Gap: 1}, {Grow: 1, Min: 19, Gap: 1}, {Hug: true, Gap: 2, Right: true}, {Width: 3, Hug: true, Gap: 1},
		{Width: 4, Hug: true, Drop: 2}, {Drop: 3}, {Hug: true, Drop: 4}, {Width: 6, Hug: true, Gap: 1, Right: true}, {Width: 3, Gap: 1},
	}
	l := v.layout(lw, cols, kinds, f)
	if !l.Shown(7) {
		kinds[8] = cellBrief
	}
	h := min(len(v.rows), c.H()-headRows)
	end := v.drawList(left, headRows, h, l, kinds, f)
	if c.H()-end > 4 {
		end++ // a blank row where rows are left
	}
	v.drawLower(left.Sub(0, end, lw, c.H()-end), f)
	c.Divider(lw, 0, c.H())
	r := v.current()
	if r == nil {
		return
	}
	columns := v.columns(r, f, c.W()-lw-1, c.H())
	x := lw + 1
	for n, strips := range columns {
		w := (c.W() - x - (len(columns) - 1 - n)) / (len(columns) - n)
		pane := c.Sub(x, 0, w, c.H())
		for y, s := range strips {
			s.Draw(pane, y)
		}
		x += w
		if n < len(columns)-1 {
			c.Divider(x, 0, c.H())
			x++
		}
	}
}

// columns are the selected change in w by h cells, in two columns where there is room for them.
func (v View) columns(r *row, f views.Frame, w, h int) [][]kit.Strip {
	if w < 2*twoColumns+1 {
		return [][]kit.Strip{v.column(r, f, w, h)}
	}
	x := v.facts(r, f, (w-1)/2)
	left := slices.Concat(v.head(r, f, x.W), x.Trouble(), x.Risk(), x.Evidence())
	left = append(left, slices.Concat(x.Duties(), x.Quorum())...)
	x.W = w - 1 - x.W
	right := slices.Concat(x.Gate(), x.Health(), x.Sources(), x.Talk(), x.History())
	return [][]kit.Strip{left[:min(len(left), h)], right[:min(len(right), h)]}
}

// column is the selected change, h rows at most: what does not fit goes from the end, after the rows of
// evidence that passed.
func (v View) column(r *row, f views.Frame, w, h int) []kit.Strip {
	x := v.facts(r, f, w)
	out := v.head(r, f, w)
	evidence := x.Evidence()
	before := slices.Concat(out, x.Trouble(), x.Risk())
	after := slices.Concat(x.Duties(), x.Quorum(), x.Gate(), x.Health())
	if len(x.Item.Notes) > 0 {
		after = append(after, x.Talk()...)
	}
	if room := h - len(before) - len(after); len(evidence) > room {
		// Exceptions stay; of what passed as many as there is room for, three rows at least.
		keep := max(room-1, 1+3)
		if keep < len(evidence)-1 {
			left := len(evidence) - keep
			evidence = append(evidence[:keep:keep], kit.Strip{Draw: func(c kit.Canvas, y int) {
				c.WriteIn(1, y, c.W()-2, kit.T("+"+strconv.Itoa(left)+" more, exceptions first", kit.Meta()), kit.T("  ⏎", kit.Look()), kit.T(" full detail", kit.Meta()))
			}})
		}
	}
	out = slices.Concat(before, evidence, after)
	if len(out) < h {
		for _, more := range [][]kit.Strip{x.Sources(), x.History()} {
			if len(out)+3 <= h {
				out = append(out, more...)
			}
		}
	}
	return out[:min(len(out), h)]
}

// head is the change's own rule, what it does, who wrote it, and what locks it.
func (v View) head(r *row, f views.Frame, w int) []kit.Strip {
	i := r.item
	title := append([]kit.Run{kit.ItemMark(i, f.Now), kit.T(" ", kit.Plain())}, v.heading(i)...)
	tier := "tier " + kit.Unknown
	if i.Service != nil {
		tier = "tier " + strconv.Itoa(int(i.Service.Tier))
	}
	notes := []string{where(i) + " · " + tier, i.Change.Environment + " · " + tier, tier}
	if i.Service == nil {
		notes = slices.Insert(notes, 2, i.Change.Environment)
	}
	if i.Target.Team != "" {
		notes = slices.Insert(notes, 0, i.Target.Team+" · "+notes[0])
	}
	out := []kit.Strip{{Draw: func(c kit.Canvas, y int) {
		note := notes[len(notes)-1]
		for _, n := range notes {
			if kit.RunsWidth(title)+kit.Width(n)+8 <= c.W() {
				note = n
				break
			}
		}
		c.Rule(y, kit.Rule{Title: title, Note: []kit.Run{kit.T(note, kit.Meta())}})
	}}}
	if i.Change.Title != "" {
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) { c.PutIn(1, y, c.W()-2, i.Change.Title, kit.Plain()) }})
	}
	out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
		when, left := kit.Deadline(i.Approval.ExpiresAt, f.Now, f.Zone, i.Yours(v.me))
		runs := []kit.Run{kit.T("due ", kit.Meta()), when, kit.T(" ", kit.Plain()), left, kit.T("   ", kit.Plain())}
		if r.left() {
			runs = nil
		}
		runs = append(runs, kit.T("reads ", kit.Meta()), kit.T(i.Change.Digest.Short(), kit.Strong()))
		if i.Change.Repo != "" {
			runs = append(runs, kit.T("   "+i.Change.Repo, kit.Meta()))
		}
		if i.Change.Ref != "" {
			runs = append(runs, kit.T(" "+i.Change.Ref, kit.Meta()))
		}
		c.WriteIn(1, y, c.W()-2, runs...)
	}})
	if r.left() {
		return append(out, v.settled(r, f, w)...)
	}
	return append(out, v.lock(r, f, w)...)
}

// drawLower fills the rows under the list: what was decided today, and what is blocked and why.
func (v View) drawLower(c kit.Canvas, f views.Frame) {
	stuck, total := v.obstacles(f), 0
	y, h := 0, c.H()
	for k := 0; k < len(stuck) && total < h; k++ {
		stuck[k].rows = stuck[k].draw(c.W())
		total += len(stuck[k].rows)
	}
	if h < 2 {
		return
	}
	reserved := 0
	if len(stuck) > 0 {
		reserved = min(1+total, max(h/2, 4))
	}
	if n := len(v.queue.Decided); h-reserved >= 2 {
		c.Rule(y, kit.Rule{Title: kit.Heading("DECIDED TODAY", strconv.Itoa(n), "")})
		y++
		if n > 0 {
			y = v.drawDecided(c, y, h-reserved, f)
		} else {
			c.Put(1, y, "nothing yet", kit.Meta())
			y++
		}
	}
	if len(stuck) == 0 || h-y < 2 {
		return
	}
	c.Rule(y, kit.Rule{Title: kit.Heading("BLOCKED", strconv.Itoa(len(v.known.stuck)), "")})
	y++
	for k := range stuck {
		left := 0
		for _, o := range stuck[k:] {
			left += len(o.numbers)
		}
		if len(stuck[k].rows) == 0 || y+len(stuck[k].rows) > h || y+len(stuck[k].rows) == h && k < len(stuck)-1 {
			if y < h {
				c.Put(1, y, "+"+strconv.Itoa(left)+" more", kit.Meta())
			}
			return
		}
		for _, draw := range stuck[k].rows {
			draw(c, y)
			y++
		}
	}
}

// drawDecided is today's tally and the newest decisions, up to row end.
func (v View) drawDecided(c kit.Canvas, y, end int, f views.Frame) int {
	approved, rejected := 0, 0
	var took []time.Duration
	for k := range v.queue.Decided {
		i := &v.queue.Decided[k]
		d, ok := lastDecision(i)
		if !ok {
			continue
		}
		if d.Verdict == change.Reject {
			rejected++
		} else {
			approved++
		}
		took = append(took, d.At.Sub(i.Approval.RequestedAt))
	}
	tally := []kit.Run{kit.Mark(release.Go), kit.T(" "+strconv.Itoa(approved)+" approved  ", kit.Plain())}
	if rejected > 0 {
		tally = append(tally, kit.Mark(release.Stop), kit.T(" "+strconv.Itoa(rejected)+" rejected  ", kit.Plain()))
	}
	if len(took) > 0 {
		slices.Sort(took)
		tally = append(tally, kit.T("median ", kit.Meta()), kit.T(kit.Span(took[len(took)/2]), kit.Strong()))
	}
	c.WriteIn(1, y, c.W()-2, tally...)
	y++
	for k := range v.queue.Decided {
		if y >= end {
			break
		}
		i := &v.queue.Decided[k]
		d, ok := lastDecision(i)
		if !ok {
			continue
		}
		mark, word := kit.Mark(release.Go), "approved "
		tail := kit.T("  "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Meta())
		if d.Verdict == change.Reject {
			mark, word = kit.Mark(release.Stop), "rejected "
			tail = kit.T("  “"+d.Reason.String()+"”", kit.Plain())
		}
		if i.Moving != "" {
			mark = kit.ItemMark(i, f.Now)
		}
		c.WriteIn(1, y, c.W()-2, mark, kit.T(" "+i.Change.ID, kit.Strong()),
			kit.T(" "+word+kit.Clock(d.At, f.Zone), kit.Meta()), kit.T("  "+i.Change.Service, kit.Plain()), tail)
		y++
	}
	return y
}
