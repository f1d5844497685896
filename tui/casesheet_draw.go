package tui

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"signalbox/release"
	"signalbox/release/conflict"
	"signalbox/views"
	"signalbox/views/kit"
)

func labelled(label string, runs ...kit.Run) []kit.Run {
	return append([]kit.Run{kit.T(fmt.Sprintf("%-*s", labels, label), kit.Meta())}, runs...)
}

// facts say what happens, to whom, and what it keeps.
func (g *caseSheet) facts(s *shell) [][]kit.Run {
	k, zone := g.sel.Case, s.clock.zone()
	switch g.verb.Name {
	case "move":
		a := g.sel.Brief.A
		out := [][]kit.Run{labelled("Moves", kit.T(a.ID, kit.ID()), kit.T(" "+release.Clean(a.Title, 60), kit.Name()), kit.T(" from "+views.SlotTime(a.From, s.now, zone)+", for "+release.Length(a.To.Sub(a.From)), kit.Plain()))}
		if i := g.sel.Item; i != nil && i.Approval.Needed > 0 {
			out = append(out, labelled("Keeps", kit.T("its approval "+kit.Quorum(i.Approval.Granted(), i.Approval.Needed), kit.Strong()), kit.T(": what that binds is not when", kit.Plain())))
		}
		return append(out, labelled("Reason", kit.T(g.because(), kit.Plain())))
	case "waive":
		out := [][]kit.Run{labelled("Lets in", kit.T(k.Work(), kit.ID()), kit.T(" although "+k.Kind.ID()+" "+k.Kind.Name()+" stands", kit.Plain()))}
		out = append(out, because("Why not", release.Clean(k.Reason, 300))...)
		switch {
		case g.second(s.now):
			out = append(out, labelled("Asked by", kit.T(string(k.Waiver.By), kit.Strong()), kit.T(" at "+kit.Clock(k.Waiver.At, zone)+", until "+kit.Instant(k.Waiver.Until, s.now, zone)+"; you are the second", kit.Plain())))
			out = append(out, because("Said", release.Clean(k.Waiver.Reason, 300))...)
		case k.Severity == conflict.Hard:
			out = append(out, labelled("Two", kit.T("It is hard", kit.Strong()), kit.T(": a second person waives it within "+release.Length(conflict.OverrideTTL)+", or nothing is waived", kit.Plain())))
		default:
			out = append(out, labelled("Ends", kit.T("It cannot be taken back", kit.Strong()), kit.T(" before it ends", kit.Plain())))
		}
		return out
	case "answer":
		out := [][]kit.Run{labelled("Says", kit.T("You are on it", kit.Strong()), kit.T(": nobody else is asked", kit.Plain()))}
		if due := k.Due(); !due.IsZero() {
			out = append(out, labelled("Stops", kit.T("the clock", kit.Plain()), kit.T(" by which the "+string(conflict.Path[k.Step+1].Role)+"s were asked at "+kit.Clock(due, zone), kit.Plain())))
		}
		return append(out, labelled("Leaves", kit.T(g.sel.ID+" as it is", kit.Plain()), kit.T(": M or W settles it", kit.Meta())))
	}
	step := min(k.Step+1, len(conflict.Path)-1)
	who := "nobody holds the role"
	if b := g.sel.Brief; b != nil && len(b.Next) > 0 {
		var list []string
		for _, p := range b.Next {
			list = append(list, release.Clean(string(p), 40))
		}
		who = strings.Join(list, ", ")
	}
	out := [][]kit.Run{labelled("Asks", kit.T("the "+string(conflict.Path[step].Role)+"s", kit.Strong()), kit.T(" now: "+who, kit.Plain()))}
	out = append(out, labelled("So far", kit.T("the "+string(conflict.Path[k.Step].Role)+"s, since "+kit.Instant(k.AskedAt, s.now, zone), kit.Plain())))
	if due := k.Due(); !due.IsZero() {
		out = append(out, labelled("Else", kit.T("they would be asked at "+kit.Clock(due, zone), kit.Plain())))
	}
	return out
}

// body are the rows in which one chooses or types.
func (g *caseSheet) body(in kit.Canvas, y int, lit bool, now time.Time, zone *time.Location) (rows int, at point) {
	at = point{-1, -1}
	switch {
	case g.verb.Name == "move":
		wide := 0
		for _, w := range g.sel.Ways {
			wide = max(wide, kit.Width(views.SlotTime(w.From, now, zone)))
		}
		for i, w := range g.sel.Ways {
			style, sure := kit.Meta(), ""
			if len(g.sel.Dark) > 0 {
				style, sure = kit.Stale(), "~"
			}
			if i == 0 {
				in.Put(0, y, "To", kit.Meta())
			}
			if i == g.pick && lit {
				in.Select(labels-1, y, in.W()-labels+1)
				in.Put(labels-1, y, "▌", kit.Here())
				if sure == "" {
					style = kit.Strong()
				}
			}
			in.Put(labels, y, fmt.Sprint(i+1), key(lit))
			runs := []kit.Run{kit.T(fmt.Sprintf("%-*s ", wide+len(sure), sure+views.SlotTime(w.From, now, zone)), style), kit.Mark(w.Aspect), kit.T(" "+w.Word, kit.Plain())}
			if w.Why != "" {
				runs = append(runs, kit.T(", "+w.Why, kit.Meta()))
			}
			in.WriteIn(labels+2, y, in.W()-labels-2, runs...)
			y, rows = y+1, rows+1
		}
		in.Put(labels, y, "i", key(lit))
		if !g.own() {
			in.Put(labels+2, y, "type a time", kit.Meta())
			return rows + 1, at
		}
		if lit {
			in.Put(labels-1, y, "▌", kit.Here())
		}
		at = point{g.when.draw(in, labels+2, y, 40, lit), y}
		return rows + 1, at
	case g.verb.Name == "waive" && !g.second(now):
		in.Put(0, y, "Reason", kit.Meta())
		n := utf8.RuneCountInString(g.words())
		counter, style := fmt.Sprintf("%5d", n), kit.Meta()
		if n < g.least() {
			counter, style = fmt.Sprintf("%5s", fmt.Sprintf("%d/%d", n, g.least())), kit.AspectNumber(release.Caution)
		}
		right := in.PutRight(in.W(), y, counter, style) - 2
		x := g.text.draw(in, labels, y, right-labels, lit && !g.until)
		in.Put(0, y+1, "Until", kit.Meta())
		u := g.when.draw(in, labels, y+1, 28, lit && g.until)
		def := g.sel.Case.Deadline.Add(24 * time.Hour)
		in.PutIn(labels+30, y+1, in.W()-labels-30, "empty: "+kit.Instant(def, now, zone), kit.Meta())
		if at = (point{x, y}); g.until {
			at = point{u, y + 1}
		}
		return 2, at
	}
	return 0, at
}

// rows is how many the choice takes.
func (g *caseSheet) rows() int {
	switch {
	case g.verb.Name == "move":
		return len(g.sel.Ways) + 1
	case g.verb.Name == "waive" && !g.second(time.Time{}):
		return 2
	}
	return 0
}

func (g *caseSheet) draw(s *shell, body kit.Canvas) point {
	facts := g.facts(s)
	changed := g.changed(s)
	if changed != "" && !g.busy {
		facts = append(facts, []kit.Run{kit.Mark(release.Caution), kit.T(" "+changed, kit.Reason(release.Caution))})
	} else if len(g.sel.Dark) > 0 && g.verb.Name == "move" {
		facts = append(facts, []kit.Run{kit.Mark(release.Dark), kit.T(" "+release.Clean(strings.Join(g.sel.Dark, ", "), 60)+" dark", kit.AspectWord(release.Dark)), kit.T(": no slot is certain", kit.Plain())})
	}
	rows := len(facts) + g.rows() + 2
	if over := rows - (body.H() - 2); over > 0 {
		facts = facts[:max(0, len(facts)-over)]
		rows = len(facts) + g.rows() + 2
	}
	k := g.sel.Case
	frame := kit.Sheet{Rows: rows, Title: []kit.Run{kit.T(strings.ToUpper(g.verb.Name)+" ", kit.Strong()), kit.T(g.sel.ID, kit.Strong()), kit.T(" "+k.Kind.Name(), kit.Plain())},
		Note: []kit.Run{kit.Mark(k.Aspect(s.now)), kit.T(" "+k.Severity.String(), kit.AspectWord(k.Aspect(s.now)))}}
	in := body.Sheet(frame)
	for y, f := range facts {
		in.WriteIn(0, y, in.W(), f...)
	}
	y := len(facts)
	n, at := g.body(in, y, !g.busy && changed == "", s.now, s.clock.zone())
	y += n
	in.WriteIn(0, y, in.W(), signs(s)...)
	if why := g.lock(s); why != "" {
		in.WriteIn(12, y+1, in.W()-30, kit.T("⏎ ", kit.Meta()), kit.T(why, kit.Meta()))
	} else {
		what := g.verb.Hint
		if g.verb.Name == "move" && !g.own() {
			what += fmt.Sprintf(" (%d)", g.pick+1)
			what += " to " + views.SlotTime(g.sel.Ways[g.pick].From, s.now, s.clock.zone())
		}
		in.Write(12, y+1, kit.T("⏎", kit.Lever()), kit.T(" "+what, kit.Strong()))
	}
	if !g.busy {
		in.Write(58, y+1, kit.T("esc", kit.Look()), kit.T(" leave it", kit.Meta()))
	}
	if at.x >= 0 {
		o := origin(body, frame)
		at.x, at.y = at.x+o.x, at.y+o.y
	}
	return at
}
