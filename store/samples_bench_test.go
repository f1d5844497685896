package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

func benchEngines(b *testing.B, run func(b *testing.B, o store.Options)) {
	b.Run("sqlite", func(b *testing.B) { run(b, store.Options{Path: b.TempDir() + "/s.db"}) })
	b.Run("postgres", func(b *testing.B) { run(b, store.Options{URL: storetest.Postgres(b)}) })
}

// BenchmarkPutSamples is one reading of a monitor: 200 services, each with one version.
func BenchmarkPutSamples(b *testing.B) {
	benchEngines(b, func(b *testing.B, o store.Options) {
		c := &clock{}
		c.set(storetest.T0)
		o.Now = c.now
		s := create(b, o)
		for b.Loop() {
			c.add(30 * time.Second)
			var some []health.Sample
			for i := range 200 {
				some = append(some, sample(fmt.Sprintf("service-%d", i), "v1", c.now(), 1))
			}
			put(b, s, "prometheus", some...)
		}
		b.ReportMetric(200*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
	})
}

// twoDays holds 48 hours of one service with two versions, every 30 seconds, not yet tidied.
func twoDays(b *testing.B, o store.Options) (*store.Store, *clock) {
	c := &clock{}
	c.set(storetest.T0.Truncate(time.Hour))
	o.Now = c.now
	s := create(b, o)
	for range 48 {
		var some []health.Sample
		for range 120 {
			c.add(30 * time.Second)
			some = append(some, sample("checkout", "v1", c.now(), 1), sample("checkout", "v2", c.now(), 2))
		}
		put(b, s, "prometheus", some...)
	}
	return s, c
}

// BenchmarkSamples reads one service: the last six hours raw, a week in five minutes, and the newest.
func BenchmarkSamples(b *testing.B) {
	benchEngines(b, func(b *testing.B, o store.Options) {
		s, c := twoDays(b, o)
		begun := time.Now()
		sweep(b, s)
		tidied := time.Since(begun)
		for _, q := range []struct {
			name string
			ask  func() int
		}{
			{"six hours raw", func() int { return len(read(b, s, "checkout", c.now().Add(-6*time.Hour), c.now())) }},
			{"a week", func() int { return len(read(b, s, "checkout", c.now().Add(-7*day), c.now())) }},
			{"latest", func() int { return len(latest(b, s, "checkout", c.now().Add(-5*time.Minute))) }},
		} {
			b.Run(q.name, func(b *testing.B) {
				n := 0
				for b.Loop() {
					n = q.ask()
				}
				b.ReportMetric(float64(n), "samples")
			})
		}
		b.Logf("11,520 samples tidied in %s", tidied.Round(time.Millisecond))
	})
}

// BenchmarkPutExchange writes a line to a log that is full.
func BenchmarkPutExchange(b *testing.B) {
	benchEngines(b, func(b *testing.B, o store.Options) {
		s, n := create(b, o), 0
		for b.Loop() {
			storetest.Write(b, s, func(ctx context.Context, tx port.Tx) error {
				for range 500 {
					n++
					if err := tx.PutExchange(ctx, "github", feed.Exchange{At: storetest.T0.Add(time.Duration(n) * time.Second), Sign: feed.Good, Text: "200 OK"}); err != nil {
						return err
					}
				}
				return nil
			})
		}
		b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	})
}
