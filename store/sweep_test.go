package store_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

// TestSweep: delivery ids are kept for 30 days and more, and not for ever.
func TestSweep(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		now := storetest.T0
		o.Now = func() time.Time { return now }
		s := create(t, o)
		ctx := context.Background()
		take := func(id string) (fresh bool) {
			storetest.Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
				fresh, err = tx.TakeDelivery(ctx, "github", id, now)
				return err
			})
			return fresh
		}
		take("old")
		now = now.Add(31 * 24 * time.Hour)
		take("new")
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if take("old") {
			t.Fatal("a delivery id was forgotten after 31 days")
		}
		now = now.Add(30 * 24 * time.Hour)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if !take("old") || take("new") {
			t.Fatal("a delivery id of 61 days is kept, or one of 30 is not")
		}
	})
}
