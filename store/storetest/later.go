package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

func addWork(t testing.TB, s port.Store, fs ...port.Followup) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, f := range fs {
			if err := tx.AddFollowup(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func testFollowups(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addWork(t, s,
		port.Followup{Kind: "expire", Args: map[string]string{"change": "CHG-1"}, DueAt: T0.Add(time.Hour), Key: "expire/CHG-1/1"},
		port.Followup{Kind: "remind", DueAt: T0}, port.Followup{Kind: "remind", DueAt: T0.Add(time.Minute)},
		port.Followup{Kind: "expire", DueAt: T0.Add(-time.Hour), Key: "expire/CHG-1/1"}, // there already: left alone
	)
	due := func(at time.Time, limit int) (out []port.Followup) {
		Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
			out, err = tx.DueFollowups(ctx, []string{"remind", "expire", "none"}, at, limit)
			return err
		})
		return out
	}
	same(t, len(due(T0.Add(-1*time.Microsecond), 10)), 0)
	same(t, len(due(T0, 10)), 1)
	same(t, len(due(T0.Add(time.Hour), 2)), 2)
	all := due(T0.Add(time.Hour), 10)
	same(t, len(all), 3)
	last := all[2]
	last.ID = 0
	same(t, last, port.Followup{Kind: "expire", Args: map[string]string{"change": "CHG-1"}, DueAt: T0.Add(time.Hour), Key: "expire/CHG-1/1"})
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.EndFollowup(ctx, all[0].ID, T0, "sent") })
	same(t, len(due(T0.Add(time.Hour), 10)), 2)
	ctx := context.Background()
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.EndFollowup(ctx, all[0].ID, T0, "again") }), release.NotFound)
	// Its key stays taken: the same work is not done twice.
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.EndFollowup(ctx, all[2].ID, T0, "expired") })
	addWork(t, s, port.Followup{Kind: "expire", DueAt: T0, Key: "expire/CHG-1/1"})
	same(t, len(due(T0.Add(time.Hour), 10)), 1)
}

func testFollowupKinds(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addWork(t, s, port.Followup{Kind: "send", DueAt: T0, Key: "send/1"}, port.Followup{Kind: "expire", DueAt: T0, Key: "expire/1"},
		port.Followup{Kind: "send", DueAt: T0.Add(-time.Minute), Key: "send/0"}, port.Followup{Kind: "send", DueAt: T0.Add(time.Minute), Key: "send/2"})
	due := func(at time.Time, limit int, kinds ...string) (keys []string) {
		Write(t, s, func(ctx context.Context, tx port.Tx) error {
			fs, err := tx.DueFollowups(ctx, kinds, at, limit)
			for _, f := range fs {
				keys = append(keys, f.Key)
			}
			return err
		})
		return keys
	}
	of := func(kind string, at time.Time, limit int) (fs []port.Followup) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			fs, err = r.FollowupsOf(ctx, kind, at, limit)
			return err
		})
		return fs
	}
	same(t, due(T0, 10, "send"), []string{"send/0", "send/1"})
	same(t, due(T0, 1, "send", "expire", "remind"), []string{"send/0"})
	same(t, due(T0, 10, "send", "expire", "remind"), []string{"send/0", "send/1", "expire/1"})
	same(t, due(T0, 10), []string(nil))
	same(t, len(of("send", T0.Add(time.Minute), 10)), 3)
	same(t, of("send", T0, 1), []port.Followup{{ID: 3, Kind: "send", Args: map[string]string{}, DueAt: T0.Add(-time.Minute), Key: "send/0"}})
	// Deferred, it is due later and still the same work.
	ctx := context.Background()
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.DeferFollowup(ctx, 3, T0.Add(time.Hour)) })
	same(t, due(T0, 10, "send"), []string{"send/1"})
	same(t, due(T0.Add(time.Hour), 10, "send"), []string{"send/1", "send/2", "send/0"})
	// Ended by its key, once; what is over can be neither deferred nor ended.
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, key := range []string{"send/0", "send/0", "never/0"} {
			if err := tx.EndFollowupKey(ctx, key, T0, "sent"); err != nil {
				return err
			}
		}
		return nil
	})
	same(t, due(T0.Add(time.Hour), 10, "send"), []string{"send/1", "send/2"})
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.DeferFollowup(ctx, 3, T0) }), release.NotFound)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.EndFollowup(ctx, 3, T0, "again") }), release.NotFound)
}

// testFollowupsTwoProcesses: two workers share the work; nothing is done twice and nothing is left.
func testFollowupsTwoProcesses(t *testing.T, open func(port.Publisher) port.Store) {
	stores := []port.Store{open(nil), open(nil)}
	const n = 60
	var work []port.Followup
	for i := range n {
		work = append(work, port.Followup{Kind: "send", Args: map[string]string{"n": fmt.Sprint(i)}, DueAt: T0, Key: fmt.Sprint(i)})
	}
	addWork(t, stores[0], work...)
	var mu sync.Mutex
	var done []string
	var crew sync.WaitGroup
	for _, s := range stores {
		crew.Go(func() {
			ctx := context.Background()
			for {
				var mine []string
				err := s.Write(ctx, func(tx port.Tx) error {
					mine = nil
					due, err := tx.DueFollowups(ctx, []string{"send"}, T0, 7)
					if err != nil {
						return err
					}
					for _, f := range due {
						if err := tx.EndFollowup(ctx, f.ID, T0, "done"); err != nil {
							return err
						}
						mine = append(mine, f.Key)
					}
					return nil
				})
				if err != nil {
					t.Errorf("worker: %v", causes(err))
					return
				}
				mu.Lock()
				done = append(done, mine...)
				enough := len(done) >= n
				mu.Unlock()
				if len(mine) == 0 && enough {
					return
				}
			}
		})
	}
	crew.Wait()
	slices.Sort(done)
	if len(done) != n || len(slices.Compact(done)) != n {
		t.Fatalf("%d done, want each of %d once", len(done), n)
	}
}
