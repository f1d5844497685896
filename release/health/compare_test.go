package health_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"signalbox/release/health"
)

// The vectors of DEFINITIONS B6.
func TestProportions(t *testing.T) {
	for _, c := range []struct{ y1, n1, y2, n2, z float64 }{{12, 1000, 50, 10000, 2.819}, {8, 1000, 50, 10000, 1.249}, {0, 50, 0, 50, 0}, {50, 50, 50, 50, 0}} {
		if z := health.PooledZ(c.y1, c.n1, c.y2, c.n2); math.Abs(z-c.z) > 0.0005 {
			t.Errorf("%v of %v against %v of %v: z %.4f, want %.3f", c.y1, c.n1, c.y2, c.n2, z, c.z)
		}
	}
	for _, c := range []struct{ y1, n1, y2, n2, p float64 }{{3, 40, 2, 400, 0.00615}, {0, 40, 2, 400, 1}, {40, 40, 0, 1, 1. / 41}} {
		if p := health.Fisher(c.y1, c.n1, c.y2, c.n2); math.Abs(p-c.p) > 0.000005 {
			t.Errorf("%v of %v against %v of %v: p %.6f, want %.5f", c.y1, c.n1, c.y2, c.n2, p, c.p)
		}
	}
}

func version(v string, ago time.Duration, rate, errors, p99 float64) health.Sample {
	return at(-ago, health.Sample{Version: v, N: 1, Rate: of(rate), Errors: of(errors), P99: of(p99)})
}

func TestCompare(t *testing.T) {
	var busy, few []health.Sample
	for n := range 12 { // six minutes, of which five count
		ago := time.Duration(n) * 30 * time.Second
		busy = append(busy, version("1.0", ago, 90, 0.002, 0.4), version("1.1", ago, 10, 0.02, 0.44))
		few = append(few, version("1.0", ago, 90, 0.002, 0.4), version("1.1", ago, 0.05, 0.5, 0.44))
	}
	c := health.Compare(busy, "1.0", "1.1", noon)
	if d := c.Of(health.ErrorRatio); d.Finding != health.Worse || math.Abs(*d.Delta-0.018) > 1e-9 || d.Z == nil || *d.Z < 15 {
		t.Errorf("errors: %+v", d)
	}
	if d := c.Of(health.P99); d.Finding != health.NotJudged || math.Abs(*d.Delta-0.1) > 1e-9 || d.Z != nil {
		t.Errorf("p99: %+v", d)
	}
	if d := c.Of(health.P50); d.Base != nil || d.Delta != nil || d.Finding != health.NotJudged {
		t.Errorf("a signal that nobody measured: %+v", d)
	}
	if math.Abs(c.New.Requests-3000) > 1e-9 || math.Abs(c.Base.Requests-27_000) > 1e-6 || math.Abs(c.New.Failed-60) > 1e-9 {
		t.Errorf("counts: %v of %v, base %v", c.New.Failed, c.New.Requests, c.Base.Requests)
	}
	if d := health.Compare(few, "1.0", "1.1", noon).Of(health.ErrorRatio); d.Finding != health.TooFew || d.Z != nil || d.P != nil {
		t.Errorf("15 requests: %+v", d)
	}
	if d := health.Compare(busy, "1.1", "1.0", noon).Of(health.ErrorRatio); d.Finding != health.NoWorse {
		t.Errorf("one that is better: %+v", d)
	}
	if d := health.Compare(busy, "", "1.1", noon).Of(health.ErrorRatio); d.Finding != health.NotJudged || d.New == nil {
		t.Errorf("without a version before: %+v", d)
	}
	if d := health.Compare(append(busy, busy...), "1.0", "1.1", noon); d.New.Requests != c.New.Requests {
		t.Error("a sample told twice counts twice")
	}
}

// A version that does exactly as the other is never found to be worse, and one that is found so fails more.
func TestCompareNeverBlamesTheBetter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0, 1)
		rate := rapid.OneOf(rapid.Float64Range(0, 1e5), rapid.Float64Range(0, math.MaxFloat64))
		a := version("a", 0, rate.Draw(t, "rate a"), share.Draw(t, "errors a"), 1)
		b := version("b", 0, rate.Draw(t, "rate b"), share.Draw(t, "errors b"), 1)
		c := health.Compare([]health.Sample{a, b}, "a", "b", noon)
		if _, err := json.Marshal(c); err != nil {
			t.Fatal(err)
		}
		d := c.Of(health.ErrorRatio)
		if d.Finding == health.Worse && *b.Errors <= *a.Errors && math.Abs(*b.Errors-*a.Errors) > 1e-3 {
			t.Fatalf("%v is worse than %v: %+v", *b.Errors, *a.Errors, d)
		}
		if d.P != nil && (*d.P < 0 || *d.P > 1 || math.IsNaN(*d.P)) || d.Z != nil && math.IsNaN(*d.Z) {
			t.Fatalf("%+v", d)
		}
	})
}

func TestShare(t *testing.T) {
	gone := version("0.9", 10*time.Minute, 500, 0, 1)
	silent := health.Sample{Version: "1.2", At: noon, Step: 30 * time.Second}
	for _, c := range []struct {
		name, version string
		latest        []health.Sample
		want          float64 // −1: unknown
	}{
		{"rate by rate", "1.1", []health.Sample{version("1.0", 0, 90, 0, 1), version("1.1", 0, 10, 0, 1)}, 0.1},
		{"one step late still counts", "1.1", []health.Sample{version("1.0", 0, 30, 0, 1), version("1.1", 30*time.Second, 10, 0, 1)}, 0.25},
		{"what has gone does not", "1.1", []health.Sample{gone, version("1.1", 0, 10, 0, 1)}, 1},
		{"one that has gone has no share", "0.9", []health.Sample{gone, version("1.1", 0, 10, 0, 1)}, -1},
		{"one that nobody measured", "1.3", []health.Sample{version("1.0", 0, 90, 0, 1)}, -1},
		{"without a rate", "1.2", []health.Sample{version("1.0", 0, 90, 0, 1), silent}, -1},
		{"no traffic at all", "1.0", []health.Sample{version("1.0", 0, 0, 0, 1)}, -1},
		{"measured and without traffic", "1.1", []health.Sample{version("1.0", 0, 9, 0, 1), version("1.1", 0, 0, 0, 1)}, 0},
		{"nothing", "1.0", nil, -1},
	} {
		part, _ := health.Share(c.latest, c.version)
		if part == nil && c.want >= 0 || part != nil && math.Abs(*part-c.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", c.name, part, c.want)
		}
	}
}
