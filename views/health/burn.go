package health

import (
	"math"
	"slices"
	"strconv"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/kit"
)

const (
	axisWidth  = 5  // of the numbers at the left
	labelWidth = 13 // of the limits at the right
	floorEdge  = 15 // of the floors of sparklines
)

// drawBurn is the chart of a line's burn with its limits and the rollouts under it.
func (v View) drawBurn(c kit.Canvas, p plan, l *health.Line, f views.Frame) {
	if c.H() < 1 {
		return
	}
	if l.Objective == nil {
		v.drawSignals(c, l, f)
		return
	}
	why, style := limits(l.Objective), kit.Meta()
	if c.W() < 72 {
		why = limitsShort(l.Objective)
	}
	if l.Verdict != health.Healthy && !p.gone {
		why = l.Why
		if a := l.Verdict.Aspect(); a != release.Go {
			style = kit.AspectNumber(a)
		}
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("BURN", "", kit.Truncate(l.ID, 40)), Note: []kit.Run{kit.T(why, style)}})
	if p.chart == 0 {
		return
	}
	area := c.Sub(0, 1, c.W(), p.chart)
	w := max(c.W()-axisWidth-labelWidth, 8)
	s := v.series
	if s == nil || s.Line != l.ID || s.Span != health.Charts[v.span] {
		area.Put(axisWidth, 0, "the chart is being read", kit.Meta())
		return
	}
	values := make([]float64, len(s.Points))
	top := max(s.Page, s.Ticket, 1)
	for k, point := range s.Points {
		values[k] = math.NaN()
		if silent := l.Verdict == health.Dark && point.At.After(l.Since()); point.Burn != nil && !silent {
			values[k] = *point.Burn
			top = max(top, values[k])
		}
	}
	dots := float64(4*p.chart - 1) // from the floor to the ceiling; a row begins at each fourth
	step := math.Ceil(top * 4 / dots)
	high := step * dots / 4
	chart := kit.Chart{Spread: true, Area: values, High: high}
	if s.Ticket > 0 {
		chart.Limits = append(chart.Limits, kit.Limit{At: s.Ticket, Style: kit.AspectNumber(release.Caution)})
	}
	if s.Page > 0 {
		chart.Limits = append(chart.Limits, kit.Limit{At: s.Page, Style: kit.AspectNumber(release.Stop)})
	}
	area.Chart(axisWidth, 0, w, p.chart, chart)
	for r := range p.chart {
		area.PutRight(axisWidth-1, r, kit.Compact(int64(step)*int64(p.chart-1-r))+"x", kit.Meta())
	}
	label := func(at float64, a release.Aspect, word string) {
		if row := p.chart - 1 - int(at/high*dots+0.5)/4; at > 0 && row >= 0 {
			area.Write(axisWidth+w+1, row, kit.Mark(a), kit.T(" "+strconv.FormatFloat(math.Round(at*10)/10, 'f', -1, 64)+" "+word, kit.Meta()))
		}
	}
	label(s.Ticket, release.Caution, "ticket")
	label(s.Page, release.Stop, "page")
	v.drawAxis(c.Sub(axisWidth, 1+p.chart, c.W()-axisWidth, 1), w, s, l, f)
	if p.gone {
		v.drawGone(c, 2+p.chart, l, f)
	}
}

// limits says when an objective pages and when it is a ticket.
func limits(o *health.Objective) string {
	out := ""
	for _, p := range health.Pairs[:2] {
		if p.Applies(o.Window) {
			if out != "" {
				out += " · "
			}
			out += string(p.Verdict) + " " + trim(p.Threshold(o.Window)) + "x on " + release.Length(p.Long) + " + " + release.Length(p.Short)
		}
	}
	return out
}

func limitsShort(o *health.Objective) string {
	out := ""
	for _, p := range health.Pairs[:2] {
		if p.Applies(o.Window) {
			if out != "" {
				out += " · "
			}
			out += string(p.Verdict) + " " + trim(p.Threshold(o.Window)) + "x/" + release.Length(p.Long) + "+" + release.Length(p.Short)
		}
	}
	return out
}

func trim(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// drawAxis writes the times under the chart, and where rollouts began.
func (v View) drawAxis(c kit.Canvas, w int, s *health.Series, l *health.Line, f views.Frame) {
	free := make([]bool, c.W())
	for x := range free {
		free[x] = true
	}
	put := func(x int, runs ...kit.Run) {
		n := kit.RunsWidth(runs)
		for k := max(x-1, 0); k < min(x+n+1, len(free)); k++ {
			if !free[k] {
				return
			}
		}
		if x < 0 || x+n > len(free) {
			return
		}
		c.Write(x, 0, runs...)
		for k := max(x-1, 0); k < min(x+n+1, len(free)); k++ {
			free[k] = false
		}
	}
	now := tick(s.Until, s.Span, f.Zone)
	put(w-1, kit.T("┃", kit.Here()), kit.T(now, kit.Plain()))
	for k := len(l.Rollouts) - 1; k >= 0; k-- {
		m := l.Rollouts[k]
		if at := m.At.Sub(s.Until.Add(-s.Span)); at >= 0 && at <= s.Span {
			put(int(int64(at)*int64(w-1)/int64(s.Span)), kit.T("↑", kit.Strong()), kit.T(m.ID, kit.Plain()))
		}
	}
	for k := range 3 {
		put(w*k/3, kit.T(tick(s.Until.Add(-s.Span+s.Span*time.Duration(k)/3), s.Span, f.Zone), kit.Meta()))
	}
}

// tick writes an instant of an axis.
func tick(at time.Time, span time.Duration, zone *time.Location) string {
	at = at.In(zone)
	switch {
	case span <= 24*time.Hour:
		return at.Format("15:04")
	case span <= 7*24*time.Hour:
		return at.Format("Mon 15:04")
	}
	return at.Format("2 Jan")
}

// drawGone is the sentence under a wide chart: when the budget is gone, or what made the verdict.
func (v View) drawGone(c kit.Canvas, y int, l *health.Line, f views.Frame) {
	a := l.Verdict.Aspect()
	s := l.State
	why := kit.T(l.Why, kit.Meta())
	if l.Verdict == health.Unknown || l.Verdict == health.Dark {
		c.WriteIn(1, y, c.W()-2, kit.Mark(a), kit.T(" ", kit.Plain()), why)
		return
	}
	if s.Gone == nil || *s.Gone > l.Objective.Window || *s.Gone == 0 {
		c.WriteIn(1, y, c.W()-2, why)
		switch {
		case s.Left != nil && *s.Left <= 0:
			c.WriteIn(1, y+1, c.W()-2, kit.T("the error budget is overspent by ", kit.Meta()), kit.T(kit.Percent(-*s.Left, 0), kit.Reason(release.Stop)))
		case s.Left != nil:
			c.WriteIn(1, y+1, c.W()-2, kit.T("the budget lasts longer than the window at this rate", kit.Meta()))
		}
		return
	}
	when := s.At.Add(*s.Gone)
	c.WriteIn(1, y, c.W()-2, kit.T("budget gone in ", kit.Meta()), kit.T(kit.Span(*s.Gone), goneIn(l, a)[0].Style), kit.T(" at this rate ("+kit.Instant(when, f.Now, f.Zone)+")", kit.Meta()))
	c.WriteIn(1, y+1, c.W()-2, why)
}

// drawSignals stands in the place of the chart of a service that promises nothing.
func (v View) drawSignals(c kit.Canvas, l *health.Line, f views.Frame) {
	n := min(bandRows, c.H())
	v.drawBands(c.Sub(0, 0, c.W(), n), l, f)
	if c.H() > n+1 {
		c.PutIn(1, n, c.W()-2, "No objective, so no budget burns. An OpenSLO file gives one:", kit.Meta())
		c.PutIn(3, n+1, c.W()-4, configSLO, kit.Plain())
	}
}

// drawBands are the signals of a service over the span of the chart: a sparkline each between the floor of its
// scale and what was measured last.
func (v View) drawBands(c kit.Canvas, l *health.Line, f views.Frame) {
	note := []kit.Run{kit.T(release.Length(health.Charts[v.span])+" · floor at left", kit.Meta())}
	if l.Objective == nil {
		note = append([]kit.Run{kit.T("no objective · ", kit.Meta())}, note...)
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("SIGNALS", "", kit.Truncate(l.ID, 40)), Note: note})
	s := v.series
	if s == nil || s.Line != l.ID || s.Span != health.Charts[v.span] {
		c.Put(1, 1, "what was measured is being read", kit.Meta())
		return
	}
	rate, errors, p99 := health.Together(l.Versions)
	p50 := highest(l.Versions)
	unsure, style := "", kit.Plain()
	if old(l, f.Now) {
		unsure, style = "~", kit.Stale()
	}
	for k, b := range []struct {
		label string
		of    func(health.Band) *float64
		now   *float64
		write func(float64) string
	}{
		{"errors", func(b health.Band) *float64 { return b.Errors }, errors, func(f float64) string { return kit.Percent(f, 2) }},
		{"p99", func(b health.Band) *float64 { return b.P99 }, p99, milliseconds},
		{"p50", func(b health.Band) *float64 { return b.P50 }, p50, milliseconds},
		{"req/s", func(b health.Band) *float64 { return b.Rate }, rate, func(f float64) string { return kit.Decimal(f, 1) }},
	} {
		y := 1 + k
		c.Put(1, y, b.label, kit.Meta())
		if b.now != nil {
			c.PutRight(c.W()-2, y, unsure+b.write(*b.now), style)
		} else {
			c.PutRight(c.W()-2, y, kit.Unknown, kit.Meta())
		}
		w := max(c.W()-floorEdge-1-labelWidth, 1)
		values := make([]float64, 0, len(s.Bands))
		for _, x := range s.Bands {
			if x := b.of(x); x != nil {
				values = append(values, *x)
			} else {
				values = append(values, math.NaN())
			}
		}
		if len(values) == 0 {
			continue
		}
		silent := l.Dark() && math.IsNaN(values[len(values)-1])
		if values = spread(values, w); silent {
			values[w-1] = math.NaN()
		}
		floor, top := scale(values)
		switch {
		case !slices.ContainsFunc(values, func(x float64) bool { return !math.IsNaN(x) }):
		case floor == 0:
			c.PutRight(floorEdge, y, "0", kit.Meta())
		default:
			c.PutRight(floorEdge, y, b.write(floor), kit.Meta())
		}
		c.Spark(floorEdge+1, y, w, kit.Spark{Values: values, Low: floor, High: top, Dark: l.Dark()})
	}
}

// spread lays values over the cells of a sparkline, so that its span is that of its title: a cell that stands for
// several has the highest of them.
func spread(values []float64, cells int) []float64 {
	out := make([]float64, cells)
	for k := range out {
		out[k] = math.NaN()
		from := k * len(values) / cells
		for _, x := range values[from:max((k+1)*len(values)/cells, from+1)] {
			if !math.IsNaN(x) && !(x <= out[k]) {
				out[k] = x
			}
		}
	}
	return out
}

// scale is the floor and the ceiling of a sparkline. What was measured lies between them with a quarter of its range
// under it, and that range is taken as a fifth of the median at least: what is even is a low band, and a tenth more
// shows. A level is left over the highest, so that no row touches the one above.
func scale(values []float64) (floor, top float64) {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(known) == 0 {
		return 0, 1
	}
	slices.Sort(known)
	low, high := known[0], known[len(known)-1]
	across := max(high-low, known[len(known)/2]/5, 1e-9)
	if floor = low - across/4; floor < low/2 { // nearly nothing of it is left: it may as well begin at 0
		floor = 0
	}
	return floor, floor + (max(high, low+across)-floor)*7/6
}

// highest is the highest median of the versions, nil where one was not measured.
func highest(list []health.Version) *float64 {
	var out *float64
	for k := range list {
		if list[k].P50 == nil {
			return nil
		}
		if out == nil || *list[k].P50 > *out {
			out = list[k].P50
		}
	}
	return out
}
