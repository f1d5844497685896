package prometheus

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
)

// signal is one of the things measured.
type signal struct {
	name  string
	max   float64 // the largest value that makes sense; the least is 0
	query func(*Queries) *string
	field func(*health.Sample) **float64
}

// signals lists them in the order in which they are asked for.
var signals = [...]signal{
	{"rate", math.MaxFloat64, func(q *Queries) *string { return &q.Rate }, func(s *health.Sample) **float64 { return &s.Rate }},
	{"errors", 1, func(q *Queries) *string { return &q.Errors }, func(s *health.Sample) **float64 { return &s.Errors }},
	{"p50", math.MaxFloat64, func(q *Queries) *string { return &q.P50 }, func(s *health.Sample) **float64 { return &s.P50 }},
	{"p95", math.MaxFloat64, func(q *Queries) *string { return &q.P95 }, func(s *health.Sample) **float64 { return &s.P95 }},
	{"p99", math.MaxFloat64, func(q *Queries) *string { return &q.P99 }, func(s *health.Sample) **float64 { return &s.P99 }},
}

const (
	// maxSeries bounds the answer to one query. A thousand services of twenty versions fit.
	maxSeries = 20_000
	// slack is how far beyond its bounds a value may lie by the rounding of the division that gave it.
	slack = 1e-9
)

// grid is the instants that were asked about, both ends among them.
type grid struct {
	from, to time.Time
	step     time.Duration
}

func (g grid) has(t time.Time) bool {
	return !t.Before(g.from) && !t.After(g.to) && t.Sub(g.from)%g.step == 0
}

// subject is what a sample is about.
type subject struct {
	service, environment, version string
	at                            int64 // ms since 1970
}

// mapping collects samples from the answers to all queries about a grid.
type mapping struct {
	config  Config
	what    string
	grid    grid
	samples map[subject]*health.Sample
	read    int // series
	refused []fact.Refusal
}

// add takes the answer to one query. What it does not take is told once for each reason. The error is Usage:
// an answer of another shape or size than expected.
func (m *mapping) add(a answer) error {
	series, err := m.series(a)
	if err != nil {
		return err
	}
	m.read += len(series)
	reasons := map[string]int{}
	filled := map[subject]bool{}
	for _, s := range series {
		if n := len(s.Histograms); n > 0 {
			reasons["values that are histograms, not numbers"] += n
		}
		about := m.about(s.Metric)
		if about.service == "" {
			reasons[fmt.Sprintf("series without the label %q", m.config.Labels.Service)]++
			continue
		}
		for _, v := range s.Values {
			if reason := m.take(a.signal, about, v, filled); reason != "" {
				reasons[reason]++
			}
		}
	}
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		m.refuse(a.signal.name, fmt.Sprintf("%s: %d", r, reasons[r]))
	}
	for _, w := range a.warnings[:min(len(a.warnings), 3)] {
		m.refuse(a.signal.name, "warning: "+release.Clean(w, 200))
	}
	return nil
}

// series reads an answer about one instant or several as the same thing.
func (m *mapping) series(a answer) ([]*model.SampleStream, error) {
	var out []*model.SampleStream
	switch v := a.value.(type) {
	case model.Vector:
		for _, s := range v {
			switch {
			case s == nil:
			case s.Histogram != nil:
				out = append(out, &model.SampleStream{Metric: s.Metric, Histograms: []model.SampleHistogramPair{{Timestamp: s.Timestamp, Histogram: s.Histogram}}})
			default:
				out = append(out, &model.SampleStream{Metric: s.Metric, Values: []model.SamplePair{{Timestamp: s.Timestamp, Value: s.Value}}})
			}
		}
	case model.Matrix:
		for _, s := range v {
			if s != nil {
				out = append(out, s)
			}
		}
	default:
		return nil, release.Errorf(release.Usage, "the query for %s gives no series at %s", a.signal.name, m.what).
			Advise("write it so that it gives a vector with the labels of the connector %s", m.config.Name)
	}
	if len(out) > maxSeries {
		return nil, release.Errorf(release.Usage, "%s gives %d series for %s; at most %d are taken", m.what, len(out), a.signal.name, maxSeries).
			Advise("narrow the connector %s down by a selector, or sum by its labels", m.config.Name)
	}
	return out, nil
}

// about reads what a series is about, but for the instant.
func (m *mapping) about(labels model.Metric) subject {
	value := func(name string) string {
		if name == "" {
			return ""
		}
		return release.Clean(string(labels[model.LabelName(name)]), maxLabel)
	}
	l := m.config.Labels
	return subject{service: value(l.Service), environment: cmp.Or(value(l.Environment), m.config.Environment), version: value(l.Version)}
}

// take stores a value, or says why not. A value that is not a number is none: nothing happened that could be
// measured. Of several values for one subject none is right.
func (m *mapping) take(s signal, about subject, v model.SamplePair, filled map[subject]bool) string {
	at := v.Timestamp.Time().UTC()
	if !m.grid.has(at) {
		return "values of an instant that was not asked about"
	}
	x := float64(v.Value)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	if x < -slack || x-slack > s.max {
		if s.max == 1 {
			return "values that are no ratio between 0 and 1"
		}
		return "values below 0"
	}
	about.at = int64(v.Timestamp)
	if filled[about] {
		*s.field(m.samples[about]) = nil
		return "values that share service, environment and version with another"
	}
	filled[about] = true
	sample := m.samples[about]
	if sample == nil {
		sample = &health.Sample{Service: about.service, Environment: about.environment, Version: about.version, At: at, Step: m.grid.step, N: 1}
		m.samples[about] = sample
	}
	x = max(0, min(x, s.max))
	*s.field(sample) = &x
	return ""
}

func (m *mapping) refuse(item, reason string) {
	m.refused = append(m.refused, fact.Refusal{Place: m.config.Name, Item: item, Reason: reason})
}

// list returns the samples with something in them, oldest first, then by what they are about.
func (m *mapping) list() []health.Sample {
	out := make([]health.Sample, 0, len(m.samples))
	for _, s := range m.samples {
		if s.Rate != nil || s.Errors != nil || s.P50 != nil || s.P95 != nil || s.P99 != nil {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b health.Sample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.Version, b.Version))
	})
	return out
}
