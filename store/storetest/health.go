package storetest

import (
	"context"
	"math"
	"testing"
	"time"

	"signalbox/release/health"
	"signalbox/release/port"
)

func of(v float64) *float64 { return &v }

// point is a sample of checkout in production.
func point(at time.Time, version string, rate float64) health.Sample {
	return health.Sample{Service: "checkout", Environment: "production", Version: version, At: at, Step: 30 * time.Second, Rate: of(rate), N: 1}
}

var checkout = port.Slot{Service: "checkout", Environment: "production"}

func putSamples(t testing.TB, s port.Store, connector string, samples ...health.Sample) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutSamples(ctx, connector, samples) })
}

func measured(t testing.TB, s port.Store, slot port.Slot, from, to time.Time) (out []health.Sample) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		out, err = r.Samples(ctx, slot, from, to)
		return err
	})
	return out
}

func latest(t testing.TB, s port.Store, slot port.Slot, since time.Time) (out []health.Sample) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		out, err = r.LatestSamples(ctx, slot, since)
		return err
	})
	return out
}

// testSamples tells its story near the present, because a store forgets what was measured long ago.
func testSamples(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	base := time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	full := health.Sample{Service: "checkout", Environment: "production", Version: "v2", At: base.Add(time.Minute), Step: 15 * time.Second,
		Rate: of(1.0 / 3), Errors: of(math.SmallestNonzeroFloat64), P50: of(0), P95: of(math.MaxFloat64), P99: of(0.1), N: 3}
	none := health.Sample{Service: "checkout", Environment: "production", Version: "v1", At: base.Add(time.Minute), Step: 15 * time.Second, N: 1}
	early := point(base, "v1", 5)
	elsewhere := point(base, "v1", 6)
	elsewhere.Environment = "staging"
	putSamples(t, s, "prometheus", full, none, early, elsewhere)
	end := base.Add(time.Hour)
	same(t, measured(t, s, checkout, base, end), []health.Sample{early, none, full})
	same(t, measured(t, s, port.Slot{Service: "checkout", Environment: "staging"}, base, end), []health.Sample{elsewhere})
	same(t, measured(t, s, port.Slot{Service: "checkout"}, base, end), []health.Sample(nil))
	// [from, to)
	same(t, measured(t, s, checkout, base.Add(time.Microsecond), base.Add(time.Minute)), []health.Sample(nil))
	same(t, measured(t, s, checkout, base, base.Add(time.Microsecond)), []health.Sample{early})
	same(t, measured(t, s, checkout, base.Add(time.Minute-time.Nanosecond), base.Add(time.Minute+time.Nanosecond)), []health.Sample{none, full})
	same(t, measured(t, s, checkout, end, base), []health.Sample(nil))
	// A repeat counts once and replaces; another step, instant, version or monitor is another sample.
	full.Rate, full.P50 = of(2), nil
	half := point(full.At, "v2", 1)
	step := full
	step.Step = time.Minute
	putSamples(t, s, "prometheus", half, full, step, none, step, full)
	same(t, measured(t, s, checkout, base, end), []health.Sample{early, none, full, half, step})
	theirs := point(base, "v1", 50)
	putSamples(t, s, "datadog", theirs)
	same(t, measured(t, s, checkout, base, end), []health.Sample{theirs, early, none, full, half, step})
	// No number that is none is stored, and N is at least one.
	odd := health.Sample{Service: "odd", Environment: "production", At: base, Step: time.Second, Rate: of(math.NaN()), Errors: of(math.Inf(1)), P50: of(math.Inf(-1)), P99: of(1)}
	putSamples(t, s, "prometheus", odd)
	odd.Rate, odd.Errors, odd.P50, odd.N = nil, nil, nil, 1
	same(t, measured(t, s, port.Slot{Service: "odd", Environment: "production"}, base, end), []health.Sample{odd})

	same(t, latest(t, s, checkout, base.Add(time.Minute)), []health.Sample{none, full})
	same(t, latest(t, s, checkout, base.Add(time.Minute+1)), []health.Sample(nil))
	// Many at once, some of them twice: the later counts.
	var many []health.Sample
	for i := range 333 {
		p := point(base.Add(time.Duration(i%300)*time.Second), "v1", float64(i))
		p.Service = "many"
		many = append(many, p)
	}
	putSamples(t, s, "prometheus", many...)
	same(t, measured(t, s, port.Slot{Service: "many", Environment: "production"}, base, end), append(many[300:333:333], many[33:300]...))
	newer := point(base.Add(2*time.Minute), "v1", 9)
	putSamples(t, s, "prometheus", newer)
	putSamples(t, s, "datadog", newer)
	same(t, latest(t, s, checkout, base), []health.Sample{newer, full})
}

func testAlerts(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	put := func(a health.Alert) (changed bool) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
			changed, err = tx.PutAlert(ctx, a)
			return err
		})
		return changed
	}
	firing := func(service string) (out []health.Alert) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			out, err = r.Alerts(ctx, service)
			return err
		})
		return out
	}
	burn := health.Alert{Connector: "alertmanager", ID: "f1", Name: "ErrorBudgetBurn", Service: "checkout", Environment: "production", Severity: "page",
		Summary: "burns “fast”", State: health.Firing, StartsAt: T0, URL: "https://a.example", UpdatedAt: T0}
	disk := health.Alert{Connector: "alertmanager", ID: "f2", Name: "DiskFull", State: health.Firing, StartsAt: T0.Add(time.Minute), UpdatedAt: T0.Add(time.Minute)}
	foreign := burn
	foreign.Connector, foreign.Service = "pagerduty", "ledger"
	same(t, []bool{put(burn), put(disk), put(foreign)}, []bool{true, true, true})
	same(t, put(burn), false) // a repeat
	same(t, firing(""), []health.Alert{disk, burn, foreign})
	same(t, firing("checkout"), []health.Alert{burn})
	// A newer word counts, an older one that comes later does not.
	worse := burn
	worse.Severity, worse.UpdatedAt = "critical", T0.Add(2*time.Minute)
	same(t, put(worse), false) // it is stored, and no event: it fires as before
	same(t, put(burn), false)
	same(t, firing("checkout"), []health.Alert{worse})
	over := worse
	over.State, over.EndsAt = health.Resolved, T0.Add(3*time.Minute)
	same(t, []bool{put(over), put(worse)}, []bool{true, false}) // of one instant: it is over
	same(t, firing("checkout"), []health.Alert(nil))
	late := worse
	late.Severity, late.UpdatedAt = "late", T0.Add(time.Minute)
	same(t, put(late), false)
	same(t, firing("checkout"), []health.Alert(nil))
	// It is resolved before anybody said that it fires.
	gone := health.Alert{Connector: "alertmanager", ID: "f3", Name: "Gone", Service: "search", State: health.Resolved, StartsAt: T0, EndsAt: T0.Add(time.Hour), UpdatedAt: T0.Add(time.Hour)}
	same(t, put(gone), true)
	gone.State, gone.EndsAt, gone.UpdatedAt = health.Firing, time.Time{}, T0
	same(t, put(gone), false)
	same(t, firing("search"), []health.Alert(nil))
	// Another beginning is another alert; the one before it has ended though nobody said so.
	anew := disk
	anew.StartsAt, anew.UpdatedAt = T0.Add(time.Hour), T0.Add(time.Hour)
	same(t, put(anew), true)
	same(t, firing(""), []health.Alert{anew, foreign})
	anew.State, anew.EndsAt, anew.UpdatedAt = health.Resolved, T0.Add(2*time.Hour), T0.Add(2*time.Hour)
	same(t, put(anew), true)
	same(t, firing(""), []health.Alert{foreign})
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		return tx.ResolveAlerts(ctx, "alertmanager", T0.Add(3*time.Hour))
	})
	same(t, firing(""), []health.Alert{foreign})
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		return tx.ResolveAlerts(ctx, "pagerduty", T0.Add(3*time.Hour))
	})
	same(t, firing(""), []health.Alert(nil))
}
