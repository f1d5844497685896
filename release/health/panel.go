package health

import (
	"cmp"
	"slices"
	"time"

	"signalbox/release"
)

// Panel is what monitors say of every service, and where each objective stands. It is a snapshot: shared and
// never changed.
type Panel struct {
	AsOf time.Time `json:"as_of"`
	// Lines are in the order of Sort: what an alert fires for first.
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

// behind reports whether some monitor of the line is late or silent.
func (l Line) behind() bool {
	return slices.ContainsFunc(l.Sources, func(s Source) bool { return s.Late || s.Dark })
}

// JudgedAt is the instant as of which the objective of a line is judged: now, or of a dark line that of what was
// measured last, so that its numbers are the last known ones.
func (l Line) JudgedAt(t Track, now time.Time) time.Time {
	if at := t.Newest(); l.Dark() && !at.IsZero() && at.Before(now) {
		return at
	}
	return now
}

// Alarm is the signal of the strongest alert that fires for a line, go where none does.
func (l Line) Alarm() release.Aspect {
	out := release.Go
	for _, a := range l.Alerts {
		if k := a.Aspect(); k.Worse(out) {
			out = k
		}
	}
	return out
}

// Aspect is the signal of a line: the worst of its verdict, the alerts that fire and the monitors it rests on, of
// which one that is late is caution. An alert beats a verdict that is not known.
func (l Line) Aspect() release.Aspect {
	out := l.Alarm()
	if l.behind() && release.Caution.Worse(out) {
		out = release.Caution
	}
	switch {
	case l.Dark() && release.Dark.Worse(out):
		return release.Dark
	case l.Verdict == "" || l.Verdict == Unknown && len(l.Alerts) > 0:
		return out
	}
	if a := l.Verdict.Aspect(); a.Worse(out) {
		return a
	}
	return out
}

// Word says in a word what makes the aspect: the verdict, an alert that is worse than it, or that the monitor is late.
// It is "" where a service has no objective and nothing is wrong.
func (l Line) Word() string {
	a := l.Aspect()
	switch {
	case l.Verdict != "" && l.Verdict.Aspect() == a:
		return string(l.Verdict)
	case a == release.Dark:
		return string(Dark)
	case len(l.Alerts) > 0 && l.Alarm() == a:
		return "alert"
	case a == release.Caution:
		return "late"
	}
	return string(l.Verdict)
}

// Sort orders lines: those for which an alert fires or whose burn pages, what stops before what cautions; then those
// that burn, by the shortest time until the budget is gone; then those that are dark, those that are as they should
// be, those of which not enough is known; then the services without an objective, by name.
func Sort(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		if c := cmp.Compare(group(a), group(b)); c != 0 {
			return c
		}
		if c := cmp.Compare(rank(a.Aspect() != release.Stop), rank(b.Aspect() != release.Stop)); c != 0 && group(a) == 0 {
			return c
		}
		if c := cmp.Compare(rank(a.State == nil), rank(b.State == nil)); c != 0 {
			return c
		}
		if a.State != nil {
			if c := cmp.Or(cmp.Compare(left(a), left(b)), cmp.Compare(alarm(a), alarm(b)), cmp.Compare(burn(b), burn(a))); c != 0 {
				return c
			}
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

func group(l Line) int {
	switch {
	case len(l.Alerts) > 0 || l.Verdict == Page:
		return 0
	case l.State == nil:
		return 5
	case l.Verdict == Ticket || l.Verdict == Watch:
		return 1
	case l.Verdict == Dark:
		return 2
	case l.Verdict == Healthy:
		return 3
	}
	return 4
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
