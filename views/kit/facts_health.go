package kit

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/health"
)

// Health is what monitors say of the service, by version, with the age of each source. There is none where
// no monitor has told of it. Numbers that rest on a late or dark source have a "~" before them.
func (x Facts) Health() []Strip {
	if x.Case == nil || x.Case.Health == nil {
		return nil
	}
	h := x.Case.Health
	lines := []Strip{{Head: true, Draw: func(c Canvas, y int) {
		c.Rule(y, Rule{Title: []Run{{"HEALTH ", Strong()}, Mark(healthAspect(h))}, Note: sourceNote(h, x.Now)})
	}}}
	for _, s := range h.Sources {
		if s.Dark {
			lines = append(lines, runs("dark:"+s.Name, 1, Mark(release.Dark), Run{" " + s.Name + " ", Strong()}, Run{"DARK", AspectWord(release.Dark)},
				Run{lastGood(s, x), Meta()}))
		}
	}
	for _, a := range h.Alerts {
		lines = append(lines, Strip{Key: "alert:" + a.ID, Draw: func(c Canvas, y int) {
			right := c.PutRight(edge(c), y, Age(a.StartsAt, x.Now), Meta())
			c.WriteIn(1, y, right-2, Mark(a.Aspect()), Run{" " + a.Name, Strong()}, Run{"  " + a.Summary, Plain()})
		}})
	}
	if len(h.Samples) == 0 {
		return append(lines, runs("samples", 1, Run{"no version was measured within the last hour", Meta()}))
	}
	lines = append(lines, Strip{Head: true, Draw: func(c Canvas, y int) {
		for i, k := range healthColumns {
			c.PutRight(healthEdge(c.W(), i), y, k, Faint())
		}
		c.Put(3, y, "version", Faint())
	}})
	total := 0.0
	for _, s := range h.Samples {
		if s.Rate != nil {
			total += *s.Rate
		}
	}
	unsure := ""
	if slices.ContainsFunc(h.Sources, func(s health.Source) bool { return s.Dark || s.Late }) {
		unsure = "~"
	}
	for _, s := range byRate(h.Samples) {
		lines = append(lines, Strip{Key: "sample:" + s.Version, Draw: func(c Canvas, y int) {
			style := Plain()
			if s.Version == x.Item.Change.Version {
				style = Strong()
			}
			c.PutIn(3, y, max(healthEdge(c.W(), 0)-len(healthColumns[0])-6, 6), cmp.Or(s.Version, Unknown), style)
			for i, cell := range healthCells(s, total, unsure) {
				c.PutRight(healthEdge(c.W(), i), y, cell, style)
			}
		}})
	}
	return lines
}

// healthColumns are the columns of the samples; each is eight cells wide.
var healthColumns = []string{"share", "req/s", "errors", "p50", "p99"}

func healthEdge(w, column int) int { return w - 1 - 8*(len(healthColumns)-1-column) }

func healthCells(s health.Sample, total float64, unsure string) []string {
	cell := func(v *float64, write func(float64) string) string {
		if v == nil {
			return Unknown
		}
		return unsure + write(*v)
	}
	var share *float64
	if s.Rate != nil && total > 0 {
		part := *s.Rate / total
		share = &part
	}
	span := func(v float64) string { return Milliseconds(time.Duration(v * float64(time.Second))) }
	return []string{cell(share, func(v float64) string { return Percent(v, 0) }), cell(s.Rate, func(v float64) string { return Decimal(v, 1) }),
		cell(s.Errors, func(v float64) string { return Percent(v, 2) }), cell(s.P50, span), cell(s.P99, span)}
}

// byRate puts the version with most requests first.
func byRate(list []health.Sample) []health.Sample {
	out := slices.Clone(list)
	rate := func(s health.Sample) float64 {
		if s.Rate == nil {
			return -1
		}
		return *s.Rate
	}
	slices.SortStableFunc(out, func(a, b health.Sample) int {
		return cmp.Or(cmp.Compare(rate(b), rate(a)), cmp.Compare(a.Version, b.Version))
	})
	return out
}

// healthAspect is stop while an alert fires, dark or caution while a source is dark or late.
func healthAspect(h *health.Picture) release.Aspect {
	switch {
	case len(h.Alerts) > 0:
		return release.Stop
	case slices.ContainsFunc(h.Sources, func(s health.Source) bool { return s.Dark }):
		return release.Dark
	case slices.ContainsFunc(h.Sources, func(s health.Source) bool { return s.Late }):
		return release.Caution
	}
	return release.Go
}

// sourceNote names each source with its age.
func sourceNote(h *health.Picture, now time.Time) []Run {
	var out []Run
	for i, s := range h.Sources {
		if i > 0 {
			out = append(out, Run{"  ", Meta()})
		}
		mark := Mark(release.Go)
		switch {
		case s.Dark:
			mark = Mark(release.Dark)
		case s.Late:
			mark = Mark(release.Caution)
		}
		age := "never"
		if !s.Good.IsZero() {
			age = Age(s.Good, now)
		}
		out = append(out, mark, Run{" " + s.Name + " " + age, Meta()})
	}
	return out
}

func lastGood(s health.Source, x Facts) string {
	if s.Good.IsZero() {
		return "  it has never answered"
	}
	return " " + Age(s.Good, x.Now) + " · last good " + Seconds(s.Good, x.Zone) + " · the numbers are from then"
}
