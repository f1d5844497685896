package queue

import (
	"strconv"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/gate"
	"signalbox/views"
	"signalbox/views/kit"
)

// The narrow screen: the list over the inspector of the selected change.

const (
	headRows     = 2  // tabs, column heads
	leastRows    = 7  // of the list, before the inspector gives way
	inspectorMax = 14 // rows of the inspector that are worth having
	inspectorMin = 5
	content      = 12 // column of the inspector's values
)

// listHeight is the number of rows of the list at the size of the body.
func (v View) listHeight() int {
	if v.w >= wide {
		return max(v.h-headRows, 0)
	}
	return narrowHeight(v.h, len(v.rows))
}

// narrowHeight divides h rows between a list of n rows and the inspector, its rule included.
func narrowHeight(h, n int) int {
	rows := min(n, max(leastRows, h-headRows-1-inspectorMax))
	return max(0, min(rows, h-headRows-1-inspectorMin))
}

// Lit is the row of the selected change in the body.
func (v View) Lit() int {
	k := v.place()
	if k < 0 || v.h == 0 {
		return -1
	}
	if y := headRows + k - kit.Scroll(v.top, k, v.listHeight(), len(v.rows)); y < v.h {
		return y
	}
	return -1
}

func (v View) drawNarrow(c kit.Canvas, f views.Frame) {
	kinds := []int{cellShape, cellID, cellChange, cellRisk, cellQuorum, cellEvidence, cellDuties, cellDue, cellLeft, cellWho}
	l := v.layout(c.W(), []kit.Column{
		{Width: 1}, {Title: "id", Width: 8, Hug: true, Gap: 1}, {Title: "change", Grow: 1, Min: 12, Gap: 1},
		{Title: "risk", Hug: true}, {Title: "ok", Width: 3, Hug: true}, {Title: "evid", Hug: true}, {Title: "SoD"},
		{Title: "due", Width: 8, Hug: true}, {Title: "in", Width: 6, Hug: true}, {Width: 3, Gap: 1},
	}, kinds, f)
	v.drawTabs(c, 0, true, f)
	c.Head(1, l)
	h := narrowHeight(c.H(), len(v.rows))
	if more := v.hidden(h); more != "" {
		c.PutRight(c.W()-1, 1, more, kit.Meta())
	}
	end := v.drawList(c, headRows, h, l, kinds, f)
	if r := v.current(); r != nil {
		v.inspect(c.Sub(0, end, c.W(), c.H()-end), r, f)
	}
}

// part is some rows of the inspector; where there is no room for all, the part with the lowest rank goes.
type part struct {
	rank int
	rows []func(c kit.Canvas, y int)
}

func text(runs ...kit.Run) func(kit.Canvas, int) {
	return func(c kit.Canvas, y int) { c.WriteIn(content, y, c.W()-content, runs...) }
}

func labelled(label []kit.Run, row func(kit.Canvas, int)) func(kit.Canvas, int) {
	return func(c kit.Canvas, y int) {
		c.Write(1, y, label...)
		row(c, y)
	}
}

// inspect draws the selected change under its rule.
func (v View) inspect(c kit.Canvas, r *row, f views.Frame) {
	i := r.item
	title, note := v.heading(i), []kit.Run{kit.T("reads "+i.Change.Digest.Short(), kit.Meta())}
	room := c.W() - 8 - kit.RunsWidth(note) // what the approval binds to is read before the place
	for _, place := range []string{where(i), i.Change.Environment} {
		if kit.RunsWidth(title)+2+kit.Width(place) <= room {
			title = append(title, kit.T("  "+place, kit.Meta()))
			break
		}
	}
	c.Rule(0, kit.Rule{Title: kit.TruncateRuns(title, room), Note: note})
	foot := v.foot(r, f, c.W())
	parts := v.parts(r, f, c.W(), c.H()-1-len(foot))
	y := 1
	for _, p := range parts {
		for _, draw := range p.rows {
			draw(c, y)
			y++
		}
	}
	for _, s := range foot {
		s.Draw(c, y)
		y++
	}
}

// heading is "CHG-12 payments-api 4.11.3 → 4.12.0".
func (v View) heading(i *change.Item) []kit.Run {
	out := []kit.Run{kit.T(i.Change.ID+" ", kit.ID())}
	if i.Change.Kind == change.Emergency {
		out = append(out, kit.T("EMERG", kit.AspectWord(release.Escalated)), kit.T(" ", kit.Plain()))
	}
	out = append(out, kit.T(i.Change.Service+" ", kit.Strong()))
	if i.Deployed != "" && i.Deployed != i.Change.Version {
		out = append(out, kit.T(kit.TruncateMiddle(i.Deployed, 14)+" → ", kit.Meta()))
	}
	out = append(out, kit.T(kit.TruncateMiddle(i.Change.Version, 16), kit.Strong()))
	return out
}

// where is the environment and the regions.
func where(i *change.Item) string {
	return strings.Join(append([]string{i.Change.Environment}, i.Target.Regions...), " · ")
}

// parts are the rows of the inspector that fit into h.
func (v View) parts(r *row, f views.Frame, w, h int) []part {
	i := r.item
	x := v.facts(r, f, w)
	checks := checkRuns(i)
	lines := kit.Flow(checks, w-content-1, 3)
	gates, reason := v.gateRows(x, w)
	why := 5
	if k := v.gates(); k != nil && k.Answer.Verdict == gate.Block {
		why = 7
	}
	parts := []part{{rank: 11, rows: troubleRows(x)}, {rank: 6, rows: what(i)}, {rank: 9, rows: riskRows(i)}, {rank: 10}, {rank: 8, rows: dutyRows(x, w)},
		{rank: 8, rows: quorumRows(x)}, {rank: 8, rows: gates}, {rank: why, rows: reason}, {rank: 4, rows: talkRows(x)}}
	// Evidence may grow as far as nothing else has to go, and never below two rows.
	rest := 0
	for _, p := range parts {
		rest += len(p.rows)
	}
	shown := min(len(lines), max(2, h-rest))
	parts[3].rows = evidenceRows(i, x.Late, checks, lines, shown, w)
	for total := rest + len(parts[3].rows); total > h && len(parts) > 0; {
		least := 0
		for k := range parts {
			if parts[k].rank <= parts[least].rank {
				least = k
			}
		}
		over := total - h
		if n := len(parts[least].rows); n > over {
			parts[least].rows = parts[least].rows[:n-over]
			break
		}
		total -= len(parts[least].rows)
		parts = append(parts[:least:least], parts[least+1:]...)
	}
	return parts
}

func (v View) facts(r *row, f views.Frame, w int) kit.Facts {
	return kit.Facts{Item: r.item, Case: v.gates(), Me: v.me, Now: f.Now, Zone: f.Zone, W: w, Late: views.LateNote(f, r.item)}
}

func what(i *change.Item) []func(kit.Canvas, int) {
	if i.Change.Title == "" {
		return nil
	}
	return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("what", kit.Meta())}, text(kit.T(i.Change.Title, kit.Plain())))}
}

// troubleRows say on two rows at most that it goes in without approval and what fires; what was cut is in the
// view of the change.
func troubleRows(x kit.Facts) []func(kit.Canvas, int) {
	all := x.Troubles()
	var rows []func(kit.Canvas, int)
	for n, t := range all[:min(len(all), 2)] {
		more := ""
		if left := len(all) - 2; n == 1 && left > 0 {
			more = "  +" + strconv.Itoa(left) + " more"
		}
		rows = append(rows, labelled([]kit.Run{kit.T(t[0]+" ", kit.Meta()), kit.Mark(release.Stop)}, func(c kit.Canvas, y int) {
			w := c.W() - content - 1
			c.WriteIn(content, y, w, kit.T(kit.Truncate(t[1], w-kit.Width(more)), kit.Reason(release.Stop)), kit.T(more, kit.Meta()))
		}))
	}
	return rows
}

func riskRows(i *change.Item) []func(kit.Canvas, int) {
	r := i.Change.Risk
	group := func(c kit.Canvas, x, y int, g string) {
		c.Put(x, y, g, kit.Meta())
		c.Meter(x+8, y, 5, float64(r.Group(g))/float64(change.GroupMax[g]), kit.BarStyle(kit.GroupAspect(r, g)))
		c.WriteRight(x+19, y, kit.GroupScore(r, g)...)
	}
	score := kit.Risk(r, " ")
	if r.Band() == change.Moderate {
		score.Style = kit.Strong()
	}
	return []func(kit.Canvas, int){
		labelled([]kit.Run{kit.T("risk ", kit.Meta()), score}, func(c kit.Canvas, y int) {
			for n, g := range change.Groups[:3] {
				group(c, content+22*n, y, g)
			}
		}),
		func(c kit.Canvas, y int) {
			for n, g := range change.Groups[3:] {
				group(c, content+22*n, y, g)
			}
			c.PutIn(content+44, y, c.W()-content-44, heaviest(r), kit.Meta())
		},
	}
}

// heaviest is the facts of the group that is nearest to its maximum.
func heaviest(r change.Risk) string {
	best, share := "", 0.0
	for _, g := range change.Groups {
		if s := float64(r.Group(g)) / float64(change.GroupMax[g]); s > share {
			best, share = g, s
		}
	}
	var facts []string
	for _, f := range r.Factors {
		if f.Group == best {
			facts = append(facts, f.Fact)
		}
	}
	return strings.Join(facts, ", ")
}

// checkRuns are the checks, exceptions first.
func checkRuns(i *change.Item) [][]kit.Run {
	var out [][]kit.Run
	for _, k := range kit.Checks(i) {
		out = append(out, kit.CheckRuns(k, i.EvidenceDark))
	}
	return out
}

// evidenceRows are the first lines of the checks; where there are more, the last line says how many.
func evidenceRows(i *change.Item, late []kit.Run, checks [][]kit.Run, lines [][]kit.Run, shown, w int) []func(kit.Canvas, int) {
	label := []kit.Run{kit.T("evidence", kit.Meta())}
	if len(late) > 0 {
		label = append(label, kit.T(" ", kit.Plain()), late[0])
	}
	if len(checks) == 0 {
		return []func(kit.Canvas, int){labelled(label, text(kit.T(kit.NoEvidence(i), kit.Meta())))}
	}
	if shown < len(lines) {
		const more = 10 // " +123 more"
		n := len(checks)
		for n > 1 && len(kit.Flow(checks[:n], w-content-1-more, 3)) > shown {
			n--
		}
		lines = kit.Flow(checks[:n], w-content-1-more, 3)
		last := len(lines) - 1
		lines[last] = append(lines[last], kit.T("  +"+strconv.Itoa(len(checks)-n)+" more", kit.Meta()))
	}
	var rows []func(kit.Canvas, int)
	for n, l := range lines {
		row := text(l...)
		if n == 0 {
			row = labelled(label, row)
		}
		rows = append(rows, row)
	}
	return rows
}

func dutyRows(x kit.Facts, w int) []func(kit.Canvas, int) {
	d := x.Item.Duties
	line := joined(x.Hands(), "  ")
	if x.Strangers() {
		return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("SoD ", kit.Meta()), kit.Mark(d.Aspect)}, text(kit.TruncateRuns(line, w-content-1)...))}
	}
	if d.Aspect != release.Go {
		line = []kit.Run{kit.T(d.Sentence, kit.Reason(d.Aspect))}
	} else if rest := kit.T("  "+d.Sentence, kit.Meta()); kit.RunsWidth(line)+kit.Width(rest.Text) <= w-content-1 {
		line = append(line, rest)
	}
	return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("SoD ", kit.Meta()), kit.Mark(d.Aspect)}, text(kit.TruncateRuns(line, w-content-1)...))}
}

func quorumRows(x kit.Facts) []func(kit.Canvas, int) {
	a := x.Item.Approval
	return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("quorum", kit.Meta())}, func(c kit.Canvas, y int) {
		c.Meter(content, y, 9, float64(a.Granted())/float64(max(a.Needed, 1)), kit.Meta())
		at := c.Put(content+11, y, kit.Quorum(a.Granted(), a.Needed), kit.Strong())
		c.WriteIn(at+3, y, c.W()-at-4, joined(x.Deciders(), "  ")...)
	})}
}

// gateRows are the verdict of every gate on one row and, where one other than the approval bars, its reason
// with the way out.
func (v View) gateRows(x kit.Facts, w int) (marks, reason []func(kit.Canvas, int)) {
	verdict := gate.Verdict(x.Item.Gate)
	k := v.gates()
	if k == nil {
		a := verdict.Aspect()
		return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("gate ", kit.Meta()), kit.Mark(a)}, text(kit.T(kit.VerdictWord(verdict), kit.AspectWord(a))))}, nil
	}
	verdict = k.Answer.Verdict
	var all, rest [][]kit.Run // rest without those that pass
	passing := 0
	for _, g := range k.Answer.Gates {
		a := g.Verdict.Aspect()
		style := kit.Plain()
		if a == release.Go {
			style = kit.Meta()
		}
		name := strings.ReplaceAll(g.Gate, "_", " ")
		if g.Gate == gate.SoD {
			name = "SoD"
		}
		all = append(all, []kit.Run{kit.Mark(a), kit.T(" "+name, style)})
		if g.Verdict == gate.Pass {
			passing++
		} else {
			rest = append(rest, all[len(all)-1])
		}
	}
	line := joined(all, "   ")
	if kit.RunsWidth(line) > w-content-1 { // what passes is counted where there is no room to name it
		line = joined(append(rest, []kit.Run{kit.Mark(release.Go), kit.T(" "+strconv.Itoa(passing)+" pass", kit.Meta())}), "   ")
	}
	marks = []func(kit.Canvas, int){labelled([]kit.Run{kit.T("gate ", kit.Meta()), kit.Mark(verdict.Aspect())}, text(kit.TruncateRuns(line, w-content-1)...))}
	if len(k.Answer.Gates) == 0 {
		return marks, nil
	}
	worst := kit.WorstFirst(k.Answer.Gates)[0]
	if worst.Verdict == gate.Pass || worst.Gate == gate.ApprovalGate || x.Item.Locked() != nil {
		return marks, nil
	}
	line = []kit.Run{kit.T(worst.Reason, kit.Reason(worst.Verdict.Aspect()))}
	if len(worst.Unblock) > 0 {
		line = append(line, kit.T(" → ", kit.Meta()), kit.T(x.Unblock(worst.Unblock[0]), kit.Plain()))
	}
	return marks, wrapped(line, w-content-1)
}

// wrapped breaks a sentence and its way out over at most four rows, at the arrow where it does not fit on one.
func wrapped(line []kit.Run, w int) []func(kit.Canvas, int) {
	if kit.RunsWidth(line) <= w {
		return []func(kit.Canvas, int){text(line...)}
	}
	var rows []func(kit.Canvas, int)
	for _, l := range kit.Few(kit.Wrap(line[0].Text, max(w, 12)), 2) {
		rows = append(rows, text(kit.T(l, line[0].Style)))
	}
	if len(line) < 3 {
		return rows
	}
	for n, l := range kit.Few(kit.Wrap(line[2].Text, max(w-2, 12)), 2) {
		lead := "→ "
		if n > 0 {
			lead = "  "
		}
		rows = append(rows, text(kit.T(lead, kit.Meta()), kit.T(l, line[2].Style)))
	}
	return rows
}

func talkRows(x kit.Facts) []func(kit.Canvas, int) {
	notes := x.Item.Notes
	if len(notes) == 0 {
		return nil
	}
	last := notes[0]
	for _, n := range notes {
		if n.At.After(last.At) {
			last = n
		}
	}
	who := string(last.Person)
	if last.Person == x.Me {
		who = "you"
	}
	return []func(kit.Canvas, int){labelled([]kit.Run{kit.T("talk "+strconv.Itoa(len(notes)), kit.Meta())},
		text(kit.T(kit.Instant(last.At, x.Now, x.Zone)+" ", kit.Meta()), kit.T(who+"  ", kit.Strong()), kit.T(last.Text, kit.Plain())))}
}

// foot is the row of the levers, or, where approving is locked, what locks it and the way out.
func (v View) foot(r *row, f views.Frame, w int) []kit.Strip {
	if r.left() {
		return v.settled(r, f, w)
	}
	if lock := v.lock(r, f, w); lock != nil {
		return lock
	}
	hints := append(views.Levers(v.Name(), f, r.item), kit.Hint{Key: "⏎", Label: "full detail"})
	return []kit.Strip{{Draw: func(c kit.Canvas, y int) {
		x := c.Hints(1, y, c.W()-1, hints)
		note := v.facts(r, f, w).QuorumNote()
		if x+3+kit.Width(note.Text) < c.W() {
			c.WriteRight(c.W()-1, y, note)
		}
	}}}
}

// settled is where a change is that waits no more.
func (v View) settled(r *row, f views.Frame, w int) []kit.Strip {
	line := v.facts(r, f, w).Settled()
	return []kit.Strip{{Draw: func(c kit.Canvas, y int) { c.WriteIn(1, y, c.W()-2, line...) }}}
}

// lock is what locks the approval for somebody who holds the lever; nil where nothing does.
func (v View) lock(r *row, f views.Frame, w int) []kit.Strip {
	for _, h := range views.Levers(v.Name(), f, r.item) {
		lever, _ := f.Verbs.ForKey(v.Name(), h.Key)
		if lever.Name != "approve" {
			continue
		}
		if err := views.Lock(lever, r.item, f.Person, f.Now); err != nil {
			return kit.Locked(lever.Key, lever.Hint, views.LockAspect(r.item), err, w)
		}
	}
	return nil
}
