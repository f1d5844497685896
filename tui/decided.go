package tui

import (
	"fmt"
	"slices"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/evidence"
	"signalbox/release/gate"
	"signalbox/release/health"
	"signalbox/views/kit"
)

// The words of a decision's sheet: what happens, what it binds to, what speaks against it, why, and who signs.

// labels is the width of the labels' column in a sheet.
const labels = 10

func (d *decision) draw(s *shell, body kit.Canvas) point {
	facts := d.facts(s)
	rows := len(facts) + len(d.presets) + 1 + 2
	room := body.H() - 2
	if over := rows - room; over > 0 {
		facts = facts[:max(0, len(facts)-over)]
		rows = room
	}
	one := d.items[0]
	frame := kit.Sheet{Rows: rows, Title: []kit.Run{kit.T(strings.ToUpper(d.verb.Hint)+" ", kit.Strong())}}
	if len(d.items) == 1 {
		frame.Title = append(frame.Title, kit.T(one.Change.ID, kit.Strong()), kit.T(" "+one.Change.Name(), kit.Plain()))
		frame.Note = []kit.Run{kit.T("risk ", kit.Meta()), kit.Risk(one.Change.Risk, " ")}
	} else {
		frame.Title = append(frame.Title, kit.T(fmt.Sprintf("%d CHANGES", len(d.items)), kit.Strong()))
		frame.Note = []kit.Run{kit.T("all at Low risk", kit.Meta())}
	}
	in := body.Sheet(frame)
	y := 0
	for _, f := range facts {
		in.WriteIn(0, y, in.W(), f...)
		y++
	}
	at := d.drawReasons(in, y, d.moved == "" && !d.busy)
	y += len(d.presets) + 1
	in.WriteIn(0, y, in.W(), signs(s)...)
	d.drawKeys(in, y+1)
	if at.x >= 0 {
		o := origin(body, frame)
		at.x, at.y = at.x+o.x, at.y+o.y
	}
	return at
}

// drawKeys paints what ⏎ would do, or in its place why it would not.
func (d *decision) drawKeys(in kit.Canvas, y int) {
	const first = 12
	second := 44
	if why := d.lock(); why != "" {
		x := in.WriteIn(first, y, in.W()-first-24, kit.T("⏎ ", kit.Meta()), kit.T(why, kit.Meta()))
		second = max(second, x+3)
	} else {
		what := d.verb.Hint
		if len(d.items) > 1 {
			what += fmt.Sprintf(" %d", len(d.items))
		}
		if !d.own() {
			what += fmt.Sprintf(" (%d)", d.pick+1)
		}
		in.Write(first, y, kit.T("⏎", kit.Lever()), kit.T(" "+what, kit.Strong()))
	}
	switch {
	case d.busy:
	case d.moved != "":
		in.Write(second, y, kit.T(".", kit.Lever()), kit.T(" look again", kit.Plain()), kit.T("   esc", kit.Look()), kit.T(" leave", kit.Meta()))
	default:
		word := " leave undecided"
		if d.verb.Name == "question" {
			word = " leave unasked"
		}
		in.Write(second, y, kit.T("esc", kit.Look()), kit.T(word, kit.Meta()))
	}
}

// facts are the lines above the reasons.
func (d *decision) facts(s *shell) [][]kit.Run {
	var out [][]kit.Run
	if d.moved != "" {
		out = append(out, marked(release.Caution, "changed under you:", d.moved)...)
	}
	for _, i := range d.items {
		if why := d.barred[i.Change.ID]; why != "" && d.moved == "" {
			out = append(out, marked(release.Stop, "locked:", why)...)
		}
	}
	if len(d.items) > 1 {
		return append(out, d.list()...)
	}
	i := d.items[0]
	if d.moved != "" && len(d.fresh) == 1 {
		i = d.fresh[0]
	}
	if d.verb.Name != "approve" {
		return append(out, consequence(d.verb.Name, i))
	}
	gates := d.shut(i)
	out = append(out, grants(i, len(gates) > 0)...)
	return append(append(out, warnings(i, gates)...), binds(i))
}

// marked is a sentence with an aspect's shape and a leading word, on as many lines as it needs.
func marked(a release.Aspect, word, text string) [][]kit.Run {
	var out [][]kit.Run
	for n, line := range kit.Wrap(word+" "+text, kit.SheetWidth-6) {
		runs := []kit.Run{kit.T("  ", kit.Plain())}
		if n == 0 {
			runs = []kit.Run{kit.Mark(a), kit.T(" "+word, kit.AspectWord(a))}
			line = strings.TrimPrefix(line, word)
		}
		out = append(out, append(runs, kit.T(line, kit.Plain())))
	}
	return out
}

// list names the marked changes, two on a line.
func (d *decision) list() [][]kit.Run {
	const most = 8
	out := [][]kit.Run{{kit.T("Each is approved as it stands; one that has changed is left out.", kit.Plain())}}
	for n := 0; n < min(len(d.items), most); n++ {
		i := d.items[n]
		have := kit.Quorum(i.Approval.Granted(), i.Approval.Needed)
		out = append(out, []kit.Run{kit.T(fmt.Sprintf("%-*s", labels, i.Change.ID), kit.Strong()), kit.T(" "+i.Change.Name()+" ", kit.Plain()),
			kit.T(have+" · "+i.Change.Environment+" · ", kit.Meta()), kit.Risk(i.Change.Risk, " ")})
	}
	if more := len(d.items) - most; more > 0 {
		out = append(out, []kit.Run{kit.T(fmt.Sprintf("and %d more", more), kit.Meta())})
	}
	for _, i := range d.items {
		if n := len(i.Firing); n == 1 {
			out = append(out, marked(release.Stop, i.Change.ID+": "+i.Firing[0].Name, strings.TrimSuffix("fires: "+i.Firing[0].Summary, ": "))...)
		} else if n > 1 {
			out = append(out, marked(release.Stop, fmt.Sprintf("%s: %d alerts fire,", i.Change.ID, n), i.Firing[0].Name+" is one")...)
		}
	}
	for _, v := range []gate.Verdict{gate.Block, gate.Unknown} {
		n := 0
		for _, i := range d.items {
			if i.Gate == string(v) {
				n++
			}
		}
		if n > 0 {
			said := "the gate blocks"
			if v == gate.Unknown {
				said = "the gate cannot say of"
			}
			out = append(out, marked(v.Aspect(), fmt.Sprintf("%s %d of them now:", said, n), "an approval alone does not let it in")...)
		}
	}
	return out
}

// consequence says what happens.
func consequence(verb string, i change.Item) []kit.Run {
	have := i.Approval.Granted()
	switch verb {
	case "reject":
		runs := []kit.Run{kit.T("Ends this round", kit.Strong()), kit.T("; it goes back to draft and may be submitted again.", kit.Plain())}
		if have > 0 {
			runs[1].Text = fmt.Sprintf(" with its %d approval; it goes back to draft.", have)
			if have > 1 {
				runs[1].Text = fmt.Sprintf(" with its %d approvals; it goes back to draft.", have)
			}
		}
		return runs
	case "question":
		who := "its author"
		var names []string
		for _, a := range i.Authors {
			if !a.Bot {
				names = append(names, a.String())
			}
		}
		if len(names) > 0 {
			who = strings.Join(names, ", ")
		}
		return []kit.Run{kit.T("Asks ", kit.Plain()), kit.T(who, kit.Strong()), kit.T("; nothing is decided and it keeps waiting.", kit.Plain())}
	}
	return []kit.Run{kit.T(verb+" "+i.Change.ID, kit.Plain())}
}

// grants says what an approval comes to. What the gate shuts out may go in only where that ends in time.
func grants(i change.Item, shut bool) [][]kit.Run {
	have, need := i.Approval.Granted(), i.Approval.Needed
	runs := []kit.Run{kit.T("You are the ", kit.Plain()), kit.T(ordinal(have+1)+" of "+fmt.Sprint(need), kit.Strong()),
		kit.T(fmt.Sprintf("; it waits for %d more.", need-have-1), kit.Plain())}
	if have+1 >= need {
		when := "; it may go in within "
		switch {
		case kit.Rolling(&i):
			when = "; it is going in already. The approval holds for "
		case i.Moving != "":
			when = "; it is in already. The approval holds for "
		case shut:
			when = "; it may go in if the gate opens within "
		}
		runs = []kit.Run{kit.T("You complete the ", kit.Plain()), kit.T("quorum ("+kit.Quorum(have+1, need)+")", kit.Strong()),
			kit.T(when+kit.Length(change.GrantTTL)+".", kit.Plain())}
	}
	if i.Change.Executor == "" {
		return [][]kit.Run{runs}
	}
	return kit.Flow([][]kit.Run{runs, {kit.T("Executor ", kit.Meta()), kit.T(string(i.Change.Executor), kit.Plain())}}, kit.SheetWidth-4, 2)
}

// shut are the gates that keep the change out besides the approval. Until they have been read there is the
// verdict alone.
func (d *decision) shut(i change.Item) []gate.Result {
	a, read := d.gates[i.Change.ID]
	if !read {
		switch v := gate.Verdict(i.Gate); v {
		case gate.Block, gate.Unknown:
			return []gate.Result{{Verdict: v, Reason: "an approval alone does not let it in"}}
		}
		return nil
	}
	var out []gate.Result
	for _, g := range kit.WorstFirst(a.Gates) {
		if g.Gate != gate.ApprovalGate && (g.Verdict == gate.Block || g.Verdict == gate.Unknown) {
			out = append(out, g)
		}
	}
	return out
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	}
	return fmt.Sprintf("%dth", n)
}

// binds says what exactly the decision is about.
func binds(i change.Item) []kit.Run {
	dot := kit.T(" · ", kit.Faint())
	runs := []kit.Run{kit.T(fmt.Sprintf("%-*s", labels, "Binds to"), kit.Meta()), kit.T(i.Change.Digest.Short(), kit.Strong())}
	if i.Change.Environment != "" {
		runs = append(runs, dot, kit.T(i.Change.Environment, kit.Plain()))
	}
	if i.Change.Window != "" {
		runs = append(runs, dot, kit.T("window "+i.Change.Window, kit.Plain()))
	}
	return append(runs, dot, kit.T(fmt.Sprintf("revision %d", i.Change.Revision), kit.Plain()), dot,
		kit.T("new content voids it", kit.Meta()))
}

// warnings are what an approver takes on, the worst first: what moves without approval, alerts, gates that shut
// it out, and evidence that is missing or failed.
func warnings(i change.Item, gates []gate.Result) [][]kit.Run {
	type warning struct {
		aspect release.Aspect
		lines  [][]kit.Run
	}
	var all []warning
	warn := func(a release.Aspect, word, rest string) { all = append(all, warning{a, marked(a, word, rest)}) }
	if i.Moving != "" {
		warn(release.Stop, i.Moving, "")
	}
	for n, a := range i.Firing {
		if n == 2 {
			warn(health.Worst(i.Firing[n:]).Aspect(), fmt.Sprintf("%d more alerts", len(i.Firing)-n), "fire")
			break
		}
		warn(a.Aspect(), a.Name, strings.TrimSuffix("fires: "+a.Summary, ": "))
	}
	for _, g := range gates {
		word := "the gate blocks it now:"
		if g.Verdict == gate.Unknown {
			word = "the gate cannot say now:"
		}
		warn(g.Verdict.Aspect(), word, g.Reason)
	}
	switch missing := i.Of - i.Passed; {
	case i.Of == 0:
		warn(release.Caution, "no evidence:", "no check of this commit is known")
	case missing > 0:
		var names []string
		worst := release.Caution
		for _, c := range i.Dossier.Checks {
			switch c.Result {
			case evidence.Fail:
				worst = release.Stop
				names = append(names, c.Name+" failed")
			case evidence.Pending:
				names = append(names, c.Name+" still runs")
			}
		}
		warn(worst, fmt.Sprintf("%d of %d checks", missing, i.Of)+":", strings.Join(names, ", "))
	}
	order := []release.Aspect{release.Stop, release.Dark, release.Caution}
	slices.SortStableFunc(all, func(a, b warning) int { return slices.Index(order, a.aspect) - slices.Index(order, b.aspect) })
	var out [][]kit.Run
	for _, w := range all {
		out = append(out, w.lines...)
	}
	return out
}
