package control_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

// BenchmarkRollouts builds the list of a day on which 100 rollouts are under way, each with two versions
// measured every 15 seconds for half an hour, and 300 ended; and one page.
func BenchmarkRollouts(b *testing.B) {
	h := open(b)
	ctx := context.Background()
	err := h.store.Write(ctx, func(tx port.Tx) error {
		for n := range 400 {
			o := rollout.Observed{ID: rollout.ID(int64(n + 1)), Connector: "github", ExternalID: fmt.Sprint(n), Service: fmt.Sprintf("svc-%d", n%100), Environment: "staging", Version: "1.1",
				Digest: release.Digest(fmt.Sprintf("sha256:%064x", n)), State: rollout.Success, StartedAt: h.now().Add(-time.Duration(400-n) * time.Second), UpdatedAt: h.now()}
			if n >= 300 {
				o.State = rollout.InProgress
			}
			if err := tx.PutRollout(ctx, o); err != nil {
				return err
			}
		}
		for n := range 100 {
			var samples []health.Sample
			for k := range 240 {
				samples = append(samples, health.Sample{Service: fmt.Sprintf("svc-%d", n), Environment: "staging", Version: []string{"1.0", "1.1"}[k%2], At: h.now().Add(-time.Duration(k/2) * 15 * time.Second),
					Step: 15 * time.Second, Rate: number(40), Errors: number(0.01), P50: number(0.04), P95: number(0.2), P99: number(0.4), N: 1})
			}
			if err := tx.PutSamples(ctx, "prom", samples); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			h.Hub.Publish(port.Health)
			l, err := h.Rollouts(ctx)
			if err != nil || len(l.Moving) != 100 || len(l.Done) != 300 {
				b.Fatal(len(l.Moving), len(l.Done), err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			h.Hub.Publish(port.Health)
			if s, err := h.Rollout(ctx, "RO-400"); err != nil || len(s.Series) == 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("shared", func(b *testing.B) {
		for b.Loop() {
			if _, err := h.Rollouts(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
}
