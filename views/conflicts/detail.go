package conflicts

import (
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/conflict"
	"signalbox/release/gate"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawDetail writes the title of the case and as much of what is known of it as there is room for.
func (v View) drawDetail(c kit.Canvas, p plan, r *row, f views.Frame) {
	c.Rule(0, v.title(c.W(), p, r, f))
	strips := v.stripsIn(r, p.right, f)
	for k := v.scroll; k < min(v.scroll+p.body, len(strips)); k++ {
		if strips[k].Head && k == v.scroll+p.body-1 && k+1 < len(strips) {
			break // it says nothing without the row below it
		}
		strips[k].Draw(c, 1+k-v.scroll)
		if strips[k].Key == best {
			c.Cursor(1+k-v.scroll, true)
		}
	}
}

// title is the head of the case: how bad it is, between whom, and how long is left.
func (v View) title(w int, p plan, r *row, f views.Frame) kit.Rule {
	k := r.kase
	a := k.Aspect(f.Now)
	title := []kit.Run{kit.Mark(a), kit.T(" ", kit.Plain()), kit.T(r.id, kit.ID()), kit.T(" ", kit.Plain()), kit.T(word(k, f.Now), kit.AspectWord(a)), kit.T("  "+v.between(k), kit.Name())}
	if p.left > 0 {
		title[5] = kit.T("  "+k.Kind.ID()+" "+k.Kind.Name(), kit.Strong())
	} else if at, n := v.place(), v.standing(); at < n && !r.settled {
		title = append(title, kit.T("  "+strconv.Itoa(at+1)+" of "+strconv.Itoa(n), kit.Meta()))
	}
	note := []kit.Run{kit.T("raised "+kit.Ago(k.RaisedAt, f.Now), kit.Meta())}
	switch {
	case k.State == conflict.Gone:
		note = []kit.Run{kit.T("settled "+kit.Instant(k.GoneAt, f.Now, f.Zone), kit.Meta())}
	case p.left == 0 && (v.stale()+v.queued > 0 || v.words != ""):
		note = v.notes()
	case p.left == 0:
		note = []kit.Run{kit.T("in ", kit.Meta()), kit.Left(k.Deadline, f.Now, k.Wants(f.Now))}
		if k.Deadline.Before(f.Now) {
			note = note[1:]
		}
	}
	hidden := len(v.strips(r, p.right)) - p.body
	if below := hidden - v.scroll; below > 0 && w > 100 {
		note = append(note, kit.T("  ↓"+strconv.Itoa(below), kit.Meta()))
	}
	return kit.Rule{Focus: p.left == 0 || v.detail, Title: title, Note: note}
}

// strips are the rows under the title; how many there are does not depend on the time.
func (v View) strips(r *row, w int) []kit.Strip {
	return v.stripsIn(r, w, views.Frame{Now: v.at, Zone: time.UTC})
}

func text(runs ...kit.Run) kit.Strip {
	return kit.Strip{Draw: func(c kit.Canvas, y int) { c.WriteIn(1, y, c.W()-2, runs...) }}
}

func head(title []kit.Run, note ...kit.Run) kit.Strip {
	return kit.Strip{Head: true, Draw: func(c kit.Canvas, y int) { c.Rule(y, kit.Rule{Title: title, Note: note}) }}
}

func (v View) stripsIn(r *row, w int, f views.Frame) []kit.Strip {
	if v.docket == nil || w < 12 {
		return nil
	}
	k := r.kase
	var out []kit.Strip
	if v.standing() == 0 && v.words == "" {
		out = append(out, text(v.calm()...), text())
	}
	if dark := v.darkness(f); dark != nil && k.State != conflict.Gone {
		out = append(out, text(append(dark, kit.T(": no slot is certain, what it holds may have changed since", kit.Plain()))...))
	}
	out = append(out, v.parties(r, w, f)...)
	out = append(out, text(kit.T(k.Kind.ID()+" "+k.Kind.Name(), kit.Strong()), kit.T("  "+k.Rule, kit.Meta())))
	for n, l := range kit.Few(kit.Wrap(release.Clean(k.Reason, 400), max(w-8, 12)), 2) {
		lead := kit.T("why  ", kit.Meta())
		if n > 0 {
			lead.Text = "     "
		}
		out = append(out, text(lead, kit.T(l, kit.Plain())))
	}
	if k.State == conflict.Gone {
		out = append(out, head(kit.Heading("SETTLED", "", kit.Instant(k.GoneAt, f.Now, f.Zone))))
		for _, l := range kit.Few(kit.Wrap(release.Clean(k.How, 400), max(w-3, 12)), 3) {
			out = append(out, text(kit.T(l, kit.Plain())))
		}
	} else {
		out = append(out, v.bars(r, w, f)...)
		out = append(out, v.resolve(r, w, f)...)
	}
	out = append(out, v.affected(k, w)...)
	out = append(out, v.history(k, f)...)
	if v.plan().left == 0 {
		out = append(out, v.lately(f)...)
		out = append(out, v.unknown(w)...)
	}
	return out
}

// parties are the two lines of what collides.
func (v View) parties(r *row, w int, f views.Frame) []kit.Strip {
	k := r.kase
	b := v.brief()
	cols := []kit.Column{{Width: 1}, {Width: 8, Hug: true, Gap: 1}, {Grow: 1, Min: 20, Gap: 1}, {Width: 8, Hug: true, Gap: 1, Drop: 3}, {Hug: true, Gap: 1, Drop: 1}, {Hug: true, Gap: 1}, {Hug: true, Gap: 2, Drop: 2}}
	rows := [][]kit.Cell{v.work("A", k.Work(), nil, f)}
	if b != nil {
		rows[0] = v.work("A", k.Work(), b.a, f)
	}
	switch o := k.Conflict.Other(); {
	case o.Sort == conflict.WorkParty && b != nil:
		rows = append(rows, v.work("B", o.ID, b.b, f))
	case o.Sort == conflict.WorkParty:
		rows = append(rows, v.work("B", o.ID, nil, f))
	case o.Sort != conflict.RuleParty:
		rows = append(rows, v.fact(o, b, f))
	}
	l := kit.Fit(1, w-1, cols, rows)
	var out []kit.Strip
	for _, cells := range rows {
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) { c.Row(y, l, cells) }})
	}
	return out
}

// work is the line of a change that is a party: what, whose, how risky, when, and how far its approval is.
func (v View) work(letter, id string, k *gate.Case, f views.Frame) []kit.Cell {
	unknown := kit.C(kit.Unknown, kit.Meta())
	out := []kit.Cell{kit.C(letter, kit.Meta()), kit.C(id, kit.ID()), unknown, unknown, unknown, unknown, nil}
	if w, ok := v.docket.Work[id]; ok {
		out[2] = kit.C(release.Clean(w.Title, 80), kit.Name())
		out[4] = kit.Cell{kit.T("risk ", kit.Meta()), kit.Risk(change.Risk{Score: w.Risk}, " ")}
		out[5] = kit.C(kit.Window(w.From, w.To, f.Now, f.Zone), kit.Plain())
	}
	if k == nil {
		return out
	}
	i := &k.Item
	out[2] = kit.C(release.Clean(i.Change.Name(), 80), kit.Name())
	if i.Target.Team != "" {
		out[3] = kit.C(release.Clean(i.Target.Team, 16), kit.Meta())
	}
	state := i.Standing()
	if i.Approval.Needed > 0 && i.Change.State.Open() {
		state = kit.Quorum(i.Approval.Granted(), i.Approval.Needed) + " ok"
	}
	out[6] = kit.Cell{kit.ItemMark(i, f.Now), kit.T(" "+state, kit.Plain())}
	return out
}

// fact is the line of a party that is no change: a freeze, a window, a batch run, a team at its limit.
func (v View) fact(o conflict.Party, b *ways, f views.Frame) []kit.Cell {
	sort := strings.ReplaceAll(string(o.Sort), "_", " ")
	out := []kit.Cell{kit.C("B", kit.Meta()), kit.C(release.Clean(sort, 20), kit.Strong()), kit.C(release.Clean(o.ID, 80), kit.Name()), nil, nil, nil, nil}
	if b == nil || b.brief.Against == nil {
		return out
	}
	x := b.brief.Against
	title := release.Clean(x.Title, 80)
	if o.Sort == conflict.FreezeFact && !strings.Contains(o.ID, "/") {
		title = o.ID + "  " + title
	}
	if title != "" {
		out[2] = kit.C(title, kit.Name())
	}
	switch {
	case x.From.IsZero():
	case x.To.IsZero():
		out[5] = kit.C("from "+kit.Instant(x.From, f.Now, f.Zone), kit.Plain())
	default:
		out[5] = kit.C(kit.Window(x.From, x.To, f.Now, f.Zone), kit.Plain())
	}
	if x.Hardness != "" {
		out[6] = kit.C(string(x.Hardness), kit.Plain())
	}
	return out
}

// affected lists all that are affected or the cause; none is left out.
func (v View) affected(k *conflict.Case, w int) []kit.Strip {
	if len(k.Items) == 0 {
		return nil
	}
	out := []kit.Strip{head(kit.Heading("AFFECTED", strconv.Itoa(len(k.Items)), ""), kit.T("5", kit.Look()), kit.T(" graph", kit.Meta()))}
	var items [][]kit.Run
	for _, x := range k.Items {
		items = append(items, []kit.Run{kit.T(release.Clean(x, 80), kit.Name())})
	}
	for _, l := range kit.Flow(items, w-2, 2) {
		out = append(out, text(l...))
	}
	return out
}

// history is what became of the case so far.
func (v View) history(k *conflict.Case, f views.Frame) []kit.Strip {
	out := []kit.Strip{head(kit.Heading("HISTORY", "", ""))}
	add := func(at time.Time, what string) {
		if !at.IsZero() {
			out = append(out, text(kit.T(kit.Instant(at, f.Now, f.Zone)+"  ", kit.Meta()), kit.T(release.Clean(what, 300), kit.Plain())))
		}
	}
	add(k.RaisedAt, "raised: "+k.Kind.ID()+" "+k.Kind.Name())
	if k.Step > 0 && k.Step < len(conflict.Path) {
		add(k.AskedAt, "the "+string(conflict.Path[k.Step].Role)+"s were asked, since nobody had answered or somebody escalated")
	}
	if k.AnsweredBy != "" {
		add(k.AnsweredAt, "answered by "+string(k.AnsweredBy))
	}
	if x := k.Waiver; x != nil {
		what := "waived by " + string(x.By)
		if x.Second != "" {
			what += " and " + string(x.Second)
		} else if k.Severity == conflict.Hard {
			what = string(x.By) + " asked for a waiver"
		}
		add(x.At, what+" until "+kit.Instant(x.Until, f.Now, f.Zone)+": "+x.Reason)
	}
	add(k.GoneAt, "settled: "+k.How)
	return out
}

// lately are the cases that were settled, where no list shows them.
func (v View) lately(f views.Frame) []kit.Strip {
	var out []kit.Strip
	for i := range v.rows {
		r := &v.rows[i]
		if !r.settled {
			continue
		}
		if len(out) == 0 {
			out = append(out, head(kit.Heading("SETTLED", strconv.Itoa(len(v.rows)-v.standing()), "24h")))
		}
		out = append(out, text(kit.Mark(release.Go), kit.T(" "+r.id+" ", kit.Plain()), kit.T(kit.Clock(r.kase.GoneAt, f.Zone)+"  ", kit.Meta()), kit.T(release.Clean(r.kase.How, 300), kit.Plain())))
	}
	return out
}
