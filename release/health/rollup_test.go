package health_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"signalbox/release/health"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func of(v float64) *float64 { return &v }

func at(d time.Duration, s health.Sample) health.Sample {
	s.Service, s.Environment, s.At = "checkout", "production", noon.Add(d)
	if s.Step == 0 {
		s.Step = 30 * time.Second
	}
	return s
}

func TestBucketEnd(t *testing.T) {
	east := time.FixedZone("+05:45", 5*3600+45*60)
	for _, c := range []struct {
		at   time.Time
		step time.Duration
		want time.Time
	}{
		{noon, 5 * time.Minute, noon}, // covers the time before noon
		{noon.Add(1), 5 * time.Minute, noon.Add(5 * time.Minute)},
		{noon.Add(5 * time.Minute), 5 * time.Minute, noon.Add(5 * time.Minute)},
		{noon.Add(-1), time.Hour, noon},
		{noon.In(east), time.Hour, noon}, // aligned in UTC, not in a zone of a quarter hour
		{noon.Add(time.Minute).In(east), time.Hour, noon.Add(time.Hour)},
		{time.UnixMicro(-1).UTC(), time.Hour, time.UnixMicro(0).UTC()},
	} {
		if got := health.BucketEnd(c.at, c.step); !got.Equal(c.want) || got.Location() != time.UTC {
			t.Errorf("%s by %s: %s, want %s", c.at, c.step, got, c.want)
		}
	}
}

func TestRollUp(t *testing.T) {
	five := 5 * time.Minute
	end := func(d time.Duration, s health.Sample) health.Sample {
		if s.Step == 0 {
			s.Step = five
		}
		return at(d, s)
	}
	for _, c := range []struct {
		name string
		in   []health.Sample
		want []health.Sample
	}{
		{"nothing", nil, nil},
		{"half-open: the sample at the boundary is the last of its bucket",
			[]health.Sample{at(five, health.Sample{N: 1}), at(five+1, health.Sample{N: 1}), at(1, health.Sample{N: 1})},
			[]health.Sample{end(five, health.Sample{N: 2}), end(2*five, health.Sample{N: 1})}},
		{"the rate by N",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(10)}), at(2, health.Sample{N: 3, Rate: of(2)}), at(3, health.Sample{N: 9})},
			[]health.Sample{end(five, health.Sample{N: 13, Rate: of(4)})}},
		{"without N one",
			[]health.Sample{at(1, health.Sample{Rate: of(1)}), at(2, health.Sample{Rate: of(3)})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(2)})}},
		{"errors by requests: 1000 requests with 1 % and 10 with all",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(990), Errors: of(0)}), at(2, health.Sample{N: 1, Rate: of(10), Errors: of(1)})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(500), Errors: of(0.01)})}},
		{"errors by N where a rate is missing",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(990), Errors: of(0)}), at(2, health.Sample{N: 1, Errors: of(1)})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(990), Errors: of(0.5)})}},
		{"a rate without errors weighs nothing",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(5)}), at(2, health.Sample{N: 1, Rate: of(5), Errors: of(0.25)})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(5), Errors: of(0.25)})}},
		{"errors of no requests",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(0), Errors: of(0.5)}), at(2, health.Sample{N: 1, Rate: of(0), Errors: of(0)})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(0), Errors: of(0.25)})}},
		{"a maximum never hides a spike; nil stays nil",
			[]health.Sample{at(1, health.Sample{N: 1, P50: of(0.1), P95: of(0.2)}), at(2, health.Sample{N: 1, P95: of(3)}), at(3, health.Sample{N: 1, P95: of(0.3)})},
			[]health.Sample{end(five, health.Sample{N: 3, P50: of(0.1), P95: of(3)})}},
		{"what is no number is not measured",
			[]health.Sample{at(1, health.Sample{N: 1, Rate: of(math.NaN()), P99: of(math.Inf(1))}), at(2, health.Sample{N: 1, Rate: of(7), P99: of(1), Errors: of(math.Inf(-1))})},
			[]health.Sample{end(five, health.Sample{N: 2, Rate: of(7), P99: of(1)})}},
		{"coarser already",
			[]health.Sample{at(7*time.Minute, health.Sample{N: 1, Step: 15 * time.Minute, Rate: of(1)})},
			[]health.Sample{end(2*five, health.Sample{N: 1, Step: 15 * time.Minute, Rate: of(1)})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, health.RollUp(c.in, five), cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-12)); d != "" {
				t.Fatalf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestRollUpLeavesWhatItIsGiven(t *testing.T) {
	in := []health.Sample{at(1, health.Sample{N: 1, P95: of(1)}), at(2, health.Sample{N: 1, P95: of(2)})}
	out := health.RollUp(in, time.Hour)
	*out[0].P95 = 9
	if *in[0].P95 != 1 || *in[1].P95 != 2 {
		t.Fatal("a roll-up shares its values with the samples")
	}
}

func signal(t *rapid.T, top float64, name string) *float64 {
	if rapid.IntRange(0, 3).Draw(t, name+" there") == 0 {
		return nil
	}
	return of(rapid.Float64Range(0, top).Draw(t, name))
}

func samples(t *rapid.T) []health.Sample {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) health.Sample {
		return health.Sample{
			Service: rapid.SampledFrom([]string{"checkout", "ledger"}).Draw(t, "service"), Environment: rapid.SampledFrom([]string{"production", "staging"}).Draw(t, "environment"),
			Version: rapid.SampledFrom([]string{"", "v1", "v2"}).Draw(t, "version"), At: noon.Add(time.Duration(rapid.IntRange(0, 2*3600).Draw(t, "at")) * time.Second),
			Step: 30 * time.Second, N: rapid.IntRange(1, 40).Draw(t, "n"),
			Rate: signal(t, 5000, "rate"), Errors: signal(t, 1, "errors"), P50: signal(t, 10, "p50"), P95: signal(t, 10, "p95"), P99: signal(t, 10, "p99"),
		}
	}), 0, 60).Draw(t, "samples")
}

// brute is the rule in its plainest form: for every bucket of every subject, all samples are gone through.
func brute(in []health.Sample, step time.Duration) (out []health.Sample) {
	for end := noon; !end.After(noon.Add(3 * time.Hour)); end = end.Add(step) {
		for _, service := range []string{"checkout", "ledger"} {
			for _, environment := range []string{"production", "staging"} {
				for _, version := range []string{"", "v1", "v2"} {
					var mine []health.Sample
					for _, s := range in {
						if s.Service == service && s.Environment == environment && s.Version == version && s.At.After(end.Add(-step)) && !s.At.After(end) {
							mine = append(mine, s)
						}
					}
					if len(mine) > 0 {
						b := health.Sample{Service: service, Environment: environment, Version: version, At: end, Step: step}
						bruteSum(&b, mine)
						out = append(out, b)
					}
				}
			}
		}
	}
	return out
}

func bruteSum(b *health.Sample, mine []health.Sample) {
	var rate, rates, requests, failed, failedN, errorsN float64
	all := true
	for _, s := range mine {
		n := float64(s.N)
		b.N += s.N
		if s.Rate != nil {
			rate, rates = rate+*s.Rate*n, rates+n
		}
		if s.Errors != nil {
			failedN, errorsN = failedN+*s.Errors*n, errorsN+n
			if s.Rate == nil {
				all = false
			} else {
				failed, requests = failed+*s.Errors**s.Rate*n, requests+*s.Rate*n
			}
		}
		for _, q := range []struct{ to, from **float64 }{{&b.P50, &s.P50}, {&b.P95, &s.P95}, {&b.P99, &s.P99}} {
			if *q.from != nil && (*q.to == nil || **q.to < **q.from) {
				*q.to = *q.from
			}
		}
	}
	if rates > 0 {
		b.Rate = of(rate / rates)
	}
	switch {
	case all && requests > 0:
		b.Errors = of(failed / requests)
	case errorsN > 0:
		b.Errors = of(failedN / errorsN)
	}
}

var nearly = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-9, 1e-12)}

func TestRollUpAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := samples(t)
		for _, step := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour} {
			if d := cmp.Diff(brute(in, step), health.RollUp(in, step), nearly); d != "" {
				t.Fatalf("by %s (-want +got)\n%s", step, d)
			}
		}
	})
}

// TestRollUpInTwoSteps: hours made of five minutes are the hours made of what was measured, where every
// sample has a rate.
func TestRollUpInTwoSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := samples(t)
		for i := range in {
			in[i].Rate, in[i].Errors = of(1+float64(i)), of(float64(i%7)/7)
		}
		once, twice := health.RollUp(in, time.Hour), health.RollUp(health.RollUp(in, 5*time.Minute), time.Hour)
		if d := cmp.Diff(once, twice, nearly); d != "" {
			t.Fatalf("(-once +twice)\n%s", d)
		}
	})
}

// TestRollUpStaysWithin: no mean lies outside of what it is the mean of.
func TestRollUpStaysWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := samples(t)
		for _, b := range health.RollUp(in, time.Hour) {
			low, high := math.Inf(1), math.Inf(-1)
			for _, s := range in {
				if s.Errors != nil {
					low, high = min(low, *s.Errors), max(high, *s.Errors)
				}
			}
			if b.Errors != nil && (*b.Errors < low-1e-12 || *b.Errors > high+1e-12) {
				t.Fatalf("errors %g outside of [%g, %g]", *b.Errors, low, high)
			}
		}
	})
}
