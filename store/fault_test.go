package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/audit"
	"signalbox/release/port"
	"signalbox/store/storetest"
)

func entry(subject string) audit.Entry {
	return audit.Entry{At: storetest.T0, Actor: "j.ruiz", Door: access.SSH, Verb: "approve", Subject: subject, Outcome: audit.Done}
}

// decide writes what a decision writes: a setting for its state, an audit entry, a follow-up.
func decide(ctx context.Context, s port.Store, subject string) error {
	return s.Write(ctx, func(tx port.Tx) error {
		if err := tx.SetMeta(ctx, "decided/"+subject, "yes"); err != nil {
			return err
		}
		if _, err := tx.Append(ctx, entry(subject)); err != nil {
			return err
		}
		return tx.AddFollowup(ctx, port.Followup{Kind: "send", DueAt: storetest.T0, Key: subject})
	})
}

// ledger is what a crowd of deciders was told.
type ledger struct {
	mu           sync.Mutex
	acknowledged []string
	unknown      []string // answered "it is not known"
	refusals     []error
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

func (l *ledger) refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.refusals)
}

// crowd decides with many hands until ctx ends.
func (l *ledger) crowd(ctx context.Context, s port.Store, name string, hands int) *sync.WaitGroup {
	var wg sync.WaitGroup
	for h := range hands {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				subject := fmt.Sprintf("%s-%d-%d", name, h, n)
				err := decide(context.WithoutCancel(ctx), s, subject)
				l.mu.Lock()
				switch {
				case err == nil:
					l.acknowledged = append(l.acknowledged, subject)
				default:
					if unknown(err) {
						l.unknown = append(l.unknown, subject)
					}
					l.refusals = append(l.refusals, err)
				}
				l.mu.Unlock()
				if err != nil {
					time.Sleep(time.Millisecond)
				}
			}
		})
	}
	return &wg
}

func unknown(err error) bool { return strings.Contains(err.Error(), "it is not known") }

// stored lists the subjects in the audit log, which must verify, and checks that each has its state and its
// follow-up: a decision is there whole or not at all.
func stored(t testing.TB, s port.Store) []string {
	t.Helper()
	var out []string
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
		rep, err := audit.Verify(r.AuditSource(ctx), nil, note.VerifierList())
		if err != nil {
			return err
		}
		if !rep.Good() {
			t.Fatalf("the log does not verify: %+v", rep.Findings)
		}
		size, err := r.AuditSize(ctx)
		if err != nil || size != rep.Entries {
			return fmt.Errorf("size %d of %d entries: %w", size, rep.Entries, err)
		}
		rows, err := r.AuditEntries(ctx, 0, 1<<30)
		for _, row := range rows {
			out = append(out, row.Subject)
		}
		return err
	})
	slices.Sort(out)
	return out
}

// settle checks that what was acknowledged is what is stored, but for what was answered with "not known".
func (l *ledger) settle(t testing.TB, s port.Store) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	have := stored(t, s)
	slices.Sort(l.acknowledged)
	for _, a := range l.acknowledged {
		if _, ok := slices.BinarySearch(have, a); !ok {
			t.Fatalf("%s was acknowledged and is not stored", a)
		}
	}
	for _, h := range have {
		if _, ok := slices.BinarySearch(l.acknowledged, h); !ok && !slices.Contains(l.unknown, h) {
			t.Fatalf("%s is stored and was not acknowledged", h)
		}
	}
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
		for _, h := range have {
			if v, err := r.Meta(ctx, "decided/"+h); err != nil || v != "yes" {
				return fmt.Errorf("%s is in the log without its state: %w", h, err)
			}
		}
		return nil
	})
	for _, err := range l.refusals {
		storetest.Refuse(t, err, release.Unavailable)
	}
	t.Logf("%d acknowledged, %d stored, %d refused, of those %d not known", len(l.acknowledged), len(have), len(l.refusals), len(l.unknown))
}
