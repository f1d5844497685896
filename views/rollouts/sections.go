package rollouts

import (
	"math"
	"strconv"
	"strings"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/rollout"
	"signalbox/views"
	"signalbox/views/kit"
)

func rule(title []kit.Run, note ...kit.Run) kit.Strip {
	return kit.Strip{Head: true, Draw: func(c kit.Canvas, y int) { c.Sub(0, y, c.W(), 1).Rule(0, kit.Rule{Title: title, Note: note}) }}
}

func text(runs ...kit.Run) kit.Strip {
	return kit.Strip{Draw: func(c kit.Canvas, y int) { c.WriteIn(1, y, c.W()-2, runs...) }}
}

// strips are the sections under the head, in the order of the eye. How many there are does not depend on the
// time.
func (p page) strips(f views.Frame, w int) []kit.Strip {
	var out []kit.Strip
	if p.sheet == nil {
		return nil
	}
	out = append(out, p.alerts(f)...)
	out = append(out, p.versions(f, w)...)
	if w >= wide-45 && p.w >= wide {
		out = append(out, p.plot(f, w)...)
	}
	if p.sheet.Dark() {
		out = append(out, p.known(f)...)
		out = append(out, p.judgement(f)...)
	} else {
		out = append(out, p.change(f)...)
	}
	return append(out, p.events(f)...)
}

// alerts are those of the service that fire.
func (p page) alerts(f views.Frame) []kit.Strip {
	s := p.sheet
	if len(s.Firing) == 0 {
		return nil
	}
	out := []kit.Strip{rule(append(kit.Heading("ALERTS", strconv.Itoa(len(s.Firing)), ""), kit.T(" of "+kit.Truncate(s.Service, 30), kit.Meta())))}
	for _, a := range s.Firing {
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
			right := c.PutRight(c.W()-1, y, kit.Age(a.StartsAt, f.Now), kit.Meta())
			c.WriteIn(1, y, right-2, kit.Mark(a.Aspect()), kit.T(" "+release.Clean(a.Name, 80), kit.AspectWord(a.Aspect())), kit.T("  "+release.Clean(a.Summary, 200), kit.Plain()))
		}})
	}
	return out
}

// versions puts both versions side by side.
func (p page) versions(f views.Frame, w int) []kit.Strip {
	s := p.sheet
	c := s.Comparison
	if c == nil {
		why := "no monitor has told of " + kit.Truncate(s.Service, 40)
		if len(s.Monitors) > 0 {
			why = "no version of it was measured within the last hour"
		}
		return []kit.Strip{rule(kit.Heading("VERSIONS", "", "new vs old")), text(kit.T("— "+why+": nothing can be compared", kit.Meta()))}
	}
	rest := "new vs old  last " + kit.Length(health.CompareWindow)
	note := []kit.Run{kit.T("n "+kit.Compact(int64(min(c.New.Requests, 1e15)))+" vs "+kit.Compact(int64(min(c.Base.Requests, 1e15)))+" req", kit.Meta())}
	if p.sheet.Dark() {
		rest, note = "as of "+kit.Seconds(c.To, f.Zone), []kit.Run{kit.Mark(release.Dark), kit.T(" not judged", kit.AspectWord(release.Dark))}
	} else if s.State.Over() {
		rest = "new vs old  " + kit.Length(health.CompareWindow) + " to " + kit.Clock(c.To, f.Zone)
	}
	spark := 11
	if w >= 86 {
		spark = 20
	}
	cols := []kit.Column{{Title: "metric", Width: 12}, {Title: "old", Width: 7, Right: true, Gap: 1}, {Title: "new", Width: 8, Right: true, Gap: 1},
		{Title: "Δ", Width: 7, Right: true, Gap: 1}, {Title: "limit", Width: 5, Right: true, Gap: 1, Drop: 1},
		{Title: kit.Length(rollout.SeriesWindow), Width: spark, Drop: 2}, {Title: "finding", Width: 18}}
	rows := make([][]kit.Cell, len(c.Differences))
	for k, d := range c.Differences {
		rows[k] = p.compared(d, f)
	}
	l := kit.Fit(1, w-1, cols, rows)
	out := []kit.Strip{rule(kit.Heading("VERSIONS", "", rest), note...), {Draw: func(c kit.Canvas, y int) { c.Head(y, l) }}}
	for k, d := range c.Differences {
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
			c.Row(y, l, rows[k])
			if x, n := l.At(5); n > 0 {
				v, other := p.plotted(d.Signal, n)
				c.Spark(x, y, n, kit.Spark{Values: v, Low: 0, High: ceiling(d.Signal, highest(v, other)), Dark: s.Dark()})
			}
		}})
	}
	return out
}

// compared is one row of the comparison.
func (p page) compared(d health.Difference, f views.Frame) []kit.Cell {
	s := p.sheet
	name := kit.C(signalName[d.Signal], kit.Plain())
	u := unsure(&s.Row)
	number := func(v *float64, style kit.Style) kit.Cell {
		switch {
		case v == nil:
			return kit.C(kit.Unknown, kit.Meta())
		case u != "":
			return kit.C(u+value(d.Signal, v), kit.Stale())
		}
		return kit.C(value(d.Signal, v), style)
	}
	if s.Dark() {
		dark, _ := darkSource(&s.Row)
		return []kit.Cell{name, number(d.Base, kit.Meta()), number(d.New, kit.Meta()), kit.C(delta(d), kit.Meta()), kit.C(kit.Unknown, kit.Meta()), nil,
			{kit.Mark(release.Dark), kit.T(" DARK", kit.AspectWord(release.Dark)), kit.T(" "+sourceAge(dark, f.Now), kit.AspectNumber(release.Dark))}}
	}
	a, word := finding(d)
	style, verdict := kit.Plain(), kit.C(kit.NotApplicable+" "+word, kit.Meta())
	if a != "" {
		verdict = kit.Cell{kit.Mark(a), kit.T(" "+word, kit.AspectWord(a))}
	}
	if a == release.Caution {
		style, name = kit.Reason(a), kit.C(signalName[d.Signal], kit.Strong())
	}
	return []kit.Cell{name, number(d.Base, kit.Meta()), number(d.New, style), kit.C(delta(d), kit.Meta()), kit.C(kit.Unknown, kit.Meta()), nil, verdict}
}

// plotted are the values of a signal of the newer version and of the one before, in n stretches. What neither
// has after something was known is lost; what one has not was not there to be measured.
func (p page) plotted(k health.Signal, n int) (new, old []float64) {
	a, b := p.sheet.Plot(p.sheet.Version, k, n), p.sheet.Plot(p.sheet.Before, k, n)
	new, old = make([]float64, n), make([]float64, n)
	known := false
	for i := range n {
		known = known || a[i] != nil || b[i] != nil
		nothing := kit.None
		if known && a[i] == nil && b[i] == nil {
			nothing = math.NaN()
		}
		new[i], old[i] = nothing, nothing
		if a[i] != nil {
			new[i] = *a[i]
		}
		if b[i] != nil {
			old[i] = *b[i]
		}
	}
	return new, old
}

func highest(lists ...[]float64) float64 {
	top := 0.0
	for _, l := range lists {
		for _, v := range l {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				top = max(top, v)
			}
		}
	}
	return top
}

// plot is the braille chart of one signal of both versions, with what began in its time under it.
func (p page) plot(f views.Frame, w int) []kit.Strip {
	s := p.sheet
	if len(s.Series) == 0 {
		return nil
	}
	h := 4
	if p.h >= 46 {
		h = 8
	}
	k := health.Signals[p.chart]
	const labels = 7
	n := max(w-labels-2, 1)
	area, line := p.plotted(k, 2*n)
	top := ceiling(k, highest(area, line))
	title := append(kit.Heading(strings.ToUpper(signalName[k]), "", " old "), kit.T("⣀", kit.Faint()), kit.T("  new ", kit.Meta()), kit.T("⣿", kit.Meta()))
	out := []kit.Strip{rule(title, kit.T("v", kit.Look()), kit.T(" "+signalName[health.Signals[(p.chart+1)%len(health.Signals)]], kit.Meta()))}
	for row := range h {
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
			at, label := float64(h-row)/float64(h), ""
			switch row {
			case 0:
				label = value(k, &top)
			case h / 2:
				v := top * at
				label = value(k, &v)
			case h - 1:
				v := 0.0
				label = value(k, &v)
			}
			c.PutRight(labels, y, label, kit.Meta())
			// A window of one row onto the whole chart.
			c.Sub(labels+1, y, n, 1).Chart(0, -row, n, h, kit.Chart{Area: area, Line: line, High: top, Dark: s.Dark()})
		}})
	}
	return append(out, kit.Strip{Draw: func(c kit.Canvas, y int) { p.axis(c.Sub(labels+1, y, n, 1), f) }})
}

// ceiling is a round number at or above the highest value: the top of a chart's scale.
func ceiling(k health.Signal, top float64) float64 {
	if !(top > 0) {
		if k == health.ErrorRatio {
			return 0.01
		}
		return 1
	}
	step := math.Pow(10, math.Floor(math.Log10(top)))
	for _, m := range []float64{1, 2, 5} {
		if top <= m*step*(1+1e-9) {
			return m * step
		}
	}
	return 10 * step
}

// axis are the times under a chart and the rollouts that began in it.
func (p page) axis(c kit.Canvas, f views.Frame) {
	s := p.sheet
	c.Put(0, 0, kit.Clock(s.SeriesFrom, f.Zone), kit.Meta())
	c.PutRight(c.W(), 0, kit.Clock(s.SeriesTo, f.Zone), kit.Meta())
	free := 7
	for _, m := range s.Markers {
		x := int(float64(m.At.Sub(s.SeriesFrom)) / float64(s.SeriesTo.Sub(s.SeriesFrom)) * float64(c.W()))
		word := "↑" + m.ID
		if x < free || x+kit.Width(word) > c.W()-7 {
			continue
		}
		style := kit.Meta()
		if m.ID == s.ID {
			style = kit.Strong()
		}
		free = c.Put(x, 0, word, style) + 1
	}
}

// change is the change that let the rollout in, what it lacks, and the gate's answer now.
func (p page) change(f views.Frame) []kit.Strip {
	s := p.sheet
	out := []kit.Strip{rule(kit.Heading("CHANGE", "", ""))}
	i := s.Request
	if i == nil {
		word := kit.T("none is needed: "+kit.Truncate(s.Environment, 40)+" is not gated", kit.Meta())
		if s.Gated {
			return append(out, text(kit.Mark(release.Caution), kit.T(" no change", kit.AspectWord(release.Caution)), kit.T("  "+rollout.NoChange.Sentence(kit.Truncate(s.Environment, 40), false), kit.Plain())))
		}
		return append(out, text(word))
	}
	out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
		right := c.WriteRight(c.W()-1, y, kit.T("⏎", kit.Lever()), kit.T(" opens it", kit.Plain()))
		c.WriteIn(1, y, right-2, kit.T(i.Change.ID, kit.ID()), kit.T(" "+i.Standing()+"  ", kit.Plain()), kit.T(kit.Quorum(i.Approval.Granted(), i.Approval.Needed)+" approved  risk ", kit.Meta()),
			kit.Risk(i.Change.Risk, " "), kit.T("  "+release.Clean(i.Change.Title, 200), kit.Meta()))
	}})
	if l := s.Lack.Sentence(kit.Truncate(s.Environment, 40), s.State.Over()); l != "" {
		out = append(out, text(kit.Mark(release.Stop), kit.T(" "+string(s.Lack), kit.AspectWord(release.Stop)), kit.T("  "+l, kit.Plain())))
	}
	if g := s.Gate; g != nil && i.Change.State.Open() {
		a := g.Verdict.Aspect()
		runs := []kit.Run{kit.T("gate now ", kit.Meta()), kit.Mark(a), kit.T(" "+kit.VerdictWord(g.Verdict), kit.AspectWord(a))}
		if why := g.Why(); why != "" {
			runs = append(runs, kit.T("  "+release.Clean(why, 200), kit.Plain()))
		}
		out = append(out, text(runs...))
	}
	return out
}

// known is what does not rest on the monitor that is dark.
func (p page) known(f views.Frame) []kit.Strip {
	s := p.sheet
	dark, _ := darkSource(&s.Row)
	out := []kit.Strip{rule(kit.Heading("STILL KNOWN", "", ""), kit.T("does not rest on "+kit.Truncate(dark.Name, 24), kit.Meta()))}
	said := func(name string, a release.Aspect, age string, runs ...kit.Run) {
		head := []kit.Run{kit.T(pad(kit.Truncate(name, 10), 11), kit.Meta()), kit.Signal(a), kit.T(pad(" "+age, 8), kit.Meta())}
		out = append(out, text(append(head, runs...)...))
	}
	a, age := p.feedOf(s.Connector, f)
	said(s.Connector, a, age, kit.T(s.ID+" is "+short(s.State)+" since "+kit.Instant(s.Since(), f.Now, f.Zone), kit.Plain()))
	for _, m := range s.Alarms {
		word := "no alert fires"
		switch n := len(s.Firing); {
		case n == 1:
			word = "1 alert fires"
		case n > 1:
			word = strconv.Itoa(n) + " alerts fire"
		}
		a := release.Go
		switch {
		case m.Promise <= 0: // silence is quiet, not darkness
			a = ""
		case m.Dark:
			a, word = release.Dark, "it is dark too: no alert is known"
		case m.Late:
			a = release.Caution
		}
		said(m.Name, a, sourceAge(&m, f.Now), kit.T(word, kit.Plain()))
	}
	if i := s.Request; i != nil {
		mark := release.Go
		if s.Lack != "" {
			mark = release.Stop
		}
		out = append(out, kit.Strip{Draw: func(c kit.Canvas, y int) {
			right := c.WriteRight(c.W()-1, y, kit.T("⏎", kit.Lever()), kit.T(" opens it", kit.Plain()))
			c.WriteIn(1, y, right-2, kit.T(pad("change", 11), kit.Meta()), kit.Mark(mark), kit.T(pad("", 8), kit.Plain()), kit.T(i.Change.ID, kit.ID()), kit.T(" "+i.Standing(), kit.Plain()))
		}})
	} else if s.Lack != "" {
		said("change", release.Caution, "", kit.T(s.Lack.Sentence(kit.Truncate(s.Environment, 40), s.State.Over()), kit.Plain()))
	}
	if g := s.Gate; g != nil && s.Request.Change.State.Open() {
		said("gate now", g.Verdict.Aspect(), "", kit.T(strings.TrimSuffix(kit.VerdictWord(g.Verdict)+": "+release.Clean(g.Why(), 200), ": "), kit.Plain()))
	}
	return out
}

func pad(s string, w int) string { return s + strings.Repeat(" ", max(w-kit.Width(s), 0)) }

// feedOf is how a connector stands and how long ago it was last heard.
func (p page) feedOf(name string, f views.Frame) (release.Aspect, string) {
	for k := range f.Alarm.Feeds {
		s := &f.Alarm.Feeds[k]
		if s.Name != name {
			continue
		}
		age := "never"
		if !s.LastGood.IsZero() {
			age = kit.Age(s.LastGood, f.Now)
		}
		switch s.Aspect(f.Now, f.Alarm.Since) {
		case "dark":
			return release.Dark, age
		case "late":
			return release.Caution, age
		}
		return release.Go, age
	}
	return "", ""
}

// judgement is what was last found while the monitor still answered.
func (p page) judgement(f views.Frame) []kit.Strip {
	s := p.sheet
	good := s.Good()
	if s.Comparison == nil || good.IsZero() {
		return []kit.Strip{rule(kit.Heading("LAST JUDGEMENT", "", "")), text(kit.T("nothing was ever judged", kit.Meta()))}
	}
	out := []kit.Strip{rule(kit.Heading("LAST JUDGEMENT", "", kit.Seconds(good, f.Zone)), kit.T(kit.Ago(good, f.Now), kit.Meta()))}
	d := s.Comparison.Of(health.ErrorRatio)
	a, word := finding(d)
	shape := kit.Signal(a) // it is of then: the screen turns grey
	shape.Style = kit.AspectNumber(release.Dark)
	runs := []kit.Run{shape, kit.T(" error ratio "+value(d.Signal, d.New)+" against "+value(d.Signal, d.Base)+" "+word, kit.Stale())}
	return append(out, text(runs...), text(kit.T("nothing was judged since: no finding without data", kit.Meta())))
}

// events are what happened, newest first.
func (p page) events(f views.Frame) []kit.Strip {
	s := p.sheet
	out := []kit.Strip{rule(kit.Heading("EVENTS", strconv.Itoa(len(s.Events)), ""))}
	for _, e := range s.Events {
		out = append(out, text(kit.T(stamp(e.At, f)+" ", kit.Meta()), kit.Signal(e.Aspect), kit.T(" "+release.Clean(e.Text, 300), kit.Plain())))
	}
	return out
}

// stamp is the time of an event; of another day its date.
func stamp(at time.Time, f views.Frame) string {
	if at.In(f.Zone).Format(time.DateOnly) != f.Now.In(f.Zone).Format(time.DateOnly) {
		return pad(kit.Instant(at, f.Now, f.Zone), 9)
	}
	return pad(at.In(f.Zone).Format("15:04:05"), 9)
}
