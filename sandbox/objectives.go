package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"signalbox/connectors/openslo"
	"signalbox/release/fact"
)

// targets are what a service of each tier promises over thirty days: the share of requests that do not fail.
var targets = []float64{0.9995, 0.999, 0.995, 0.99}

// stricter are services that promise more than their tier asks for.
var stricter = map[string]float64{"search": 0.9995, "notify-svc": 0.999, "mailer": 0.995}

// unpromised are services whose teams have not agreed on an objective.
var unpromised = []string{"promo", "tax", "currency", "reviews", "status-page", "loyalty"}

// unwatched is the service that has an objective and that no monitor measures: nobody knows how it stands.
const unwatched = "warehouse"

// swift are what services promise of how long they take: a quantile, and the limit within which it stays in 99 of a
// hundred slices of time.
var swift = []struct {
	service  string
	quantile float64
	limit    time.Duration
}{
	{"checkout-web", 0.99, 400 * time.Millisecond}, {"store-bff", 0.99, 350 * time.Millisecond}, {"search", 0.95, 250 * time.Millisecond},
	{"payments-api", 0.99, 400 * time.Millisecond}, {"identity", 0.95, 200 * time.Millisecond}, {"mobile-gw", 0.99, 400 * time.Millisecond},
	{"edge-gw", 0.99, 300 * time.Millisecond},
}

// target is the share of requests that a service serves well, as it promises or as its tier asks for.
func (o *offer) target() float64 {
	if t := stricter[o.id]; t > 0 {
		return t
	}
	return targets[o.tier]
}

// steady is the share of requests that fail of a service while nothing is wrong: over a month it spends a tenth to a
// quarter of what its target allows, in some hours hardly anything and in others a third.
func (t *telemetry) steady(o *offer, at time.Time) float64 {
	usual := (1 - o.target()) * (0.10 + 0.10*fraction(t.seed, "steady", o.id))
	return usual * (0.4 + 1.4*fraction(t.seed, "spell", o.id, at.Unix()/int64(4*time.Hour/time.Second)))
}

// objectiveFile are the objectives as OpenSLO declares them.
func objectiveFile() []byte {
	var b strings.Builder
	slo := func(name, title, service, unit, method, indicator, objective string) {
		fmt.Fprintf(&b, "---\napiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: %s\n  displayName: %s\n", name, title)
		if unit != "" {
			fmt.Fprintf(&b, "  annotations: {signalbox.dev/unit: %s}\n", unit)
		}
		fmt.Fprintf(&b, "spec:\n  service: %s\n  budgetingMethod: %s\n  timeWindow: [{duration: 30d, isRolling: true}]\n", service, method)
		fmt.Fprintf(&b, "  indicator:\n    metadata: {name: %s}\n    spec: {%s}\n  objectives:\n    - {%s}\n", name, indicator, objective)
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	for i := range offers {
		o := &offers[i]
		if slices.Contains(unpromised, o.id) {
			continue
		}
		slo(o.id+"-availability", o.title+" answers", o.id, "", "Occurrences", "ratioMetric: {counter: true}", "target: "+number(o.target()))
		for _, p := range swift {
			if p.service == o.id {
				slo(o.id+"-latency", o.title+" is fast", o.id, "ms", "Timeslices", "thresholdMetric: {metricSource: {type: Prometheus}}",
					fmt.Sprintf("op: lte, value: %d, target: 0.99, timeSliceTarget: %s, timeSliceWindow: 1m", p.limit.Milliseconds(), number(p.quantile)))
			}
		}
	}
	return []byte(b.String())
}

func objectiveRead(*Sandbox, time.Time) ([]fact.Fact, int, error) {
	seen, n := openslo.Map(objectives, []openslo.File{{Path: "objectives.yaml", Data: objectiveFile()}}, openslo.Options{})
	return []fact.Fact{seen}, n, nil
}

// before are the troubles of the month before the start, by how long before it they began: all but the first are over,
// and budgets remember them.
var before = []struct {
	service string
	began   time.Duration
	lasted  time.Duration // 0: it goes on
	errors  float64
}{
	{"fraud-score", 4 * 24 * time.Hour, 0, 0.0014},
	{"wallet", 6*24*time.Hour + 3*time.Hour, 3 * time.Hour, 0.06},
	{"push-gw", 7*24*time.Hour + 9*time.Hour, 4 * time.Hour, 0.25},
	{"search", 11 * 24 * time.Hour, 12 * time.Hour, 0.008},
	{"returns", 19 * 24 * time.Hour, 18 * time.Hour, 0.03},
}

// remember puts the troubles of the month before the start into what monitors measured.
func (s *Sandbox) remember() {
	for _, b := range before {
		f := fault{service: b.service, from: s.o.Start.Add(-b.began), errors: b.errors}
		if b.lasted > 0 {
			f.until = f.from.Add(b.lasted)
		}
		s.telemetry.faults = append(s.telemetry.faults, f)
	}
}
