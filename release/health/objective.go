package health

import (
	"math"
	"slices"
	"time"

	"signalbox/release"
)

// Indicator is what an objective is about.
type Indicator string

const (
	// Availability is the share of requests that did not fail.
	Availability Indicator = "availability"
	// Latency is the share of requests served by versions whose quantile stayed within the threshold.
	Latency Indicator = "latency"
)

// Method says how good and bad are weighed, in the words of OpenSLO.
type Method string

const (
	// Occurrences counts requests: each weighs the same.
	Occurrences Method = "Occurrences"
	// Timeslices counts slices of time, each good or bad as a whole: it is good where the share of good
	// requests in it reaches SliceTarget.
	Timeslices Method = "Timeslices"
	// RatioTimeslices is the mean, over time, of the share of good requests.
	RatioTimeslices Method = "RatioTimeslices"
)

// Objective is a service level objective of a service in an environment, over a rolling window.
type Objective struct {
	ID          string        `json:"id"`
	Source      string        `json:"source"` // the connector's name, or "import:PATH"
	Service     string        `json:"service"`
	Environment string        `json:"environment"`
	Title       string        `json:"title,omitempty"`
	Target      float64       `json:"target"` // more than 0 and less than 1: 0.999
	Window      time.Duration `json:"window"`
	Indicator   Indicator     `json:"indicator"`
	Method      Method        `json:"method"`
	// SliceTarget is the share of good requests that makes a slice good; of latency it is the quantile that is
	// looked at: 0.5, 0.95 or 0.99.
	SliceTarget float64 `json:"slice_target,omitempty"`
	Threshold   float64 `json:"threshold,omitempty"` // of latency, in seconds
	From        string  `json:"from"`                // FILE:LINE of the declaration
}

// Windows bound an objective's: shorter ones have no room for the windows in which burn is judged, and longer
// ones are not covered by what is kept of samples.
const (
	LeastWindow = 24 * time.Hour
	MostWindow  = 366 * 24 * time.Hour
)

// Quantiles are those that monitors tell of.
var Quantiles = []float64{0.5, 0.95, 0.99}

// Check returns a Usage error where the objective cannot be reckoned with.
func (o Objective) Check() error {
	refuse := func(format string, args ...any) error { return release.Errorf(release.Usage, format, args...) }
	switch {
	case !(o.Target > 0):
		return refuse("the target is not more than 0")
	case !(o.Target < 1):
		return refuse("a target of 1 or more leaves no error budget")
	case o.Window < LeastWindow || o.Window > MostWindow:
		return refuse("the window is not between %s and %s", release.Length(LeastWindow), release.Length(MostWindow))
	}
	switch o.Method {
	case Occurrences, RatioTimeslices:
		if o.Indicator == Latency {
			return refuse("how many requests took longer than a limit is not measured, only p50, p95 and p99: budget it by Timeslices, with a timeSliceTarget of 0.5, 0.95 or 0.99")
		}
	case Timeslices:
		if !(o.SliceTarget > 0 && o.SliceTarget <= 1) {
			return refuse("a budget by Timeslices needs a timeSliceTarget of more than 0 and at most 1")
		}
	default:
		return refuse("the budgeting method %q is not known", release.Clean(string(o.Method), 40))
	}
	switch o.Indicator {
	case Availability:
	case Latency:
		if !slices.Contains(Quantiles, o.SliceTarget) {
			return refuse("of latency p50, p95 and p99 are measured: the timeSliceTarget must be 0.5, 0.95 or 0.99")
		}
		if !(o.Threshold > 0) || math.IsInf(o.Threshold, 0) {
			return refuse("the limit of the latency is not more than 0")
		}
	default:
		return refuse("the indicator %q is not known", release.Clean(string(o.Indicator), 40))
	}
	return nil
}

// Budget is the share that may fail: 1 − target.
func (o Objective) Budget() float64 { return 1 - o.Target }

// quantile is the quantile of a sample that the objective looks at, nil where it was not measured.
func (o Objective) quantile(s Sample) *float64 {
	switch o.SliceTarget {
	case 0.5:
		return s.P50
	case 0.95:
		return s.P95
	}
	return s.P99
}

// bad is the share of a sample's requests that the objective counts as bad; false where it was not measured.
// Of a latency objective that is all or nothing: whether the version's quantile was over the limit.
func (o Objective) bad(s Sample) (float64, bool) {
	if o.Indicator == Latency {
		q := o.quantile(s)
		switch {
		case !measured(q):
			return 0, false
		case *q > o.Threshold:
			return 1, true
		}
		return 0, true
	}
	if !measured(s.Errors) {
		return 0, false
	}
	return min(max(*s.Errors, 0), 1), true
}
