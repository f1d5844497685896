package sandbox

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"signalbox/release/health"
)

// telemetry is what a monitor would measure: a function of the seed, of the instant and of what happened until
// then, so that a clock that jumps sees the numbers that one that went there saw. Rates are requests a second,
// latencies seconds.
type telemetry struct {
	seed     uint64
	services map[string]*running
	faults   []fault
}

// running is which versions of a service take requests.
type running struct {
	offer *offer
	spans []span // from the oldest to the newest
}

// span is one version of a service: how it comes in and when it left.
type span struct {
	version string
	from    time.Time // zero: before anybody looked
	whole   time.Time // when it takes all requests; zero while it does not
	gone    time.Time // when it was taken out again; zero while it was not
}

// stages are the shares of a version that is rolled out, by how long it has been.
var stages = []struct {
	after time.Duration
	share float64
}{{0, 0.05}, {2 * time.Minute, 0.10}, {5 * time.Minute, 0.25}, {9 * time.Minute, 0.50}, {13 * time.Minute, 0.80}}

// fault is trouble: of a version, or of all where version is "". It grows over its first three minutes.
type fault struct {
	service, version string
	from, until      time.Time // until zero: until it is mended
	errors           float64   // added to the error ratio
	latency          float64   // factor; 0 and 1 leave it
	rate             float64   // factor of requests; 0 and 1 leave it
}

func newTelemetry(seed uint64) *telemetry {
	t := &telemetry{seed: seed, services: map[string]*running{}}
	for i := range offers {
		o := &offers[i]
		t.services[o.id] = &running{offer: o, spans: []span{{version: firstVersion(seed, o)}}}
	}
	return t
}

// firstVersion is what a service ran before anybody looked.
func firstVersion(seed uint64, o *offer) string {
	return o.version + "." + strconv.Itoa(int(fraction(seed, "version", o.id)*6))
}

// next is the version after a service's newest.
func (t *telemetry) next(service string) string {
	spans := t.services[service].spans
	return after(spans[len(spans)-1].version)
}

// after is the version whose last number is one more.
func after(v string) string {
	dot := strings.LastIndexByte(v, '.')
	n, _ := strconv.Atoi(v[dot+1:])
	return fmt.Sprintf("%s.%d", v[:dot], n+1)
}

func (t *telemetry) start(service, version string, at time.Time) {
	r := t.services[service]
	r.spans = append(r.spans, span{version: version, from: at})
}

func (t *telemetry) finish(service, version string, at time.Time) {
	if s := t.services[service].of(version); s != nil {
		s.whole = at
	}
}

func (t *telemetry) abort(service, version string, at time.Time) {
	if s := t.services[service].of(version); s != nil {
		s.gone = at
	}
}

func (r *running) of(version string) *span {
	for i := len(r.spans) - 1; i >= 0; i-- {
		if r.spans[i].version == version {
			return &r.spans[i]
		}
	}
	return nil
}

// shares are the parts of the requests that each version takes at an instant, the oldest first; they add up to 1.
func (r *running) shares(at time.Time) (versions []string, shares []float64) {
	left := 1.0
	for i := len(r.spans) - 1; i >= 0 && left > 0; i-- {
		s := r.spans[i]
		share := 0.0
		switch {
		case s.from.After(at), !s.gone.IsZero() && !s.gone.After(at):
		case s.from.IsZero(), !s.whole.IsZero() && !s.whole.After(at):
			share = left
		default:
			for _, g := range stages {
				if !at.Before(s.from.Add(g.after)) {
					share = g.share * left
				}
			}
		}
		if share > 0 {
			versions, shares = append(versions, s.version), append(shares, share)
			left -= share
		}
	}
	slices.Reverse(versions)
	slices.Reverse(shares)
	return versions, shares
}

// season is the traffic of an hour of the week beside the mean: people shop in the evening of where they live,
// more on weekends, and hardly at night.
func season(o *offer, at time.Time) float64 {
	places := strings.Split(o.regions, ", ")
	sum := 0.0
	for _, p := range places {
		sum += local(at.In(zones()[p]))
	}
	return sum / float64(len(places))
}

// zones are those of the regions, by id.
var zones = sync.OnceValue(func() map[string]*time.Location {
	out := map[string]*time.Location{}
	for _, r := range regions {
		out[r.id] = zoneOf(r.zone)
	}
	return out
})

// local is the traffic of one place at its time of day: a noon and an evening peak over a quiet night.
func local(at time.Time) float64 {
	h := float64(at.Hour()) + float64(at.Minute())/60
	peak := func(center, width float64) float64 { d := (h - center) / width; return math.Exp(-d * d) }
	v := 0.25 + 0.9*peak(12.5, 2.2) + 1.3*peak(20, 2.6)
	if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
		v *= 1.25
	}
	return v
}

// samples are the measurements of a service over the step that ends at an instant, one for each version.
func (t *telemetry) samples(service string, at time.Time, step time.Duration) []health.Sample {
	r := t.services[service]
	versions, shares := r.shares(at)
	minute := at.Unix() / 60
	noise := 1 + 0.06*(fraction(t.seed, "rate", service, minute)-0.5)
	total := r.offer.rate * season(r.offer, at) * noise
	steady := t.steady(r.offer, at)
	var out []health.Sample
	for k, version := range versions {
		errors := steady * (0.7 + 0.6*fraction(t.seed, "errors", service, version, minute))
		p50 := (0.012 + 0.05*fraction(t.seed, "base", service)) * (0.95 + 0.1*fraction(t.seed, "p50", service, version, minute))
		rate := total * shares[k]
		for _, f := range t.faults {
			if f.service != service || (f.version != "" && f.version != version) || at.Before(f.from) || (!f.until.IsZero() && !at.Before(f.until)) {
				continue
			}
			grown := min(1, 0.2+0.8*at.Sub(f.from).Minutes()/3)
			errors += f.errors * grown
			if f.latency > 0 {
				p50 *= 1 + (f.latency-1)*grown
			}
			if f.rate > 0 {
				rate *= 1 + (f.rate-1)*grown
			}
		}
		out = append(out, health.Sample{Service: service, Environment: "production", Version: version, At: at, Step: step, N: 1,
			Rate: rounded(rate, 3), Errors: rounded(min(errors, 1), 6), P50: rounded(p50, 5), P95: rounded(p50*2.6, 5), P99: rounded(p50*4.4, 5)})
	}
	return out
}

func rounded(v float64, digits int) *float64 {
	p := math.Pow10(digits)
	v = math.Round(v*p) / p
	return &v
}

// mend ends all trouble of a service, or of everything.
func (t *telemetry) mend(service string, at time.Time) int {
	n := 0
	for i := range t.faults {
		f := &t.faults[i]
		if (service == "" || f.service == service) && (f.until.IsZero() || f.until.After(at)) {
			f.until = at
			n++
		}
	}
	return n
}

// worst is the added error ratio of the trouble that a service is in.
func (t *telemetry) worst(service string, at time.Time) float64 {
	w := 0.0
	for _, f := range t.faults {
		if f.service == service && !at.Before(f.from) && (f.until.IsZero() || at.Before(f.until)) {
			w = max(w, f.errors)
		}
	}
	return w
}
