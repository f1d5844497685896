package health

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// Track is what samples say of one objective over time: stretches of time that do not overlap, each with what
// was asked of the service in it and what of that was bad. It is built once and never changed.
type Track struct {
	stretches []stretch
}

// stretch is the time (from, to], in microseconds of the Unix epoch, with the sums of all before it.
type stretch struct {
	from, to    int64
	weight, bad float64 // what counts, and what of it is bad: requests, or seconds
	events      float64 // requests that were bad
	before      Tally
}

// Tally is what a span of time holds for an objective.
type Tally struct {
	Covered time.Duration // of the span, by samples
	Weight  float64       // requests, or seconds where slices of time are counted
	Bad     float64       // of the weight
	Events  float64       // bad requests
}

func (t Tally) plus(o Tally, share float64) Tally {
	return Tally{t.Covered + time.Duration(float64(o.Covered)*share), t.Weight + o.Weight*share, t.Bad + o.Bad*share, t.Events + o.Events*share}
}

// Ratio is the share that was bad, 0 where nothing was asked for.
func (t Tally) Ratio() float64 {
	if !(t.Weight > 0) {
		return 0
	}
	return min(max(t.Bad/t.Weight, 0), 1)
}

// NewTrack reckons what samples say of an objective. They may come in any order and of several steps, raw and
// rolled up.
//
// A sample stands for the time (At − Step, At]; where two overlap, the later has only what is left. It counts
// only where both the rate and what the indicator looks at were measured: without a rate a budget of requests
// cannot be weighed. Where nothing was asked for nothing could fail: a rate of 0 counts by itself. A roll-up stands for the whole of its time. Of several monitors that tell of one version
// at one instant the first speaks. Versions of one instant are summed by their requests, rate × time; in a
// roll-up a version counts for the part of the time in which it was measured, by its N against the largest.
func NewTrack(o Objective, samples []Sample) Track { return Track{}.And(o, samples) }

// And is the track with what later samples of the same objective say. t stays as it is.
func (t Track) And(o Objective, samples []Sample) Track {
	samples = slices.Clone(samples)
	slices.SortStableFunc(samples, func(a, b Sample) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Version, b.Version)) })
	t.stretches = slices.Clip(t.stretches)
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].At.Equal(samples[0].At) {
			n++
		}
		s, ok := o.stretch(samples[:n])
		samples = samples[n:]
		if !ok {
			continue
		}
		if k := len(t.stretches); k > 0 {
			last := t.stretches[k-1]
			if last.to >= s.to {
				continue
			}
			if s.from < last.to {
				share := float64(s.to-last.to) / float64(s.to-s.from)
				s.from, s.weight, s.bad, s.events = last.to, s.weight*share, s.bad*share, s.events*share
			}
			s.before = last.before.plus(last.whole(), 1)
		}
		t.stretches = append(t.stretches, s)
	}
	return t
}

func (s stretch) whole() Tally {
	return Tally{time.Duration(s.to-s.from) * time.Microsecond, s.weight, s.bad, s.events}
}

// stretch sums the samples of one instant up; false where none of them counts.
func (o Objective) stretch(of []Sample) (stretch, bool) {
	most, step := 1, time.Duration(0)
	for _, s := range of {
		most, step = max(most, s.N), max(step, s.Step)
	}
	var requests, failed float64
	counted := false
	for k, s := range of {
		if k > 0 && of[k-1].Version == s.Version { // another monitor, or another step
			continue
		}
		share, ok := o.bad(s)
		if !measured(s.Rate) || *s.Rate < 0 || !ok && *s.Rate > 0 {
			continue
		}
		counted = true
		part := *s.Rate * step.Seconds() * float64(max(1, s.N)) / float64(most)
		requests, failed = requests+part, failed+part*share
	}
	if !counted || step <= 0 {
		return stretch{}, false
	}
	out := stretch{from: of[0].At.Add(-step).UnixMicro(), to: of[0].At.UnixMicro(), weight: requests, bad: failed, events: failed}
	ratio := 0.0
	if requests > 0 {
		ratio = failed / requests
	}
	switch {
	case o.Method == Timeslices && o.Indicator == Availability:
		out.weight, out.bad = step.Seconds(), 0
		if ratio > 1-o.SliceTarget+1e-12 {
			out.bad = out.weight
		}
	case o.Method != Occurrences:
		out.weight, out.bad = step.Seconds(), ratio*step.Seconds()
	}
	return out, true
}

// Over sums the time (from, to] up. A stretch that lies in it in part counts for that part.
func (t Track) Over(from, to time.Time) Tally {
	if !from.Before(to) {
		return Tally{}
	}
	a, b := t.until(from), t.until(to)
	return Tally{max(0, b.Covered-a.Covered), max(0, b.Weight-a.Weight), max(0, b.Bad-a.Bad), max(0, b.Events-a.Events)}
}

// until sums everything up to an instant.
func (t Track) until(at time.Time) Tally {
	x := at.UnixMicro()
	k := sort.Search(len(t.stretches), func(i int) bool { return t.stretches[i].to > x })
	if k == len(t.stretches) {
		if k == 0 {
			return Tally{}
		}
		last := t.stretches[k-1]
		return last.before.plus(last.whole(), 1)
	}
	s := t.stretches[k]
	if x <= s.from {
		return s.before
	}
	return s.before.plus(s.whole(), float64(x-s.from)/float64(s.to-s.from))
}

// step is how long the newest stretch is.
func (t Track) step() time.Duration {
	if len(t.stretches) == 0 {
		return 0
	}
	s := t.stretches[len(t.stretches)-1]
	return time.Duration(s.to-s.from) * time.Microsecond
}

// Newest is the end of what is known; zero where nothing is.
func (t Track) Newest() time.Time {
	if len(t.stretches) == 0 {
		return time.Time{}
	}
	return time.UnixMicro(t.stretches[len(t.stretches)-1].to).UTC()
}
