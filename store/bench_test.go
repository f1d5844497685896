package store_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/change"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

// decision is a whole decision, as control makes it: the person is looked up, the change and its round are
// read and written, an audit entry and a follow-up go with them.
func decision(ctx context.Context, tx port.Tx, id string, round int) error {
	if _, err := tx.Person(ctx, "a.one"); err != nil {
		return err
	}
	c, err := tx.Change(ctx, id)
	if err != nil {
		return err
	}
	a := change.Ask(c, round, 3, storetest.T0)
	a, err = change.Decide(a, change.Decision{Person: "a.one", Verdict: change.Reject, Reason: change.Reason{Text: "not tested enough"}, At: storetest.T0, Door: access.SSH})
	if err != nil {
		return err
	}
	c.UpdatedAt = storetest.T0
	if err := tx.PutChange(ctx, &c); err != nil {
		return err
	}
	if err := tx.PutApproval(ctx, a); err != nil {
		return err
	}
	if _, err := tx.Append(ctx, entry(id)); err != nil {
		return err
	}
	return tx.AddFollowup(ctx, port.Followup{Kind: "notify", Args: map[string]string{"change": id}, DueAt: storetest.T0, Key: fmt.Sprintf("%s/%d", id, round)})
}

func benchStore(b *testing.B, o store.Options, changes int) *store.Store {
	b.Helper()
	s := create(b, o)
	storetest.Write(b, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.PutPerson(ctx, &access.Person{ID: "a.one", Name: "Ann One"}); err != nil {
			return err
		}
		for i := range changes {
			if err := tx.PutChange(ctx, &change.Change{ID: change.ID(int64(i + 1)), State: change.Requested, Kind: change.Normal, Service: fmt.Sprintf("s%d", i),
				Environment: "production", Version: "v1", Title: "t", CreatedAt: storetest.T0, UpdatedAt: storetest.T0}); err != nil {
				return err
			}
		}
		return nil
	})
	return s
}

// decisions has submitters decide b.N times, and reports the rate and the 99th percentile.
func decisions(b *testing.B, s *store.Store, submitters int) {
	ctx := context.Background()
	var next atomic.Int64
	took := make([][]time.Duration, submitters)
	b.ResetTimer()
	var crowd sync.WaitGroup
	for h := range submitters {
		crowd.Go(func() {
			id := change.ID(int64(h + 1))
			for round := 1; next.Add(1) <= int64(b.N); round++ {
				begun := time.Now()
				if err := s.Write(ctx, func(tx port.Tx) error { return decision(ctx, tx, id, round) }); err != nil {
					b.Error(err)
					return
				}
				took[h] = append(took[h], time.Since(begun))
			}
		})
	}
	crowd.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
	if len(all) > 0 {
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// BenchmarkDecision compares whole, durable decisions: one at a time, and 64 submitters that share commits.
func BenchmarkDecision(b *testing.B) {
	b.Run("sqlite/one at a time", func(b *testing.B) {
		decisions(b, benchStore(b, store.Options{Path: b.TempDir() + "/s.db"}, 1), 1)
	})
	b.Run("sqlite/64 submitters", func(b *testing.B) {
		decisions(b, benchStore(b, store.Options{Path: b.TempDir() + "/s.db"}, 64), 64)
	})
	b.Run("postgres/one at a time", func(b *testing.B) {
		decisions(b, benchStore(b, store.Options{URL: storetest.Postgres(b)}, 1), 1)
	})
	b.Run("postgres/16 submitters", func(b *testing.B) {
		decisions(b, benchStore(b, store.Options{URL: storetest.Postgres(b)}, 16), 16)
	})
}

// BenchmarkCommit is the bare cost of a commit: one row, one at a time and shared.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("sqlite/%d submitters", n), func(b *testing.B) {
			s := create(b, store.Options{Path: b.TempDir() + "/s.db"})
			ctx := context.Background()
			var next atomic.Int64
			b.ResetTimer()
			var crowd sync.WaitGroup
			for range n {
				crowd.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := s.Write(ctx, func(tx port.Tx) error {
							_, err := tx.TakeDelivery(ctx, "github", fmt.Sprint(i), storetest.T0)
							return err
						}); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			crowd.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
		})
	}
}

// BenchmarkRead is a page of 50 changes by keyset out of 20,000, by all cores.
func BenchmarkRead(b *testing.B) {
	s := benchStore(b, store.Options{Path: b.TempDir() + "/s.db"}, 20000)
	b.SetParallelism(runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		ctx := context.Background()
		for pb.Next() {
			if err := s.Read(ctx, func(r port.Reader) error {
				_, err := r.ChangesPage(ctx, port.Page{After: "CHG-10000", Limit: 50})
				return err
			}); err != nil {
				b.Error(err)
			}
		}
	})
}
