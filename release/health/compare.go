package health

import (
	"math"
	"slices"
	"time"
)

// Signal is one of the golden signals that a sample may hold.
type Signal string

const (
	ErrorRatio  Signal = "errors" // failed requests ÷ all requests, 0 to 1
	P50         Signal = "p50"    // seconds
	P95         Signal = "p95"
	P99         Signal = "p99"
	RequestRate Signal = "rate" // requests a second
)

// Signals lists every Signal, the one that decides first.
var Signals = []Signal{ErrorRatio, P99, P95, P50, RequestRate}

// Value is what the sample says of a signal, nil where it was not measured.
func (s Sample) Value(k Signal) *float64 {
	switch k {
	case ErrorRatio:
		return s.Errors
	case P50:
		return s.P50
	case P95:
		return s.P95
	case P99:
		return s.P99
	case RequestRate:
		return s.Rate
	}
	return nil
}

const (
	// CompareWindow is how much of the past two versions are compared over.
	CompareWindow = 5 * time.Minute
	// WorseAt is the pooled z from which a version fails more requests than another (DEFINITIONS B6, guards),
	// and WorseBelow the p of Fisher's one-sided test where a cell is expected to hold fewer than five.
	WorseAt    = 2.33
	WorseBelow = 0.01
	// LeastRequests of each version; with fewer nothing is judged (DEFINITIONS B6, guards).
	LeastRequests = 20
	// mostRequests of one step: a rate that gives more is a mistake, and counts are exact up to here.
	mostRequests = 1e12
)

// Finding says what came of comparing a signal.
type Finding string

const (
	Worse     Finding = "worse"
	NoWorse   Finding = "no worse"
	TooFew    Finding = "too few"    // requests
	NotJudged Finding = "not judged" // no rule and no limit is known for it
)

// Arm is one of the versions compared, pooled over the window as RollUp does. Requests and Failed are counts
// that the rates give: Σ rate·step, and that times the error ratio.
type Arm struct {
	Version  string  `json:"version"`
	Signals  Sample  `json:"signals"`
	Requests float64 `json:"requests"`
	Failed   float64 `json:"failed"`
}

// Difference is one signal of the newer version against that of the one before. Delta is a difference of
// ratios (0.0179 is 1.79 points) for errors, and new ÷ base − 1 for the rest; nil where either is unknown or
// base is 0. Z and P are those of the test that was made, nil where none was.
type Difference struct {
	Signal  Signal   `json:"signal"`
	Base    *float64 `json:"base,omitempty"`
	New     *float64 `json:"new,omitempty"`
	Delta   *float64 `json:"delta,omitempty"`
	Finding Finding  `json:"finding"`
	Z       *float64 `json:"z,omitempty"`
	P       *float64 `json:"p,omitempty"`
}

// Comparison is two versions of a service side by side over (From, To]. It is evidence for a person and
// decides nothing: looked at after every sample, a test at 2.33 raises more false alarms than one in a
// hundred (DEFINITIONS B6b).
type Comparison struct {
	Base        Arm          `json:"base"`
	New         Arm          `json:"new"`
	From        time.Time    `json:"from"`
	To          time.Time    `json:"to"`
	Differences []Difference `json:"differences"`
}

// Of is the difference of a signal.
func (c Comparison) Of(k Signal) Difference {
	for _, d := range c.Differences {
		if d.Signal == k {
			return d
		}
	}
	return Difference{Signal: k, Finding: NotJudged}
}

// Compare puts a version beside the one before it over the CompareWindow that ends at to. Only the error ratio
// is judged: by the pooled two-proportion z, one-sided, and by Fisher's exact test where a cell of the table is
// expected to hold fewer than five (DEFINITIONS B6). A difference of latencies or of rates has no rule without
// a limit, and none is made up.
func Compare(samples []Sample, base, new string, to time.Time) Comparison {
	c := Comparison{From: to.Add(-CompareWindow), To: to, Differences: []Difference{}}
	c.Base, c.New = arm(samples, base, c.From, c.To), arm(samples, new, c.From, c.To)
	for _, k := range Signals {
		d := Difference{Signal: k, Base: c.Base.Signals.Value(k), New: c.New.Signals.Value(k), Finding: NotJudged}
		if d.Base != nil && d.New != nil {
			switch {
			case k == ErrorRatio:
				v := *d.New - *d.Base
				d.Delta = &v
			case *d.Base > 0:
				if v := *d.New / *d.Base - 1; measured(&v) {
					d.Delta = &v
				}
			}
		}
		if k == ErrorRatio && d.Delta != nil {
			d.Finding, d.Z, d.P = judged(c.New, c.Base)
		}
		c.Differences = append(c.Differences, d)
	}
	return c
}

// arm pools the samples of a version within (from, to]. Of several samples of one instant the first counts.
func arm(samples []Sample, version string, from, to time.Time) Arm {
	a := Arm{Version: version}
	if version == "" {
		return a
	}
	pool, any := sum{}, false
	seen := map[int64]bool{}
	for _, s := range samples {
		if s.Version != version || !s.At.After(from) || s.At.After(to) || seen[s.At.UnixNano()] {
			continue
		}
		seen[s.At.UnixNano()], any = true, true
		pool.bucket.Service, pool.bucket.Environment, pool.bucket.Version = s.Service, s.Environment, s.Version
		if s.At.After(pool.bucket.At) {
			pool.bucket.At = s.At
		}
		pool.add(s)
		if measured(s.Rate) && measured(s.Errors) {
			if n := *s.Rate * s.Step.Seconds(); n >= 0 && n <= mostRequests {
				a.Requests += n
				a.Failed += n * max(0, min(*s.Errors, 1))
			}
		}
	}
	if any {
		a.Signals = pool.result()
	}
	return a
}

// judged tests whether a version fails more of its requests than another.
func judged(new, base Arm) (Finding, *float64, *float64) {
	n1, n2 := math.Round(new.Requests), math.Round(base.Requests)
	if n1 < LeastRequests || n2 < LeastRequests {
		return TooFew, nil, nil
	}
	y1, y2 := min(math.Round(new.Failed), n1), min(math.Round(base.Failed), n2)
	pooled := (y1 + y2) / (n1 + n2)
	if min(n1, n2)*min(pooled, 1-pooled) < 5 {
		p := Fisher(y1, n1, y2, n2)
		if p < WorseBelow {
			return Worse, nil, &p
		}
		return NoWorse, nil, &p
	}
	z := PooledZ(y1, n1, y2, n2)
	if z >= WorseAt {
		return Worse, &z, nil
	}
	return NoWorse, &z, nil
}

// PooledZ is the two-proportion z of y1 of n1 against y2 of n2 with the pooled variance: positive where the
// first is larger. It is 0 where nothing, or everything, failed.
func PooledZ(y1, n1, y2, n2 float64) float64 {
	p := (y1 + y2) / (n1 + n2)
	deviation := math.Sqrt(p * (1 - p) * (1/n1 + 1/n2))
	if deviation == 0 {
		return 0
	}
	return (y1/n1 - y2/n2) / deviation
}

// Fisher is the one-sided p of Fisher's exact test: the chance that y1 or more of y1 + y2 fall among n1, where
// the versions do not differ. Counts are whole numbers.
func Fisher(y1, n1, y2, n2 float64) float64 {
	all := y1 + y2
	sure := choose(n1+n2, all)
	p := 0.0
	for k := y1; k <= min(n1, all); k++ {
		if all-k <= n2 {
			p += math.Exp(choose(n1, k) + choose(n2, all-k) - sure)
		}
	}
	return min(p, 1)
}

// choose is the logarithm of n over k.
func choose(n, k float64) float64 {
	lg := func(v float64) float64 { r, _ := math.Lgamma(v + 1); return r }
	return lg(n) - lg(k) - lg(n-k)
}

// Share is how much of the traffic a version has: its request rate ÷ that of all versions (CONTRACTS section
// 1). latest are the newest samples of each version. A version whose newest sample is older than the newest of
// all by more than its own step has no traffic that is known of, and counts for nothing; the share is nil where
// it is this one, or where no rate is known. At is the instant that the share is of.
func Share(latest []Sample, version string) (part *float64, at time.Time) {
	for _, s := range latest {
		if s.At.After(at) {
			at = s.At
		}
	}
	total, own := 0.0, (*float64)(nil)
	var counted []string
	for _, s := range latest {
		if !measured(s.Rate) || at.Sub(s.At) > s.Step || slices.Contains(counted, s.Version) {
			continue
		}
		counted = append(counted, s.Version)
		total += *s.Rate
		if s.Version == version {
			own = s.Rate
		}
	}
	if own == nil || version == "" || !(total > 0) || math.IsInf(total, 0) {
		return nil, at
	}
	p := *own / total
	return &p, at
}
