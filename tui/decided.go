package tui

import (
	"fmt"
	"strings"

	"signalbox/release"
	"signalbox/release/change"
	"signalbox/release/evidence"
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
	out = append(out, consequence(d.verb.Name, i))
	if d.verb.Name != "approve" {
		return out
	}
	return append(append(out, binds(i)), warnings(i)...)
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
	return out
}

// consequence says what happens.
func consequence(verb string, i change.Item) []kit.Run {
	have, need := i.Approval.Granted(), i.Approval.Needed
	switch verb {
	case "approve":
		var runs []kit.Run
		if have+1 >= need {
			runs = []kit.Run{kit.T("You complete the ", kit.Plain()), kit.T("quorum ("+kit.Quorum(have+1, need)+")", kit.Strong()),
				kit.T("; it may go in within "+kit.Length(change.GrantTTL)+".", kit.Plain())}
		} else {
			runs = []kit.Run{kit.T("You are the ", kit.Plain()), kit.T(ordinal(have+1)+" of "+fmt.Sprint(need), kit.Strong()),
				kit.T(fmt.Sprintf("; it waits for %d more.", need-have-1), kit.Plain())}
		}
		if i.Change.Executor != "" {
			runs = append(runs, kit.T("  Executor ", kit.Meta()), kit.T(string(i.Change.Executor), kit.Plain()))
		}
		return runs
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

// warnings are what an approver takes on: evidence that is missing or failed, and a gate that blocks.
func warnings(i change.Item) [][]kit.Run {
	var out [][]kit.Run
	warn := func(a release.Aspect, word, rest string) {
		out = append(out, []kit.Run{kit.Mark(a), kit.T(" "+word, kit.AspectWord(a)), kit.T(rest, kit.Plain())})
	}
	if i.Moving != "" {
		warn(release.Stop, "not approved", ", and "+i.Moving)
	}
	for n, a := range i.Firing {
		if n == 2 {
			warn(release.Stop, fmt.Sprintf("%d more alerts", len(i.Firing)-n), " fire")
			break
		}
		warn(release.Stop, a.Name, strings.TrimSuffix(" fires: "+a.Summary, ": "))
	}
	switch missing := i.Of - i.Passed; {
	case i.Of == 0:
		warn(release.Caution, "no evidence", ": no check of this commit is known")
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
		warn(worst, fmt.Sprintf("%d of %d checks", missing, i.Of), ": "+strings.Join(names, ", "))
	}
	if i.Gate == "block" {
		warn(release.Stop, "the gate blocks", " it now; an approval alone does not let it in")
	}
	return out
}
