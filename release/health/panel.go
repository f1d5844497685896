package health

import (
	"cmp"
	"slices"
	"time"
)

// Panel is what monitors say of every service, and where each objective stands. It is a snapshot: shared and
// never changed.
type Panel struct {
	AsOf time.Time `json:"as_of"`
	// Lines are the objectives, worst first, then the services without one, those with an alert before the others.
	Lines []Line `json:"lines"`
	// Monitors are the feeds that measure or raise alerts.
	Monitors []Source `json:"monitors"`
	// Unplaced are objectives whose service the catalog does not have.
	Unplaced []Objective `json:"unplaced"`
	// Loose are alerts that fire and are of no line.
	Loose []Alert `json:"loose_alerts"`
}

// Line is an objective, or a service without one, in an environment.
type Line struct {
	ID          string     `json:"id"` // SERVICE, or SERVICE/OBJECTIVE or SERVICE/ENVIRONMENT where it has several
	Service     string     `json:"service"`
	Environment string     `json:"environment"`
	Tier        int        `json:"tier"`
	Objective   *Objective `json:"objective"` // nil without one
	State       *State     `json:"state"`     // nil without an objective
	Verdict     Verdict    `json:"verdict"`   // State's, or dark; "" without an objective
	Why         string     `json:"why"`
	Versions    []Version  `json:"versions"`
	Sources     []Source   `json:"sources"` // the monitors that measure the service
	Alerts      []Alert    `json:"alerts"`
	Rollouts    []Marker   `json:"rollouts"` // oldest first
}

// Marker is a rollout on the time axis.
type Marker struct {
	ID      string    `json:"id"`
	Version string    `json:"version"`
	State   string    `json:"state"`
	At      time.Time `json:"at"` // when it began
}

// Dark reports whether what the line rests on is silent.
func (l Line) Dark() bool {
	return len(l.Sources) > 0 && !slices.ContainsFunc(l.Sources, func(s Source) bool { return !s.Dark })
}

// Late reports whether no source of the line is as it promised.
func (l Line) Late() bool {
	return len(l.Sources) > 0 && !slices.ContainsFunc(l.Sources, func(s Source) bool { return !s.Dark && !s.Late })
}

// Since is the last good word of the line's sources, zero where there was none.
func (l Line) Since() time.Time {
	var out time.Time
	for _, s := range l.Sources {
		if s.Good.After(out) {
			out = s.Good
		}
	}
	return out
}

// Settle sets the verdict of a line: that of its state, or dark.
func (l *Line) Settle() {
	switch {
	case l.State == nil:
	case l.Dark():
		l.Verdict, l.Why = Dark, "no monitor that measures it answers"
	case len(l.Sources) == 0 && l.State.Verdict == Unknown:
		l.Verdict, l.Why = Unknown, "no monitor measures it in "+l.Environment
	default:
		l.Verdict, l.Why = l.State.Verdict, l.State.Why
	}
}

// Sort orders lines: those with an objective that burns by the shortest time until the budget is gone, then
// those of which that is not known, then those that are as they should be; then the services without an
// objective, those with an alert first, by name.
func Sort(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		if (a.State == nil) != (b.State == nil) {
			return cmp.Compare(rank(a.State == nil), rank(b.State == nil))
		}
		if a.State != nil {
			if c := Order(a, b); c != 0 {
				return c
			}
		} else if c := cmp.Compare(rank(len(a.Alerts) == 0), rank(len(b.Alerts) == 0)); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Environment, b.Environment), cmp.Compare(a.ID, b.ID))
	})
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Order compares two lines with objectives: less than 0 where a comes first.
func Order(a, b Line) int {
	return cmp.Or(cmp.Compare(group(a), group(b)), cmp.Compare(left(a), left(b)), cmp.Compare(alarm(a), alarm(b)), cmp.Compare(burn(b), burn(a)))
}

func group(l Line) int {
	switch l.Verdict {
	case Page, Ticket, Watch:
		return 0
	case Healthy:
		return 2
	}
	return 1
}

func alarm(l Line) int {
	return slices.Index([]Verdict{Page, Ticket, Watch, Unknown, Dark, Healthy}, l.Verdict)
}

func left(l Line) time.Duration {
	if l.State.Gone == nil || l.Verdict == Dark {
		return 1<<63 - 1
	}
	return *l.State.Gone
}

func burn(l Line) float64 { return l.State.Rate(time.Hour).Burn }

// Version is what was measured last of one version, beside the version that serves most.
type Version struct {
	Sample
	Share *float64 `json:"share"` // of all requests; nil where a rate is missing
	Base  bool     `json:"base"`  // it serves most
	// MoreErrors, MoreP50 and MoreP99 are the differences to the base: errors as a share, the others in seconds.
	MoreErrors *float64 `json:"more_errors,omitempty"`
	MoreP50    *float64 `json:"more_p50,omitempty"`
	MoreP99    *float64 `json:"more_p99,omitempty"`
}

// together is how much older than the newest a version's sample may be and still be compared with it.
const together = 5 * time.Minute

// Versions sets the newest samples of a service's versions side by side, those that serve most first. One that
// was not measured in the last five minutes, or three steps, before the newest has gone and is left out.
func Versions(samples []Sample) []Version {
	var newest time.Time
	for _, s := range samples {
		if s.At.After(newest) {
			newest = s.At
		}
	}
	out := []Version{}
	total, whole := 0.0, true
	for _, s := range samples {
		if newest.Sub(s.At) > max(together, 3*s.Step) {
			continue
		}
		out = append(out, Version{Sample: s})
		if measured(s.Rate) {
			total += *s.Rate
		} else {
			whole = false
		}
	}
	slices.SortStableFunc(out, func(a, b Version) int {
		return cmp.Or(cmp.Compare(rateOf(b.Sample), rateOf(a.Sample)), cmp.Compare(a.Version, b.Version))
	})
	for k := range out {
		v := &out[k]
		if whole && total > 0 {
			share := *v.Rate / total
			v.Share = &share
		}
		if v.Base = k == 0; !v.Base {
			v.MoreErrors, v.MoreP50, v.MoreP99 = less(v.Errors, out[0].Errors), less(v.P50, out[0].P50), less(v.P99, out[0].P99)
		}
	}
	return out
}

func rateOf(s Sample) float64 {
	if !measured(s.Rate) {
		return -1
	}
	return *s.Rate
}

func less(a, b *float64) *float64 {
	if !measured(a) || !measured(b) {
		return nil
	}
	d := *a - *b
	return &d
}

// Together sums the newest samples of all versions up: rates are added, errors weighed by rate, and a quantile
// is the highest, because quantiles cannot be added. A signal that a version lacks is nil.
func Together(versions []Version) (rate, errors, p99 *float64) {
	if len(versions) == 0 {
		return nil, nil, nil
	}
	total, failed, high := 0.0, 0.0, 0.0
	rates, ratios, quantiles := true, true, true
	for _, v := range versions {
		if rates = rates && measured(v.Rate); rates {
			total += *v.Rate
		}
		if ratios = ratios && rates && measured(v.Errors); ratios {
			failed += *v.Errors * *v.Rate
		}
		if quantiles = quantiles && measured(v.P99); quantiles {
			high = max(high, *v.P99)
		}
	}
	if rates {
		rate = &total
	}
	if ratios {
		ratio := 0.0
		if total > 0 {
			ratio = failed / total
		}
		errors = &ratio
	}
	if quantiles {
		p99 = &high
	}
	return rate, errors, p99
}
