package health

import (
	"math"
	"time"

	"signalbox/release"
)

// MinCoverage is the share of a span that samples must cover before it is known what it holds. What they do
// not cover is unknown, and what is unknown is never go.
const MinCoverage = 0.5

// MinEvents is how many requests must have failed in the short window before a pair fires: of a service that
// is asked for little a single failure is a high ratio (DEFINITIONS B8).
const MinEvents = 10

// Verdict is what burn says of an objective, worst first.
type Verdict string

const (
	Page    Verdict = "page"
	Ticket  Verdict = "ticket"
	Watch   Verdict = "watch"
	Healthy Verdict = "go"
	Unknown Verdict = "unknown" // samples cover too little
	Dark    Verdict = "dark"    // the monitors that it rests on are silent
)

// Aspect is the signal of a verdict.
func (v Verdict) Aspect() release.Aspect {
	switch v {
	case Page:
		return release.Stop
	case Ticket, Watch:
		return release.Caution
	case Healthy:
		return release.Go
	}
	return release.Dark
}

// Pair is two windows that must burn together: the long one says that it matters, the short one that it still
// goes on. Share is the part of the budget that is spent when the long window has burnt at the threshold.
type Pair struct {
	Verdict     Verdict
	Share       float64
	Long, Short time.Duration
}

// Pairs are the multi-window, multi-burn-rate alerts of the Google SRE workbook, chapter 5 "Alerting on SLOs",
// table 5-8: over 30 days 14.4× on 1 h and 5 m, 6× on 6 h and 30 m, 3× on 24 h and 2 h, 1× on 3 d and 6 h. The
// workbook pages for the second one too; here it is a ticket (SCREENS 12.7).
var Pairs = []Pair{
	{Page, 0.02, time.Hour, 5 * time.Minute},
	{Ticket, 0.05, 6 * time.Hour, 30 * time.Minute},
	{Ticket, 0.10, 24 * time.Hour, 2 * time.Hour},
	{Ticket, 0.10, 72 * time.Hour, 6 * time.Hour},
}

// Threshold is the burn rate over which the pair fires for an objective over a window: share × window ÷ long.
func (p Pair) Threshold(window time.Duration) float64 {
	return p.Share * float64(window) / float64(p.Long)
}

// leastThreshold leaves pairs out whose threshold would be a burn that a short objective allows for good.
const leastThreshold = 0.9

// Applies reports whether the pair is of use for an objective over a window.
func (p Pair) Applies(window time.Duration) bool { return p.Threshold(window) >= leastThreshold }

// Rate is the burn rate of a span: how many times faster than the objective allows its budget is spent
// (error ratio ÷ (1 − target), DEFINITIONS B8). Known is false where samples cover too little of it.
type Rate struct {
	Over     time.Duration `json:"over"`
	Burn     float64       `json:"burn"`
	Known    bool          `json:"known"`
	Coverage float64       `json:"coverage"` // 0 to 1
	Events   float64       `json:"events"`   // bad requests
}

// Burn reckons the burn rate of an objective over the time d that ends at an instant.
func (t Track) Burn(o Objective, at time.Time, d time.Duration) Rate {
	sum := t.Over(at.Add(-d), at)
	r := Rate{Over: d, Coverage: min(float64(sum.Covered)/float64(d), 1), Events: sum.Events}
	if r.Known = r.Coverage >= MinCoverage; r.Known {
		r.Burn = sum.Ratio() / o.Budget()
	}
	return r
}

// State is where an objective stands at an instant.
type State struct {
	At      time.Time `json:"at"`
	Verdict Verdict   `json:"verdict"`
	Why     string    `json:"why"` // in words
	// Left is the part of the error budget that is left over the window: 1 untouched, 0 spent, less where it is
	// overspent. nil where samples cover too little of the window.
	Left     *float64 `json:"budget_left"`
	Coverage float64  `json:"coverage"` // of the window
	// Good is the share of the last hour that was good; nil where that is unknown.
	Good *float64 `json:"good_1h"`
	// Rates are the burn rates over 5 m, 30 m, 1 h, 2 h, 6 h, 24 h and 3 d.
	Rates []Rate `json:"burn"`
	// Gone is how long the budget lasts at the burn of the last hour; nil where that is unknown, or no burn
	// would ever spend it. More than the window is as good as for ever, since old errors leave it meanwhile.
	Gone *time.Duration `json:"gone_in"`
}

// Spans are those over which burn is reckoned.
var Spans = []time.Duration{5 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour}

// Rate is the burn over one of Spans.
func (s State) Rate(over time.Duration) Rate {
	for _, r := range s.Rates {
		if r.Over == over {
			return r
		}
	}
	return Rate{Over: over}
}

// Judge says where an objective stands at an instant. The spans end at the newest sample, where that is not older
// than three of its steps or two minutes: what is measured every so often is not unknown in between.
func Judge(o Objective, t Track, at time.Time) State {
	s := State{At: at}
	if age := at.Sub(t.Newest()); age > 0 && age <= max(3*t.step(), 2*time.Minute) {
		at = t.Newest()
	}
	whole := t.Over(at.Add(-o.Window), at)
	s.Coverage = min(float64(whole.Covered)/float64(o.Window), 1)
	if s.Coverage >= MinCoverage {
		left := 1 - whole.Ratio()/o.Budget()
		s.Left = &left
	}
	for _, d := range Spans {
		s.Rates = append(s.Rates, t.Burn(o, at, d))
	}
	if r := s.Rate(time.Hour); r.Known {
		good := 1 - r.Burn*o.Budget()
		s.Good = &good
		s.Gone = gone(o, s.Left, r.Burn)
	}
	s.Verdict, s.Why = judge(o, s)
	return s
}

// gone is left × window ÷ burn.
func gone(o Objective, left *float64, burn float64) *time.Duration {
	switch {
	case left == nil:
		return nil
	case *left <= 0:
		none := time.Duration(0)
		return &none
	case !(burn > 0):
		return nil
	}
	d := *left * float64(o.Window) / burn
	if d > math.MaxInt64/2 {
		return nil
	}
	out := time.Duration(d)
	return &out
}

// low is the part of the budget under which an objective is watched whatever it burns.
const low = 0.25

// judge finds the worst that is known. Only where nothing is wrong does it matter what is not known.
func judge(o Objective, s State) (Verdict, string) {
	unsure := ""
	for _, p := range Pairs {
		if !p.Applies(o.Window) {
			continue
		}
		long, short, limit := s.Rate(p.Long), s.Rate(p.Short), p.Threshold(o.Window)
		above := func(r Rate) bool { return r.Known && r.Burn > limit+1e-9 }
		below := func(r Rate) bool { return r.Known && !above(r) }
		switch {
		case above(long) && above(short) && short.Events >= MinEvents:
			return p.Verdict, words("burn %s on %s and %s on %s, both above %s", times(long.Burn), release.Length(p.Long), times(short.Burn), release.Length(p.Short), times(limit))
		case below(long) || below(short) || above(long) && above(short):
		case unsure == "" && !long.Known:
			unsure = covers(long)
		case unsure == "":
			unsure = covers(short)
		}
	}
	if s.Left != nil && *s.Left <= 0 {
		return Watch, "the error budget is spent"
	}
	for _, d := range []time.Duration{time.Hour, 6 * time.Hour} {
		if r := s.Rate(d); r.Known && r.Burn > 1+1e-9 {
			return Watch, words("burn %s on %s: faster than the objective allows", times(r.Burn), release.Length(d))
		}
	}
	if s.Left != nil && *s.Left < low {
		return Watch, words("%.0f%% of the error budget is left", *s.Left*100)
	}
	for _, d := range []time.Duration{time.Hour, 6 * time.Hour} {
		if r := s.Rate(d); unsure == "" && !r.Known {
			unsure = covers(r)
		}
	}
	switch {
	case unsure != "":
		return Unknown, unsure
	case s.Left == nil:
		return Unknown, covers(Rate{Over: o.Window, Coverage: s.Coverage})
	}
	return Healthy, "within the objective"
}

func covers(r Rate) string {
	return words("samples cover %.0f%% of %s, %.0f%% are needed", math.Floor(r.Coverage*100), release.Length(r.Over), MinCoverage*100)
}
