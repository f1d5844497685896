package health_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release"
	"signalbox/release/health"
)

const day = 24 * time.Hour

func objective(target float64, window time.Duration) health.Objective {
	return health.Objective{ID: "availability", Service: "checkout", Environment: "production", Target: target, Window: window,
		Indicator: health.Availability, Method: health.Occurrences}
}

// steady are samples of one version that end at noon and cover a time, with one error ratio.
func steady(length, step time.Duration, rate, errors float64) []health.Sample {
	var out []health.Sample
	for d := -length + step; d <= 0; d += step {
		out = append(out, at(d, health.Sample{Step: step, Rate: of(rate), Errors: of(errors), N: 1}))
	}
	return out
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(b)) }

// TestThresholds holds the table of DEFINITIONS B8.
func TestThresholds(t *testing.T) {
	for k, want := range []struct {
		verdict     health.Verdict
		long, short time.Duration
		of30, of28  float64
	}{
		{health.Page, time.Hour, 5 * time.Minute, 14.4, 13.44}, {health.Ticket, 6 * time.Hour, 30 * time.Minute, 6, 5.6},
		{health.Ticket, day, 2 * time.Hour, 3, 2.8}, {health.Ticket, 3 * day, 6 * time.Hour, 1, 0.9333333333},
	} {
		p := health.Pairs[k]
		if p.Verdict != want.verdict || p.Long != want.long || p.Short != want.short || !near(p.Threshold(30*day), want.of30) || !near(p.Threshold(28*day), want.of28) {
			t.Errorf("pair %d is %+v: %g over 30d, %g over 28d", k, p, p.Threshold(30*day), p.Threshold(28*day))
		}
		if !p.Applies(30*day) || !p.Applies(28*day) {
			t.Errorf("pair %d is left out", k)
		}
	}
	if health.Pairs[3].Applies(7 * day) {
		t.Error("over 7d a burn of 0.23, which the objective allows, would be a ticket")
	}
}

// TestBudgetMinutes: the minutes of a whole outage that spend the budget of 28 days (DEFINITIONS B8).
func TestBudgetMinutes(t *testing.T) {
	for target, minutes := range map[float64]float64{0.99: 403.2, 0.995: 201.6, 0.999: 40.32, 0.9995: 20.16, 0.9999: 4.032} {
		o := objective(target, 28*day)
		if got := o.Budget() * o.Window.Minutes(); !near(got, minutes) {
			t.Errorf("%g: %g minutes, want %g", target, got, minutes)
		}
		samples := steady(28*day, time.Hour, 10, 0)
		for k := range samples { // spread so that whole hours hold them
			samples[k].Errors = of(minutes / o.Window.Minutes())
		}
		if s := health.Judge(o, health.NewTrack(o, samples), noon); s.Left == nil || math.Abs(*s.Left) > 1e-6 {
			t.Errorf("%g: left %v after %g minutes", target, s.Left, minutes)
		}
	}
}

// TestOutageTrips: a whole outage at 99.9 % is over 14.4 of the hour after 0.864 minutes of it.
func TestOutageTrips(t *testing.T) {
	o := objective(0.999, 30*day)
	outage := func(seconds int) health.Rate {
		samples := steady(time.Hour, time.Second, 100, 0)
		for k := range seconds {
			samples[len(samples)-1-k].Errors = of(1)
		}
		return health.NewTrack(o, samples).Burn(o, noon, time.Hour)
	}
	if before, after := outage(51), outage(52); before.Burn > 14.4 || after.Burn <= 14.4 {
		t.Errorf("51 s burn %g, 52 s burn %g", before.Burn, after.Burn)
	}
}

func TestJudge(t *testing.T) {
	o := objective(0.999, 30*day)
	// bad gives the last part of a month of samples another ratio.
	with := func(length time.Duration, ratio float64, rate float64) []health.Sample {
		samples := append(steady(30*day, time.Hour, rate, 0), steady(3*day, 5*time.Minute, rate, 0)...)
		var out []health.Sample
		for _, s := range samples {
			if s.Step == time.Hour && s.At.After(noon.Add(-3*day)) {
				continue
			}
			if s.At.After(noon.Add(-length)) {
				s.Errors = of(ratio)
			}
			out = append(out, s)
		}
		return out
	}
	for _, c := range []struct {
		name    string
		samples []health.Sample
		verdict health.Verdict
		why     string
	}{
		{"nothing bad", with(0, 0, 50), health.Healthy, "within the objective"},
		{"a page", with(time.Hour, 0.02, 50), health.Page, "burn 20.0x on 1h and 20.0x on 5m, both above 14.4x"},
		{"just not a page, a ticket", with(6*time.Hour, 0.0143, 50), health.Ticket, "burn 14.3x on 6h and 14.3x on 30m, both above 6.0x"},
		{"slow", with(day, 0.0031, 50), health.Ticket, "burn 3.1x on 24h and 3.1x on 2h, both above 3.0x"},
		{"slower", with(3*day, 0.0012, 50), health.Ticket, "burn 1.2x on 3d and 1.2x on 6h, both above 1.0x"},
		{"faster than allowed, for an hour", with(time.Hour, 0.002, 50), health.Watch, "burn 2.0x on 1h: faster than the objective allows"},
		{"so few requests that ten did not fail", with(time.Hour, 0.02, 0.01), health.Watch, "burn 20.0x on 1h: faster than the objective allows"},
		{"no requests at all", with(0, 0, 0), health.Healthy, "within the objective"},
		{"no samples", nil, health.Unknown, "samples cover 0% of 1h, 50% are needed"},
		{"a day of a month", steady(day, 5*time.Minute, 50, 0), health.Unknown, "samples cover 3% of 30d, 50% are needed"},
		{"a day of a month, and it burns", with(time.Hour, 0.02, 50)[30*24-72+12*24*2:], health.Page, "burn 20.0x on 1h and 20.0x on 5m, both above 14.4x"},
		{"silent for ten minutes", with(0, 0, 50)[:30*24-72+12*72-2], health.Healthy, "within the objective"},
		{"a page, seen between two samples", with(time.Hour, 0.02, 50)[:30*24-72+12*72-1], health.Page, "burn 18.3x on 1h and 20.0x on 5m, both above 14.4x"},
		{"silent for an hour", with(0, 0, 50)[:30*24-72+12*72-12], health.Unknown, "samples cover 0% of 1h, 50% are needed"},
	} {
		s := health.Judge(o, health.NewTrack(o, c.samples), noon)
		if s.Verdict != c.verdict || s.Why != c.why {
			t.Errorf("%s: %s, %q; want %s, %q", c.name, s.Verdict, s.Why, c.verdict, c.why)
		}
	}
}

func TestSpentBudgetIsNeverGo(t *testing.T) {
	o := objective(0.999, 30*day)
	samples := steady(30*day, time.Hour, 50, 0)
	for k := range 36 { // 36 h at 20 times the budget, long ago
		samples[k].Errors = of(0.02 + 0.0001)
	}
	s := health.Judge(o, health.NewTrack(o, samples), noon)
	if s.Left == nil || *s.Left > 0 || s.Verdict != health.Watch || s.Why != "the error budget is spent" || s.Gone == nil && s.Rate(time.Hour).Burn > 0 {
		t.Errorf("%+v", s)
	}
}

// TestGone holds the figures of the screen's frame: 18 % at 15.1x is 8h35m, 61 % at 2.1x 8d17h, 70 % at 1.4x 15d.
func TestGone(t *testing.T) {
	for _, c := range []struct {
		left, burn float64
		want       string
	}{{0.18, 15.1, "8h34m"}, {0.61, 2.1, "8d"}, {0.70, 1.4, "15d"}} {
		o := objective(0.999, 30*day)
		samples := steady(30*day, time.Hour, 50, 0)
		rest := (1 - c.left) * 720 * 0.001
		for k := range samples {
			samples[k].Errors = of((rest - c.burn*0.001) / 719)
		}
		samples[len(samples)-1].Errors = of(c.burn * 0.001)
		s := health.Judge(o, health.NewTrack(o, samples), noon)
		if s.Gone == nil || !near(*s.Left, c.left) || release.Span(*s.Gone+time.Second) != c.want && release.Span(*s.Gone) != c.want {
			t.Errorf("%g at %gx: %v left, gone in %v", c.left, c.burn, *s.Left, s.Gone)
		}
	}
}

func TestMethods(t *testing.T) {
	slow := func(p99 float64) health.Sample {
		return at(0, health.Sample{Step: time.Hour, Rate: of(10), P99: of(p99), N: 1})
	}
	sum := func(o health.Objective, samples ...health.Sample) health.Tally {
		return health.NewTrack(o, samples).Over(noon.Add(-time.Hour), noon)
	}
	one := func(version string, n int, rate, errors float64) health.Sample {
		return at(0, health.Sample{Version: version, Step: time.Hour, Rate: of(rate), Errors: of(errors), N: n})
	}
	occ, slices, ratio, latency := objective(0.99, 30*day), objective(0.99, 30*day), objective(0.99, 30*day), objective(0.99, 30*day)
	slices.Method, slices.SliceTarget = health.Timeslices, 0.95
	ratio.Method = health.RatioTimeslices
	latency.Indicator, latency.Method, latency.SliceTarget, latency.Threshold = health.Latency, health.Timeslices, 0.99, 0.5
	for _, c := range []struct {
		name        string
		got         health.Tally
		weight, bad float64
	}{
		{"requests of two versions", sum(occ, one("a", 1, 9, 0), one("b", 1, 1, 0.5)), 36000, 1800},
		{"a version that was there for a quarter", sum(occ, one("a", 4, 9, 0), one("b", 1, 4, 0.5)), 9*3600 + 3600, 1800},
		{"the first of two monitors", sum(occ, one("a", 1, 9, 0), one("a", 1, 9, 1)), 9 * 3600, 0},
		{"a slice that is good", sum(slices, one("a", 1, 9, 0.05)), 3600, 0},
		{"a slice that is bad", sum(slices, one("a", 1, 9, 0.06)), 3600, 3600},
		{"a ratio of slices", sum(ratio, one("a", 1, 9, 0.06)), 3600, 216},
		{"fast enough", sum(latency, slow(0.5)), 3600, 0},
		{"too slow", sum(latency, slow(0.6)), 3600, 3600},
		{"without a rate", sum(occ, at(0, health.Sample{Step: time.Hour, Errors: of(1)})), 0, 0},
		{"nothing was asked for", sum(occ, at(0, health.Sample{Step: time.Hour, Rate: of(0)}), one("a", 1, 0, 0.5)), 0, 0},
		{"without errors", sum(occ, at(0, health.Sample{Step: time.Hour, Rate: of(1)})), 0, 0},
		{"without the quantile", sum(latency, at(0, health.Sample{Step: time.Hour, Rate: of(1), P95: of(1)})), 0, 0},
	} {
		if !near(c.got.Weight, c.weight) || !near(c.got.Bad, c.bad) || (c.got.Covered > 0) != (c.weight > 0 || c.name == "nothing was asked for") {
			t.Errorf("%s: %+v, want %g of %g", c.name, c.got, c.bad, c.weight)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*health.Objective)
		ok   bool
	}{
		{"as it is", func(*health.Objective) {}, true},
		{"all of it", func(o *health.Objective) { o.Target = 1 }, false},
		{"none of it", func(o *health.Objective) { o.Target = 0 }, false},
		{"no number", func(o *health.Objective) { o.Target = math.NaN() }, false},
		{"an hour", func(o *health.Objective) { o.Window = time.Hour }, false},
		{"two years", func(o *health.Objective) { o.Window = 730 * day }, false},
		{"slices without a target", func(o *health.Objective) { o.Method = health.Timeslices }, false},
		{"another method", func(o *health.Objective) { o.Method = "Guess" }, false},
		{"latency by requests", func(o *health.Objective) { o.Indicator, o.Threshold = health.Latency, 1 }, false},
		{"latency of p90", func(o *health.Objective) {
			o.Indicator, o.Threshold, o.Method, o.SliceTarget = health.Latency, 1, health.Timeslices, 0.9
		}, false},
		{"latency of p95", func(o *health.Objective) {
			o.Indicator, o.Threshold, o.Method, o.SliceTarget = health.Latency, 1, health.Timeslices, 0.95
		}, true},
		{"latency without a limit", func(o *health.Objective) {
			o.Indicator, o.Method, o.SliceTarget = health.Latency, health.Timeslices, 0.95
		}, false},
	} {
		o := objective(0.999, 30*day)
		c.set(&o)
		if err := o.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestRulesOfBurn: burn rises with errors and never falls; the budget is at most whole; what burns exactly at
// the objective burns at 1; a verdict is go only where everything is covered.
func TestRulesOfBurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := objective(rapid.SampledFrom([]float64{0.9, 0.99, 0.999, 0.9999}).Draw(t, "target"), time.Duration(rapid.IntRange(1, 60).Draw(t, "days"))*day)
		in := samples(t)
		before := health.NewTrack(o, in)
		worse := append([]health.Sample(nil), in...)
		for k := range worse {
			if worse[k].Errors != nil {
				worse[k].Errors = of(min(1, *worse[k].Errors+rapid.Float64Range(0, 1).Draw(t, "more")))
			}
		}
		after := health.NewTrack(o, worse)
		until := noon.Add(2 * time.Hour)
		for _, d := range append(health.Spans, o.Window) {
			a, b := before.Burn(o, until, d), after.Burn(o, until, d)
			if a.Known != b.Known || b.Burn < a.Burn-1e-6*max(1, a.Burn) {
				t.Fatalf("%s: more errors burn %v instead of %v", d, b, a)
			}
			if a.Coverage < 0 || a.Coverage > 1+1e-9 || a.Burn < 0 || a.Burn > 1/o.Budget()+1e-6 {
				t.Fatalf("%s: %+v", d, a)
			}
		}
		s := health.Judge(o, before, until)
		if s.Left != nil && !(*s.Left <= 1) {
			t.Fatalf("%g of the budget is left", *s.Left)
		}
		if s.Verdict == health.Healthy && (s.Left == nil || !s.Rate(time.Hour).Known || !s.Rate(6*time.Hour).Known) {
			t.Fatalf("unknown is go: %+v", s)
		}
		exact := append([]health.Sample(nil), in...)
		for k := range exact {
			exact[k].Errors, exact[k].Rate = of(o.Budget()), of(1+float64(k))
		}
		for _, d := range health.Spans {
			if r := health.NewTrack(o, exact).Burn(o, until, d); r.Known && !near(r.Burn, 1) {
				t.Fatalf("%s: exactly the objective burns %g", d, r.Burn)
			}
		}
	})
}

// TestTrackAgainstSeconds: a track holds what counting second by second holds.
func TestTrackAgainstSeconds(t *testing.T) {
	o := objective(0.99, 30*day)
	rapid.Check(t, func(t *rapid.T) {
		var in []health.Sample
		for k := range rapid.IntRange(0, 8).Draw(t, "n") {
			step := time.Duration(rapid.SampledFrom([]int{10, 30, 60}).Draw(t, "step")) * time.Second
			in = append(in, at(time.Duration(rapid.IntRange(0, 40).Draw(t, "at"))*10*time.Second+time.Duration(k)*time.Hour, health.Sample{Step: step,
				Rate: of(float64(rapid.IntRange(0, 9).Draw(t, "rate"))), Errors: of(rapid.Float64Range(0, 1).Draw(t, "errors")), N: 1}))
		}
		from := noon.Add(time.Duration(rapid.IntRange(-100, 30000).Draw(t, "from")) * time.Second)
		to := from.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "for")) * time.Second)
		var want health.Tally
		for s := from; s.Before(to); s = s.Add(time.Second) {
			for _, x := range in {
				if !s.Before(x.At.Add(-x.Step)) && s.Before(x.At) {
					want.Covered += time.Second
					want.Weight += *x.Rate
					want.Bad += *x.Rate * *x.Errors
					break
				}
			}
		}
		got := health.NewTrack(o, in).Over(from, to)
		if got.Covered.Round(time.Millisecond) != want.Covered || !near(got.Weight, want.Weight) || !near(got.Bad, want.Bad) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}
