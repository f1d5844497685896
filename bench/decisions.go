package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/change"
	"signalbox/release/port"
	"signalbox/store"
)

var instant = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// decide is one whole decision: the person is looked up, the rule asked, the change and its round written, an
// audit entry and a follow-up with them.
func decide(ctx context.Context, tx port.Tx, id string, round int) error {
	if _, err := tx.Person(ctx, "a.one"); err != nil {
		return err
	}
	c, err := tx.Change(ctx, id)
	if err != nil {
		return err
	}
	a, err := change.Decide(change.Ask(c, round, 3, instant), change.Decision{Person: "a.one", Verdict: change.Reject,
		Reason: change.Reason{Text: "not tested enough"}, At: instant, Door: access.SSH})
	if err != nil {
		return err
	}
	c.UpdatedAt = instant
	if err := tx.PutChange(ctx, &c); err != nil {
		return err
	}
	if err := tx.PutApproval(ctx, a); err != nil {
		return err
	}
	if _, err := tx.Append(ctx, audit.Entry{At: instant, Actor: "a.one", Door: access.SSH, Verb: "reject", Subject: id, Outcome: audit.Done}); err != nil {
		return err
	}
	return tx.AddFollowup(ctx, port.Followup{Kind: "notify", Args: map[string]string{"change": id}, DueAt: instant, Key: fmt.Sprintf("%s/%d", id, round)})
}

// decided has submitters decide for a while.
func decided(submitters int, window time.Duration) (rate float64, took []time.Duration, err error) {
	dir, err := os.MkdirTemp("", "signalbox-bench")
	if err != nil {
		return 0, nil, err
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s, err := store.Create(ctx, store.Options{Path: dir + "/s.db"})
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()
	err = s.Write(ctx, func(tx port.Tx) error {
		if err := tx.PutPerson(ctx, &access.Person{ID: "a.one", Name: "Ann One"}); err != nil {
			return err
		}
		for i := range submitters {
			if err := tx.PutChange(ctx, &change.Change{ID: change.ID(int64(i + 1)), State: change.Requested, Kind: change.Normal, Service: fmt.Sprintf("s%d", i),
				Environment: "production", Version: "v1", Title: "t", CreatedAt: instant, UpdatedAt: instant}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	var failed atomic.Pointer[error]
	all := make([][]time.Duration, submitters)
	begun := time.Now()
	var crowd sync.WaitGroup
	for h := range submitters {
		crowd.Go(func() {
			id := change.ID(int64(h + 1))
			for round := 1; time.Since(begun) < window; round++ {
				at := time.Now()
				if err := s.Write(ctx, func(tx port.Tx) error { return decide(ctx, tx, id, round) }); err != nil {
					failed.Store(&err)
					return
				}
				all[h] = append(all[h], time.Since(at))
			}
		})
	}
	crowd.Wait()
	elapsed := time.Since(begun)
	if e := failed.Load(); e != nil {
		return 0, nil, *e
	}
	took = slices.Concat(all...)
	return float64(len(took)) / elapsed.Seconds(), took, nil
}

func decisions(t *table, _ string, e effort) error {
	head("Durable decisions on SQLite, synchronous=FULL: rule, state, audit entry and follow-up")
	alone, slow, err := decided(1, e.window)
	if err != nil {
		return err
	}
	together, took, err := decided(64, e.window)
	if err != nil {
		return err
	}
	t.atLeast("decisions of 64 submitters", together, alone, "/s", "one at a time", 4, true)
	t.bound("p99 of 64 submitters", percentile(took, 99), "ms", 10)
	t.note("p50", percentile(took, 50), "ms", percentile(slow, 50), "one at a time")
	return nil
}
