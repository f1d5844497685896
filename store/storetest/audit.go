package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/port"
)

func entry(n int) audit.Entry {
	return audit.Entry{At: T0.Add(time.Duration(n) * time.Second), Actor: "j.ruiz", Door: access.SSH, Verb: "approve", Subject: fmt.Sprintf("CHG-%d", n%3),
		Outcome: audit.Done, Reason: "“read” every <line> & 𝄞", Detail: map[string]string{"b": "2", "a": "1"}}
}

func verify(t testing.TB, s port.Store) (rep audit.Report) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
		rep, err = audit.Verify(r.AuditSource(ctx), nil, note.VerifierList())
		return err
	})
	return rep
}

func testAudit(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	const n = 75
	for i := range n {
		Write(t, s, func(ctx context.Context, tx port.Tx) error {
			seq, err := tx.Append(ctx, entry(i))
			if seq != int64(i+1) {
				t.Errorf("entry %d got %d", i+1, seq)
			}
			return err
		})
	}
	ctx := context.Background()
	_ = s.Write(ctx, func(tx port.Tx) error {
		if _, err := tx.Append(ctx, entry(0)); err != nil {
			return err
		}
		return context.Canceled // leaves no gap and no hash
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error { // two in one transaction
		if _, err := tx.Append(ctx, entry(n)); err != nil {
			return err
		}
		_, err := tx.Append(ctx, entry(n+1))
		return err
	})
	rep := verify(t, s)
	if !rep.Good() || rep.Entries != n+2 {
		t.Fatalf("%+v", rep)
	}
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		size, err := r.AuditSize(ctx)
		if err != nil {
			return err
		}
		same(t, size, int64(n+2))
		some, err := r.AuditEntries(ctx, 10, 3)
		if err != nil {
			return err
		}
		for i, row := range some {
			e := entry(10 + i)
			e.Seq = int64(11 + i)
			want, err := audit.NewRow(e)
			if err != nil {
				return err
			}
			same(t, row, want)
		}
		newest, err := r.AuditNewest(ctx, "CHG-1", "", 2)
		if err != nil {
			return err
		}
		same(t, []int64{newest[0].Seq, newest[1].Seq}, []int64{77, 74})
		if newest, err = r.AuditNewest(ctx, "", "", 2); err != nil {
			return err
		}
		same(t, []int64{newest[0].Seq, newest[1].Seq}, []int64{77, 76})
		root, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(x []int64) ([]tlog.Hash, error) { return r.AuditHashes(ctx, x) }))
		if err != nil {
			return err
		}
		same(t, root.String(), rep.Root)
		_, err = r.AuditHashes(ctx, []int64{1 << 40})
		Refuse(t, err, release.NotFound)
		return nil
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, k := range []string{"z+1+a", "a+1+z", "z+1+a"} {
			if err := tx.AddAuditKey(ctx, k); err != nil {
				return err
			}
		}
		return nil
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		keys, err := r.AuditKeys(ctx)
		same(t, keys, []string{"a+1+z", "z+1+a"})
		return err
	})
}

// testAuditTwoProcesses: appenders of two processes make one log.
func testAuditTwoProcesses(t *testing.T, open func(port.Publisher) port.Store) {
	stores := []port.Store{open(nil), open(nil)}
	const each, rounds = 4, 10
	var crowd sync.WaitGroup
	for _, s := range stores {
		for range each {
			crowd.Go(func() {
				for i := range rounds {
					err := s.Write(context.Background(), func(tx port.Tx) error {
						if _, err := tx.NextID(context.Background(), "change"); err != nil {
							return err
						}
						_, err := tx.Append(context.Background(), entry(i))
						return err
					})
					if err != nil {
						t.Errorf("append: %v", causes(err))
						return
					}
				}
			})
		}
	}
	crowd.Wait()
	rep := verify(t, stores[1])
	if !rep.Good() || rep.Entries != int64(each*rounds*len(stores)) {
		t.Fatalf("%+v", rep)
	}
}
