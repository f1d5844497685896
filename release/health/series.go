package health

import "time"

// Series is the burn of one line over time, for a chart: at each point the burn rate of the hour before,
// the highest since the point before, so that no spike is lost.
type Series struct {
	Line   string        `json:"line"`
	Span   time.Duration `json:"span"`
	Until  time.Time     `json:"until"`
	Points []Point       `json:"points"` // oldest first, evenly spaced; none of a service without an objective
	Bands  []Band        `json:"bands"`  // oldest first, evenly spaced
	Page   float64       `json:"page"`   // the burn rate that pages; 0: none does
	Ticket float64       `json:"ticket"`
}

// Point is the burn at an instant; nil where it is unknown.
type Point struct {
	At   time.Time `json:"at"`
	Burn *float64  `json:"burn"`
}

// Band is what was measured of all versions of a service in the time that ends at an instant: the mean rate, the
// error ratio weighed by it, and the highest of each quantile. What was not measured is nil.
type Band struct {
	At     time.Time `json:"at"`
	Rate   *float64  `json:"rate"`   // requests a second
	Errors *float64  `json:"errors"` // 0 to 1
	P50    *float64  `json:"p50"`    // seconds
	P95    *float64  `json:"p95"`    // seconds
	P99    *float64  `json:"p99"`    // seconds
}

// bands is how many bands a series has.
const bands = 72

// Banded sums samples up into bands over the span that ends at an instant. A sample that is longer than a band
// stands for each of those that it covers.
func Banded(samples []Sample, span time.Duration, until time.Time) []Band {
	step := span / bands
	out := make([]Band, bands)
	type sum struct {
		requests, seconds, failed, weighed float64
	}
	sums := make([]sum, bands)
	first := until.Add(-span)
	for k := range out {
		out[k].At = first.Add(time.Duration(k+1) * step)
	}
	type slot struct {
		band int
		at   int64
	}
	counted := map[slot]bool{}
	for _, s := range samples {
		from := max(int(s.At.Add(-s.Step+1).Sub(first)/step), 0)
		for k := from; k < bands && out[k].At.Add(-step).Before(s.At); k++ {
			b := &out[k]
			b.P50, b.P95, b.P99 = higher(b.P50, s.P50), higher(b.P95, s.P95), higher(b.P99, s.P99)
			if !measured(s.Rate) {
				continue
			}
			sums[k].requests += *s.Rate * s.Step.Seconds()
			if at := (slot{k, s.At.UnixNano()}); !counted[at] { // versions of one instant share its time
				counted[at] = true
				sums[k].seconds += s.Step.Seconds()
			}
			if measured(s.Errors) {
				sums[k].failed += *s.Errors * *s.Rate
				sums[k].weighed += *s.Rate
			}
		}
	}
	for k, s := range sums {
		if s.seconds > 0 {
			rate := s.requests / s.seconds
			out[k].Rate = &rate
		}
		if s.weighed > 0 {
			errors := s.failed / s.weighed
			out[k].Errors = &errors
		}
	}
	return out
}

// Charts are the spans of time that a chart may show.
var Charts = []time.Duration{time.Hour, 6 * time.Hour, 72 * time.Hour, 30 * 24 * time.Hour}

// points is how many a series has: two for each cell of a wide chart.
const points = 240

// Burning is the series of an objective over the span that ends at an instant.
func Burning(o Objective, t Track, span time.Duration, until time.Time) Series {
	s := Series{Span: span, Until: until}
	for _, p := range Pairs {
		switch {
		case !p.Applies(o.Window):
		case p.Verdict == Page && s.Page == 0:
			s.Page = p.Threshold(o.Window)
		case p.Verdict == Ticket && s.Ticket == 0:
			s.Ticket = p.Threshold(o.Window)
		}
	}
	step := span / points
	fine := min(step, 5*time.Minute)
	if span > 72*time.Hour {
		fine = min(step, time.Hour)
	}
	first := until.Add(-span)
	for k := 1; k <= points; k++ {
		p := Point{At: first.Add(time.Duration(k) * step)}
		for at := p.At; at.After(p.At.Add(-step)); at = at.Add(-fine) {
			if at.Sub(t.Newest()) > 5*time.Minute {
				continue // nothing is known so late
			}
			if r := t.Burn(o, at, time.Hour); r.Known && (p.Burn == nil || *p.Burn < r.Burn) {
				p.Burn = &r.Burn
			}
		}
		s.Points = append(s.Points, p)
	}
	return s
}
