package store_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

const day = 24 * time.Hour

// clock is a domain clock that a test moves.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time      { return time.UnixMicro(c.micros.Load()).UTC() }
func (c *clock) set(t time.Time)     { c.micros.Store(t.UnixMicro()) }
func (c *clock) add(d time.Duration) { c.micros.Add(d.Microseconds()) }

// clocked runs a test on both engines with a clock that begins at an hour.
func clocked(t *testing.T, run func(t *testing.T, s *store.Store, c *clock, raw *sql.DB)) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		c := &clock{}
		c.set(storetest.T0.Truncate(time.Hour))
		o.Now = c.now
		run(t, create(t, o), c, raw)
	})
}

func rate(v float64) *float64 { return &v }

func sample(service, version string, at time.Time, v float64) health.Sample {
	return health.Sample{Service: service, Environment: "production", Version: version, At: at.UTC(), Step: 30 * time.Second, Rate: rate(v), P95: rate(v / 10), N: 1}
}

func put(t testing.TB, s *store.Store, connector string, samples ...health.Sample) {
	t.Helper()
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutSamples(ctx, connector, samples) })
}

func slot(service string) port.Slot { return port.Slot{Service: service, Environment: "production"} }

func read(t testing.TB, s *store.Store, service string, from, to time.Time) (out []health.Sample) {
	t.Helper()
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		out, err = r.Samples(ctx, slot(service), from, to)
		return err
	})
	return out
}

func latest(t testing.TB, s *store.Store, service string, since time.Time) (out []health.Sample) {
	t.Helper()
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		out, err = r.LatestSamples(ctx, slot(service), since)
		return err
	})
	return out
}

func sweep(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Sweep(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// equal compares what was stored with what comes back, to the last bit.
func equal(t interface {
	Helper()
	Fatalf(string, ...any)
}, got, want any) {
	t.Helper()
	if d := gocmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Fatalf("what comes back differs (-want +got):\n%s", d)
	}
}

func count(t testing.TB, raw *sql.DB, query string) (n int) {
	t.Helper()
	if err := raw.QueryRow(query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// TestSamplesRetention: raw for 48 hours, five minutes for 30 days, hours for 13 months.
func TestSamplesRetention(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		base := c.now()
		var all []health.Sample
		for i := range 240 { // two hours, every half minute
			all = append(all, sample("checkout", "v1", base.Add(time.Duration(i+1)*30*time.Second), float64(i)))
		}
		c.add(2 * time.Hour)
		put(t, s, "prometheus", all...)
		end := base.Add(2*time.Hour + 1)
		fives, hours := health.RollUp(all, 5*time.Minute), health.RollUp(health.RollUp(all, 5*time.Minute), time.Hour)
		grains := func() (out [3]int) {
			for i, g := range []int{0, 300, 3600} {
				out[i] = count(t, raw, fmt.Sprintf("SELECT COUNT(*) FROM sample WHERE grain = %d", g))
			}
			return out
		}
		equal(t, read(t, s, "checkout", base, end), all)
		sweep(t, s)
		equal(t, grains(), [3]int{240, 24, 2})
		equal(t, read(t, s, "checkout", base, end), all)

		// Just before and just after the first of them is 48 hours old.
		c.set(base.Add(48*time.Hour - time.Microsecond))
		sweep(t, s)
		equal(t, grains(), [3]int{240, 24, 2})
		c.set(base.Add(48*time.Hour + 5*time.Minute))
		sweep(t, s)
		equal(t, grains(), [3]int{230, 24, 2})
		equal(t, read(t, s, "checkout", base, end), fives)
		equal(t, read(t, s, "checkout", base.Add(5*time.Minute), end), fives) // the one at its beginning is gone
		equal(t, read(t, s, "checkout", base.Add(5*time.Minute+1), end), all[10:])
		equal(t, latest(t, s, "checkout", base), all[239:])

		c.set(base.Add(3 * day))
		sweep(t, s)
		equal(t, grains(), [3]int{0, 24, 2})
		equal(t, read(t, s, "checkout", base, end), fives)
		equal(t, latest(t, s, "checkout", base), fives[23:])
		equal(t, latest(t, s, "checkout", c.now().Add(-time.Hour)), []health.Sample(nil))

		c.set(base.Add(30*day + time.Hour))
		sweep(t, s)
		equal(t, grains(), [3]int{0, 12, 2})
		equal(t, read(t, s, "checkout", base, end), hours)
		equal(t, read(t, s, "checkout", base.Add(time.Hour+time.Second), end), fives[12:])

		c.set(base.Add(32 * day))
		sweep(t, s)
		equal(t, grains(), [3]int{0, 0, 2})
		equal(t, read(t, s, "checkout", base, end), hours)
		equal(t, latest(t, s, "checkout", base), hours[1:])

		c.set(base.AddDate(0, 13, 0))
		sweep(t, s)
		equal(t, grains(), [3]int{0, 0, 2})
		c.set(base.AddDate(0, 13, 0).Add(time.Hour))
		sweep(t, s)
		equal(t, grains(), [3]int{0, 0, 1})
		c.add(time.Hour)
		sweep(t, s)
		equal(t, grains(), [3]int{0, 0, 0})
		equal(t, []int{count(t, raw, "SELECT COUNT(*) FROM sample_series"), count(t, raw, "SELECT COUNT(*) FROM sample_due")}, []int{0, 0})
	})
}

// TestSamplesLate: what comes late goes into the roll-ups for as long as its neighbours are there, and does
// not take the place of all of them afterwards.
func TestSamplesLate(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		base := c.now()
		one, two, three := sample("checkout", "v1", base.Add(time.Minute), 1), sample("checkout", "v1", base.Add(2*time.Minute), 3), sample("checkout", "v1", base.Add(3*time.Minute), 50)
		put(t, s, "prometheus", one)
		c.add(47 * time.Hour)
		sweep(t, s)
		put(t, s, "prometheus", two, one) // late, and a repeat
		month := base.Add(-10 * day)      // a time that is asked about in five minutes
		want := health.RollUp([]health.Sample{one, two}, 5*time.Minute)
		equal(t, read(t, s, "checkout", month, c.now()), want) // before it is rolled up again
		sweep(t, s)
		equal(t, read(t, s, "checkout", month, c.now()), want)
		c.add(2 * time.Hour)
		put(t, s, "prometheus", three) // too late, though the sweep has not come by
		sweep(t, s)
		put(t, s, "prometheus", three, one)
		sweep(t, s)
		equal(t, read(t, s, "checkout", month, c.now()), want)
		if n := count(t, raw, "SELECT COUNT(*) FROM sample WHERE grain = 0"); n != 0 {
			t.Fatalf("%d raw samples are kept after 49 hours", n)
		}
		// Where nothing stands, old samples are taken: by the day, the month and the year, not after 13 months.
		for i, old := range []time.Duration{5 * day, 60 * day, 390 * day, 500 * day} {
			service := fmt.Sprintf("old-%d", i)
			at := c.now().Truncate(time.Hour).Add(-old)
			some := []health.Sample{sample(service, "v1", at.Add(10*time.Minute), 5), sample(service, "v1", at.Add(40*time.Minute), 7)}
			put(t, s, "prometheus", some...)
			before := read(t, s, service, at, c.now())
			sweep(t, s)
			equal(t, read(t, s, service, at, c.now()), before)
			switch i {
			case 0:
				equal(t, before, health.RollUp(some, 5*time.Minute))
			case 1, 2:
				equal(t, before, health.RollUp(some, time.Hour))
			case 3:
				equal(t, before, []health.Sample(nil))
			}
			put(t, s, "prometheus", sample(service, "v1", at.Add(20*time.Minute), 1000)) // its hour stands already
			sweep(t, s)
			if i > 0 {
				equal(t, read(t, s, service, at, c.now()), before)
			}
		}
	})
}

// TestSamplesLateAtTheHorizon: where half of a bucket is too old, all of it is still there to be rolled up
// again with what comes late.
func TestSamplesLateAtTheHorizon(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		base := c.now()
		old := sample("checkout", "v1", base.Add(time.Minute), 1)
		late := sample("checkout", "v1", base.Add(3*time.Minute), 5)
		put(t, s, "prometheus", old)
		c.set(base.Add(48*time.Hour + 2*time.Minute))
		sweep(t, s)
		put(t, s, "prometheus", late)
		sweep(t, s)
		equal(t, read(t, s, "checkout", base, c.now()), health.RollUp([]health.Sample{old, late}, 5*time.Minute))

		// The same with an hour, half of which is older than 30 days.
		hour := base.Add(60 * day)
		c.set(hour.Add(30*day + 30*time.Minute))
		old, late = sample("ledger", "v1", hour.Add(10*time.Minute), 1), sample("ledger", "v1", hour.Add(40*time.Minute), 5)
		put(t, s, "prometheus", old)
		sweep(t, s)
		put(t, s, "prometheus", late)
		sweep(t, s)
		equal(t, read(t, s, "ledger", hour.Add(-day), c.now()), health.RollUp([]health.Sample{old, late}, time.Hour))
	})
}

// TestSamplesChangeOfStep: a roll-up that is written again with another step takes the place of the first.
func TestSamplesChangeOfStep(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		base := c.now()
		fine := sample("checkout", "v1", base.Add(time.Minute), 1)
		coarse := sample("checkout", "v1", base.Add(5*time.Minute), 2)
		coarse.Step = 15 * time.Minute
		c.add(time.Hour)
		put(t, s, "prometheus", fine)
		sweep(t, s)
		put(t, s, "prometheus", coarse)
		sweep(t, s)
		equal(t, read(t, s, "checkout", base.Add(-3*day), c.now()), health.RollUp([]health.Sample{fine, coarse}, 5*time.Minute))
	})
}

// TestSamplesOfTwoMonitors: what two say of one version is not added up, and comes in the order of their
// names whether or not it has been rolled up.
func TestSamplesOfTwoMonitors(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		at := c.now().Add(5 * time.Minute)
		first, second := sample("checkout", "v1", at, 1), sample("checkout", "v1", at, 2)
		c.add(time.Hour)
		put(t, s, "prometheus", first)
		put(t, s, "datadog", second)
		equal(t, read(t, s, "checkout", at, c.now()), []health.Sample{second, first})
		want := append(health.RollUp([]health.Sample{second}, 5*time.Minute), health.RollUp([]health.Sample{first}, 5*time.Minute)...)
		month := c.now().Add(-10 * day)
		equal(t, read(t, s, "checkout", month, c.now()), want)
		sweep(t, s)
		equal(t, read(t, s, "checkout", month, c.now()), want)
		put(t, s, "prometheus", first) // due again
		equal(t, read(t, s, "checkout", month, c.now()), want)
	})
}

// TestSamplesOfManyTransactions: more than one transaction may do, tidied in parts; each part leaves a store
// that answers the same.
func TestSamplesOfManyTransactions(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		base := c.now()
		var all []health.Sample
		for i := range 12000 { // a little over four days
			all = append(all, sample("checkout", "v1", base.Add(time.Duration(i+1)*30*time.Second), float64(i%97)))
		}
		for part := range slices.Chunk(all, 2000) {
			c.set(part[len(part)-1].At)
			put(t, s, "prometheus", part...)
		}
		before := read(t, s, "checkout", base, c.now())
		equal(t, before, whole(health.RollUp(all, 5*time.Minute), c.now()))
		parts := 0
		for more := true; more; parts++ {
			var err error
			if more, err = s.TidyPart(context.Background()); err != nil {
				t.Fatal(err)
			}
			if parts%3 == 0 {
				equal(t, read(t, s, "checkout", base, c.now()), before)
			}
		}
		equal(t, read(t, s, "checkout", base, c.now()), before)
		if parts < 9 {
			t.Fatalf("%d transactions for 1200 five minutes, 100 hours and 6000 old samples", parts)
		}
		if n, want := count(t, raw, "SELECT COUNT(*) FROM sample WHERE grain = 0"), 5760; n < want || n > want+10 {
			t.Fatalf("%d raw samples are kept, want the last 48 hours", n)
		}
	})
}

// whole lists the samples before an instant.
func whole(samples []health.Sample, to time.Time) (out []health.Sample) {
	for _, s := range samples {
		if s.At.Before(to) {
			out = append(out, s)
		}
	}
	return out
}

// TestSamplesAgainstModel: whatever is put, in whatever order, and whenever the store is tidied, what is
// read is what a list of all samples gives by the rule.
func TestSamplesAgainstModel(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		story := 0
		rapid.Check(t, func(rt *rapid.T) {
			story++
			service := fmt.Sprintf("s%d", story)
			c.set(health.BucketEnd(c.now(), time.Hour))
			begin := c.now()
			model := map[string]health.Sample{}
			for range rapid.IntRange(1, 10).Draw(rt, "acts") {
				switch rapid.IntRange(0, 3).Draw(rt, "act") {
				case 0, 1:
					var some []health.Sample
					for range rapid.IntRange(1, 12).Draw(rt, "samples") {
						back := time.Duration(rapid.IntRange(0, 3*3600).Draw(rt, "back")) * time.Second
						at := c.now().Add(-min(back, c.now().Sub(begin)))
						x := sample(service, rapid.SampledFrom([]string{"v1", "v2"}).Draw(rt, "version"), at, float64(rapid.IntRange(0, 1000).Draw(rt, "rate")))
						x.Step = rapid.SampledFrom([]time.Duration{15 * time.Second, time.Minute}).Draw(rt, "step")
						if rapid.Bool().Draw(rt, "errors") {
							x.Errors = rate(rapid.Float64Range(0, 1).Draw(rt, "share"))
						}
						some = append(some, x)
						model[fmt.Sprint(x.Version, x.At, x.Step)] = x
					}
					put(t, s, "prometheus", some...)
				case 2:
					c.add(rapid.SampledFrom([]time.Duration{time.Second, 4 * time.Minute, 50 * time.Minute, 30 * time.Hour, 20 * day}).Draw(rt, "time"))
				case 3:
					sweep(t, s)
				}
				now := c.now()
				for _, ago := range []time.Duration{time.Hour, 3 * day, 90 * day} {
					from := now.Add(-ago)
					equal(rt, read(t, s, service, from, now), expected(model, from, now))
				}
			}
		})
	})
}

// expected is what the list of all samples gives for [from, to) where to is the present.
func expected(model map[string]health.Sample, from, to time.Time) (out []health.Sample) {
	var all []health.Sample
	for _, s := range model {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b health.Sample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Step, b.Step))
	})
	switch age := to.Sub(from); {
	case age > 30*day:
		all = health.RollUp(health.RollUp(all, 5*time.Minute), time.Hour)
	case age > 48*time.Hour:
		all = health.RollUp(all, 5*time.Minute)
	}
	for _, s := range all {
		if !s.At.Before(from) && s.At.Before(to) {
			out = append(out, s)
		}
	}
	return out
}
