package health

import "time"

// Series is the burn of one objective over time, for a chart: at each point the burn rate of the hour before,
// the highest since the point before, so that no spike is lost.
type Series struct {
	Line   string        `json:"line"`
	Span   time.Duration `json:"span"`
	Until  time.Time     `json:"until"`
	Points []Point       `json:"points"` // oldest first, evenly spaced
	Page   float64       `json:"page"`   // the burn rate that pages; 0: none does
	Ticket float64       `json:"ticket"`
}

// Point is the burn at an instant; nil where it is unknown.
type Point struct {
	At   time.Time `json:"at"`
	Burn *float64  `json:"burn"`
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
			if at.After(t.Newest()) && at.Sub(t.Newest()) > time.Hour/2 {
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
