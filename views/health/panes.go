package health

import (
	"cmp"
	"slices"
	"strconv"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/views"
	"signalbox/views/kit"
)

// alerts are those that fire, the ones of the line under the cursor first.
func (v View) alerts() []health.Alert {
	r := v.current()
	if v.panel == nil {
		return nil
	}
	var out []health.Alert
	known := map[string]bool{}
	add := func(list []health.Alert) {
		for _, a := range list {
			if key := a.Connector + "\x00" + a.ID; !known[key] {
				known[key] = true
				out = append(out, a)
			}
		}
	}
	if r != nil {
		add(r.line.Alerts)
	}
	own := len(out)
	for k := range v.panel.Lines {
		add(v.panel.Lines[k].Alerts)
	}
	add(v.panel.Loose)
	slices.SortStableFunc(out[own:], func(a, b health.Alert) int { return b.StartsAt.Compare(a.StartsAt) })
	return out
}

// drawAlerts lists what fires.
func (v View) drawAlerts(c kit.Canvas, f views.Frame) {
	if c.H() < 1 {
		return
	}
	list := v.alerts()
	n := c.H() - 1
	first := min(v.alert, max(len(list)-n, 0))
	var note []kit.Run
	if len(list) > n {
		note = []kit.Run{kit.T(strconv.Itoa(first+1)+"–"+strconv.Itoa(min(first+n, len(list)))+"  ", kit.Meta()), kit.T("tab", kit.Look())}
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("ALERTS", strconv.Itoa(len(list)), ""), Note: note, Focus: v.below})
	if len(list) == 0 {
		c.PutIn(1, 1, c.W()-2, "none fires", kit.Meta())
		return
	}
	about := ""
	if r := v.current(); r != nil {
		about = r.line.Service
	}
	for k := 0; k < n && first+k < len(list); k++ {
		a := list[first+k]
		s := a.Aspect()
		x := c.Write(1, 1+k, kit.Mark(s), kit.T(" "+kit.Instant(a.StartsAt, f.Now, f.Zone)+" ", kit.Meta()))
		name := kit.AspectNumber(s)
		if a.Service != about {
			name = kit.Plain()
		}
		runs := []kit.Run{kit.T(cmp.Or(a.Name, kit.Unknown), name)}
		if a.Service != about {
			runs = append(runs, kit.T(" "+cmp.Or(a.Service, "of no service"), kit.Meta()))
		}
		runs = append(runs, kit.T("  "+a.Summary, kit.Meta()))
		c.WriteIn(x, 1+k, c.W()-1-x, runs...)
	}
}

// drawFeeds are the monitors with the age of their last word, and the services that a silent one leaves dark.
func (v View) drawFeeds(c kit.Canvas, y int, f views.Frame) {
	runs := []kit.Run{}
	for _, s := range v.panel.Monitors {
		a := release.Go
		switch {
		case s.Dark:
			a = release.Dark
		case s.Late:
			a = release.Caution
		case s.Good.IsZero():
			a = release.Planned
		}
		age := "never"
		if !s.Good.IsZero() {
			age = kit.Age(s.Good, f.Now)
		}
		if len(runs) > 0 {
			runs = append(runs, kit.T("  ", kit.Plain()))
		}
		runs = append(runs, kit.Mark(a), kit.T(" "+s.Name+" ", kit.Plain()), kit.T(age, kit.Meta()))
	}
	if len(runs) == 0 {
		runs = []kit.Run{kit.Mark(release.Dark), kit.T(" no monitor is connected", kit.Meta())}
	}
	if dark := v.dark(); dark != "" {
		runs = append(runs, kit.T("  not counted: ", kit.Meta()), kit.T(dark, kit.AspectNumber(release.Dark)))
	}
	for _, o := range v.panel.Unplaced {
		runs = append(runs, kit.T("  "+o.Service+" is not in the catalog", kit.Reason(release.Caution)))
	}
	c.WriteIn(1, y, c.W()-2, runs...)
}

// dark names the services whose monitors are silent.
func (v View) dark() string {
	out := ""
	for k := range v.panel.Lines {
		if l := &v.panel.Lines[k]; l.Dark() {
			if out != "" {
				out += ", "
			}
			out += l.ID
		}
	}
	return out
}

// drawNarrow is what stands under the chart of a narrow screen: versions and alerts side by side, the feeds
// under them.
func (v View) drawNarrow(c kit.Canvas, l *health.Line, f views.Frame) {
	if c.H() < 1 {
		return
	}
	v.drawFeeds(c, c.H()-1, f)
	if c.H() < 3 {
		return
	}
	left := c.W() * 43 / 80
	top := c.Sub(0, 0, c.W(), c.H()-1)
	v.drawVersions(top.Sub(0, 0, left, top.H()), l, 2, f)
	c.Divider(left, 0, c.H()-1)
	c.Put(left, 0, "┬", kit.Line())
	v.drawAlerts(top.Sub(left+1, 0, c.W()-left-1, top.H()), f)
}

// picked are the versions that are shown: the one that serves most, and of the others the one picked first.
func (v View) picked(l *health.Line, n int) []health.Version {
	out := slices.Clone(l.Versions)
	if k := slices.IndexFunc(out, func(x health.Version) bool { return x.Version == v.version && !x.Base }); k > 1 {
		out[1], out[k] = out[k], out[1]
	}
	return out[:min(n, len(out))]
}

// drawVersions sets the newest samples of versions side by side, with the difference of the first two.
func (v View) drawVersions(c kit.Canvas, l *health.Line, most int, f views.Frame) {
	list := v.picked(l, most)
	var note []kit.Run
	if len(l.Versions) > 2 {
		note = []kit.Run{kit.T("v", kit.Look()), kit.T(" pick", kit.Meta())}
	}
	c.Rule(0, kit.Rule{Title: kit.Heading("VERSIONS", strconv.Itoa(len(l.Versions)), l.Environment), Note: note})
	if len(list) == 0 {
		c.PutIn(1, 1, c.W()-2, "no version was measured within the last hour", kit.Meta())
		return
	}
	unsure, style := "", kit.Plain()
	if old(l, f.Now) {
		unsure, style = "~", kit.Stale()
	}
	const labels, diff = 8, 9
	most = max(min(most, len(l.Versions)), 2)
	width := (c.W() - 1 - labels - diff) / most
	edge := func(k int) int { return labels + width*(k+1) }
	for k, x := range list {
		name := kit.TruncateMiddle(cmp.Or(x.Version, kit.Unknown), max(width-2, 4))
		s := kit.Plain()
		if k == 1 {
			s = kit.Strong()
		}
		c.PutRight(edge(k), 1, name, s)
	}
	if len(list) > 1 {
		c.PutRight(c.W()-1, 1, "more", kit.Meta())
	}
	rows := []struct {
		label string
		value func(health.Version) *float64
		write func(float64) string
		more  func(health.Version) *float64
		diff  func(float64) string
	}{
		{"share", func(x health.Version) *float64 { return x.Share }, func(f float64) string { return kit.Percent(f, 0) }, nil, nil},
		{"errors", func(x health.Version) *float64 { return x.Errors }, func(f float64) string { return kit.Percent(f, 2) },
			func(x health.Version) *float64 { return x.MoreErrors }, func(f float64) string { return kit.Signed(f*100, 2) }},
		{"p99", func(x health.Version) *float64 { return x.P99 }, milliseconds,
			func(x health.Version) *float64 { return x.MoreP99 }, func(f float64) string { return kit.Signed(f*1000, 0) + "ms" }},
		{"p50", func(x health.Version) *float64 { return x.P50 }, milliseconds,
			func(x health.Version) *float64 { return x.MoreP50 }, func(f float64) string { return kit.Signed(f*1000, 0) + "ms" }},
		{"req/s", func(x health.Version) *float64 { return x.Rate }, func(f float64) string { return kit.Decimal(f, 1) }, nil, nil},
	}
	y := 2
	for _, r := range rows {
		if y >= c.H() {
			return
		}
		c.Put(1, y, r.label, kit.Meta())
		for k, x := range list {
			if value := r.value(x); value != nil {
				c.PutRight(edge(k), y, unsure+r.write(*value), style)
			} else {
				c.PutRight(edge(k), y, kit.Unknown, kit.Meta())
			}
		}
		if len(list) > 1 && r.more != nil {
			if more := r.more(list[1]); more != nil {
				c.PutRight(c.W()-1, y, unsure+r.diff(*more), style)
			}
		}
		y++
	}
}
