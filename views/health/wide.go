package health

import (
	"cmp"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/kit"
)

// drawWide is the right column: versions, the windows in which burn is judged, rollouts, the objective itself,
// and the feeds.
func (v View) drawWide(c kit.Canvas, l *health.Line, f views.Frame) {
	y := 0
	section := func(h int) kit.Canvas {
		out := c.Sub(0, y, c.W(), h)
		y += out.H()
		return out
	}
	v.drawVersions(section(7), l, 3, f)
	if l.Objective != nil {
		v.drawPairs(section(2+len(health.Pairs)), l)
		v.drawObjective(section(5), l)
	}
	feeds := min(1+max(len(v.panel.Monitors), 1)+v.namedRows(), 7)
	room := c.H() - y - feeds
	v.drawRollouts(section(max(min(room, 1+max(len(l.Rollouts), 1)), 0)), l, f)
	v.drawMonitors(c.Sub(0, y, c.W(), c.H()-y), f)
}

// drawPairs are the windows that must burn together, each with its threshold.
func (v View) drawPairs(c kit.Canvas, l *health.Line) {
	c.Rule(0, kit.Rule{Title: kit.Heading("WINDOWS", "", "both above fire")})
	c.Put(1, 1, "fires", kit.Meta())
	c.PutRight(16, 1, "above", kit.Meta())
	c.PutRight(29, 1, "long", kit.Meta())
	c.PutRight(42, 1, "short", kit.Meta())
	unsure := ""
	if l.Dark() || l.Late() {
		unsure = "~"
	}
	for k, p := range health.Pairs {
		y := 2 + k
		c.Put(1, y, string(p.Verdict), kit.Meta())
		if !p.Applies(l.Objective.Window) {
			c.PutRight(16, y, kit.NotApplicable, kit.Meta())
			c.PutIn(19, y, c.W()-20, "an objective over "+release.Length(l.Objective.Window)+" allows it", kit.Meta())
			continue
		}
		limit := p.Threshold(l.Objective.Window)
		c.PutRight(16, y, trim(limit)+"x", kit.Meta())
		long, short := l.State.Rate(p.Long), l.State.Rate(p.Short)
		both := long.Known && short.Known && long.Burn > limit && short.Burn > limit
		for n, r := range []health.Rate{long, short} {
			edge := 29 + 13*n
			c.PutRight(edge-7, y, release.Length(r.Over), kit.Meta())
			style, text := kit.Plain(), unsure+burn(r.Burn)
			switch {
			case !r.Known:
				style, text = kit.Meta(), kit.Unknown
			case unsure != "":
				style = kit.Stale()
			case both:
				style = kit.Reason(p.Verdict.Aspect())
			case r.Burn > limit:
				style = kit.Strong()
			}
			c.PutRight(edge, y, text, style)
		}
		if both && !l.Dark() && short.Events >= health.MinEvents {
			c.Write(c.W()-2, y, kit.Mark(p.Verdict.Aspect()))
		}
	}
}

// drawObjective says what is promised, by whom, and how much of it is known.
func (v View) drawObjective(c kit.Canvas, l *health.Line) {
	o := l.Objective
	c.Rule(0, kit.Rule{Title: kit.Heading("OBJECTIVE", "", kit.Truncate(cmp.Or(o.Title, o.ID), c.W()-18))})
	what := "requests that do not fail"
	if o.Indicator == health.Latency {
		what = "p" + strconv.FormatFloat(o.SliceTarget*100, 'f', -1, 64) + " within " + milliseconds(o.Threshold)
	}
	c.WriteIn(1, 1, c.W()-2, kit.T(target(o.Target)+"%", kit.Plain()), kit.T(" over "+release.Length(o.Window)+" · "+what, kit.Meta()))
	c.WriteIn(1, 2, c.W()-2, kit.T("by "+string(o.Method)+" · from ", kit.Meta()), kit.T(o.From, kit.Plain()))
	style := kit.Plain()
	if l.State.Coverage < health.MinCoverage {
		style = kit.AspectNumber(release.Dark)
	}
	c.WriteIn(1, 3, c.W()-2, kit.T("samples cover ", kit.Meta()), kit.T(kit.Percent(l.State.Coverage, 0), style),
		kit.T(" of that · "+kit.Percent(health.MinCoverage, 0)+" are needed", kit.Meta()))
	last := []kit.Run{kit.T("the last hour was ", kit.Meta()), kit.T(kit.Unknown, kit.Meta())}
	if l.State.Good != nil {
		last[1] = kit.T(good(*l.State.Good)+"%", kit.Plain())
		if l.Dark() || l.Late() {
			last[1] = kit.T("~"+good(*l.State.Good)+"%", kit.Stale())
		}
		last = append(last, kit.T(" good", kit.Meta()))
	}
	c.WriteIn(1, 4, c.W()-2, last...)
}

// drawRollouts are the newest rollouts of the service, the marks of the chart.
func (v View) drawRollouts(c kit.Canvas, l *health.Line, f views.Frame) {
	if c.H() < 1 {
		return
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("ROLLOUTS", strconv.Itoa(len(l.Rollouts)), "of 30d")})
	if len(l.Rollouts) == 0 {
		c.PutIn(1, 1, c.W()-2, "none was seen", kit.Meta())
		return
	}
	for k := 0; k < c.H()-1 && k < len(l.Rollouts); k++ {
		m := l.Rollouts[len(l.Rollouts)-1-k]
		right := c.PutRight(c.W()-1, 1+k, kit.Instant(m.At, f.Now, f.Zone), kit.Meta())
		c.WriteIn(1, 1+k, right-2, kit.T("↑", kit.Strong()), kit.T(m.ID+"  ", kit.ID()), kit.T(kit.TruncateMiddle(m.Version, 20), kit.Plain()), kit.T("  "+m.State, kit.Meta()))
	}
}

// namedRows is how many further rows the feeds need: what is dark and what has no place.
func (v View) namedRows() int {
	n := 0
	if v.dark() != "" {
		n++
	}
	if len(v.panel.Unplaced) > 0 {
		n++
	}
	return n
}

// drawMonitors lists the feeds that the screen rests on, each with its age and what it promised.
func (v View) drawMonitors(c kit.Canvas, f views.Frame) {
	if c.H() < 2 {
		return
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("FEEDS", strconv.Itoa(len(v.panel.Monitors)), "")})
	y := 1
	for _, s := range v.panel.Monitors {
		a, age := release.Go, "never"
		switch {
		case s.Dark:
			a = release.Dark
		case s.Late:
			a = release.Caution
		case s.Good.IsZero():
			a = release.Planned
		}
		if !s.Good.IsZero() {
			age = kit.Age(s.Good, f.Now)
		}
		runs := []kit.Run{kit.Mark(a), kit.T(" "+s.Name, kit.Plain()), kit.T("  "+age, kit.Meta())}
		if s.Promise > 0 {
			runs = append(runs, kit.T(" of "+kit.Length(s.Promise.Round(time.Second)), kit.Meta()))
		}
		c.WriteIn(1, y, c.W()-2, runs...)
		y++
	}
	if len(v.panel.Monitors) == 0 {
		c.WriteIn(1, y, c.W()-2, kit.Mark(release.Dark), kit.T(" no monitor is connected", kit.Meta()))
		y++
	}
	if dark := v.dark(); dark != "" {
		c.WriteIn(1, y, c.W()-2, kit.T("not counted: ", kit.Meta()), kit.T(dark, kit.AspectNumber(release.Dark)))
		y++
	}
	names := ""
	for k, o := range v.panel.Unplaced {
		if k > 0 {
			names += ", "
		}
		names += o.Service
	}
	if names != "" {
		c.WriteIn(1, y, c.W()-2, kit.T("not in the catalog: ", kit.Meta()), kit.T(names, kit.AspectNumber(release.Caution)))
	}
}
