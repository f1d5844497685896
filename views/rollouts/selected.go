package rollouts

import (
	"cmp"
	"strings"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawSelected is what is known of the row under the cursor, the reason for its signal first.
func (v View) drawSelected(c kit.Canvas, r *row, f views.Frame) {
	title := []kit.Run{kit.Signal(r.aspect()), kit.T(" "+r.id+" ", kit.Strong())}
	var facts [][]kit.Run
	var note []kit.Run
	if w := r.wait; w != nil {
		title = append(title, kit.T(w.Service+" ", kit.Strong()), kit.T(w.Environment, kit.Meta()))
		facts = waitingFacts(w, c.W(), f)
	} else {
		title = append(title, kit.T(r.roll.Service+" ", kit.Strong()), kit.T(r.roll.Environment, kit.Meta()))
		facts, note = rowFacts(r.roll, c.W(), f), monitorNote(r.roll, f)
	}
	c.Rule(0, kit.Rule{Title: title, Note: note})
	y := 1
	if c.H() > mostFact && !r.gone {
		what := "opens both versions side by side"
		if r.wait != nil {
			what = "opens the change"
		}
		facts = append(facts, labelled("⏎", kit.T(what, kit.Meta())))
	}
	for _, runs := range facts {
		lines := [][]kit.Run{runs}
		if c.H() > mostFact { // there is room to read it whole
			lines = folded(runs, c.W()-2, 8)
		}
		for _, l := range lines[:min(len(lines), 4)] {
			if y >= c.H() {
				return
			}
			c.WriteIn(1, y, c.W()-2, l...)
			y++
		}
	}
}

// folded breaks runs between words into lines of w cells, all but the first indented.
func folded(runs []kit.Run, w, indent int) [][]kit.Run {
	if kit.RunsWidth(runs) <= w {
		return [][]kit.Run{runs}
	}
	pad := kit.T(strings.Repeat(" ", indent), kit.Plain())
	out := [][]kit.Run{nil}
	used := 0
	for _, r := range runs {
		for _, word := range strings.SplitAfter(r.Text, " ") {
			n := kit.Width(strings.TrimRight(word, " "))
			last := len(out) - 1
			if used+n > w && used > indent {
				out, last, used = append(out, []kit.Run{pad}), last+1, indent
				word = strings.TrimLeft(word, " ")
			}
			if word != "" {
				out[last] = append(out[last], kit.T(word, r.Style))
				used += kit.Width(word)
			}
		}
	}
	return out
}

// labelled is a fact with its label in a column of its own.
func labelled(label string, runs ...kit.Run) []kit.Run {
	return append([]kit.Run{kit.T(label+strings.Repeat(" ", max(8-kit.Width(label), 1)), kit.Meta())}, runs...)
}

// monitorNote is how old what monitors say is.
func monitorNote(r *rollout.Row, f views.Frame) []kit.Run {
	switch dark, late := darkSource(r); {
	case dark != nil:
		return []kit.Run{kit.Mark(release.Dark), kit.T(" "+dark.Name+" ", kit.Plain()), kit.T("DARK", kit.AspectWord(release.Dark)), kit.T(" "+sourceAge(dark, f.Now), kit.AspectNumber(release.Dark))}
	case late != nil:
		return []kit.Run{kit.Mark(release.Caution), kit.T(" "+late.Name+" late "+sourceAge(late, f.Now), kit.AspectNumber(release.Caution))}
	case len(r.Monitors) > 0:
		return []kit.Run{kit.Mark(release.Go), kit.T(" "+r.Monitors[0].Name+" "+sourceAge(&r.Monitors[0], f.Now), kit.Meta())}
	}
	return nil
}

// rowFacts are the facts of a rollout, what wants a person first. Each takes one row.
func rowFacts(r *rollout.Row, w int, f views.Frame) [][]kit.Run {
	var out [][]kit.Run
	if l := r.Lack.Sentence(r.Environment, r.State.Over()); l != "" {
		a := release.Stop
		if r.Lack == rollout.NoChange {
			a = release.Caution
		}
		out = append(out, labelled("lacks", kit.Mark(a), kit.T(" "+l, kit.Plain())))
	}
	for _, a := range r.Firing {
		out = append(out, labelled("alert", kit.Mark(a.Aspect()), kit.T(" "+release.Clean(a.Name, 80), kit.AspectWord(a.Aspect())), kit.T("  "+kit.Age(a.StartsAt, f.Now)+"  "+release.Clean(a.Summary, 200), kit.Plain())))
	}
	if d := r.Errors; d != nil {
		out = append(out, labelled("errors", errorRuns(r, *d)...))
	}
	out = append(out, labelled("version", pair(r.Before, r.Version, w-12, kit.Plain())...))
	if !r.State.Over() {
		out = append(out, labelled("share", shareRuns(r, f)...))
	}
	out = append(out, labelled("state", kit.T(short(r.State), kit.Plain()), kit.T(" since "+kit.Instant(r.Since(), f.Now, f.Zone)+map[bool]string{true: " · begun ", false: " · created "}[r.Begun()]+kit.Instant(r.StartedAt, f.Now, f.Zone), kit.Meta())))
	change := []kit.Run{kit.T("none", kit.Plain())}
	if r.Change != "" {
		change = []kit.Run{kit.T(r.Change, kit.Strong()), kit.T(" "+string(r.ChangeState), kit.Meta())}
	} else if !r.Gated {
		change = []kit.Run{kit.T("none is needed: "+r.Environment+" is not gated", kit.Meta())}
	}
	out = append(out, labelled("change", change...))
	if !r.State.Over() {
		out = append(out, labelled("steps", kit.T("—   strategy —", kit.Plain()), kit.T("  observed by "+release.Clean(r.Connector, 40)+", no controller steers it", kit.Meta())))
	}
	return out
}

// errorRuns are both error ratios, their difference and what came of it. What a late monitor said is judged, and
// marked; what a dark one said is not.
func errorRuns(r *rollout.Row, d health.Difference) []kit.Run {
	u := unsure(r)
	if r.Dark() {
		return []kit.Run{kit.T(u+value(d.Signal, d.Base)+" → "+u+value(d.Signal, d.New), kit.Stale()), kit.T("  "+delta(d), kit.Meta()), kit.T("  not judged", kit.Meta())}
	}
	a, word := finding(d)
	out := []kit.Run{kit.T(u+value(d.Signal, d.Base)+" → ", kit.Meta()), kit.T(u+value(d.Signal, d.New), kit.Reason(cmp.Or(a, release.Planned)))}
	if d.Delta != nil {
		out = append(out, kit.T("  "+delta(d)+" points", kit.Meta()))
	}
	if a != "" {
		out = append(out, kit.T("  ", kit.Plain()), kit.Mark(a), kit.T(" "+word, kit.AspectWord(a)))
	}
	return out
}

// shareRuns are the share, whose it is and how old.
func shareRuns(r *rollout.Row, f views.Frame) []kit.Run {
	if r.Share == nil {
		why := "no monitor tells of its service"
		if len(r.Monitors) > 0 {
			why = "no request rate of this version is known"
		}
		return []kit.Run{kit.T(kit.Unknown, kit.Plain()), kit.T("  "+why, kit.Meta())}
	}
	return []kit.Run{share(r), kit.T(" of the requests, measured "+kit.Ago(r.ShareAt, f.Now), kit.Meta())}
}

func waitingFacts(w *rollout.Waiting, width int, f views.Frame) [][]kit.Run {
	when, left := kit.Deadline(w.Until, f.Now, f.Zone, false)
	gate := []kit.Run{kit.Mark(w.Verdict.Aspect()), kit.T(" "+kit.VerdictWord(w.Verdict), kit.AspectWord(w.Verdict.Aspect()))}
	if w.Why != "" {
		gate = append(gate, kit.T("  "+w.Why, kit.Plain()))
	}
	return [][]kit.Run{labelled("gate", gate...), labelled("grant", kit.T("until ", kit.Meta()), when, kit.T("  ", kit.Plain()), left),
		labelled("version", pair(w.Before, w.Version, width-12, kit.Plain())...), labelled("state", kit.T(string(w.State), kit.Plain()), kit.T(", nothing has begun", kit.Meta()))}
}
