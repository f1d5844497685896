package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"signalbox/release/feed"
	"signalbox/release/health"
	"signalbox/release/outbox"
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

// TestSweepFeedsAndAlerts: counts are kept for 48 hours, dead letters for 90 days, alerts that are over for
// 13 months, and those that fire for as long as they do.
func TestSweepFeedsAndAlerts(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		begin := c.now()
		storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
			if err := tx.PutFeed(ctx, feed.Status{Name: "github", Type: "github", Kind: feed.Push}); err != nil {
				return err
			}
			if err := tx.CountFeed(ctx, feed.Status{Name: "github", Accepted: 1}, begin); err != nil {
				return err
			}
			if err := tx.PutLetter(ctx, feed.Letter{ID: "DL-1", Feed: "github", At: begin, State: feed.Kept}); err != nil {
				return err
			}
			for id, state := range map[string]health.Standing{"over": health.Resolved, "fires": health.Firing} {
				if _, err := tx.PutAlert(ctx, health.Alert{Connector: "a", ID: id, State: state, StartsAt: begin, UpdatedAt: begin}); err != nil {
					return err
				}
			}
			return nil
		})
		kept := func() [3]int {
			return [3]int{count(t, raw, "SELECT COUNT(*) FROM feed_bucket"), count(t, raw, "SELECT COUNT(*) FROM dead_letter"), count(t, raw, "SELECT COUNT(*) FROM alert")}
		}
		for _, step := range []struct {
			at   time.Time
			want [3]int
		}{
			{begin.Add(48 * time.Hour), [3]int{1, 1, 2}}, {begin.Add(48*time.Hour + 1000), [3]int{0, 1, 2}},
			{begin.Add(90 * day), [3]int{0, 1, 2}}, {begin.Add(90*day + 1000), [3]int{0, 0, 2}},
			{begin.AddDate(0, 13, 0), [3]int{0, 0, 2}}, {begin.AddDate(0, 13, 0).Add(1000), [3]int{0, 0, 1}},
		} {
			c.set(step.at)
			sweep(t, s)
			if got := kept(); got != step.want {
				t.Fatalf("after %s %v are kept of counts, letters and alerts; want %v", step.at.Sub(begin), got, step.want)
			}
		}
		storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
			alerts, err := r.Alerts(ctx, "")
			if err == nil && (len(alerts) != 1 || alerts[0].ID != "fires") {
				t.Errorf("alerts: %+v", alerts)
			}
			feeds, err := r.Feeds(ctx)
			if err == nil && (len(feeds) != 1 || feeds[0].Accepted != 1) {
				t.Errorf("feeds: %+v", feeds)
			}
			return err
		})
	})
}

// TestSweepMessages: messages that are over and follow-ups that are done are kept for 90 days, and those that
// wait for a person or a target for as long as they do.
func TestSweepMessages(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, c *clock, raw *sql.DB) {
		begin := c.now()
		storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
			for i, state := range []outbox.State{outbox.Sent, outbox.Dropped, outbox.Waiting, outbox.Unknown, outbox.Failed} {
				m := outbox.Message{ID: fmt.Sprintf("OUT-%d", i+1), Target: "chat", Key: string(state), At: begin, UpdatedAt: begin, State: state, Body: []byte("{}")}
				if err := tx.PutMessage(ctx, m); err != nil {
					return err
				}
				if err := tx.AddFollowup(ctx, port.Followup{Kind: "deliver", DueAt: begin, Key: string(state)}); err != nil {
					return err
				}
			}
			return tx.EndFollowupKey(ctx, string(outbox.Sent), begin, "sent")
		})
		for _, step := range []struct {
			at                  time.Time
			messages, followups int
		}{{begin.Add(90 * day), 5, 5}, {begin.Add(90*day + 1000), 3, 4}} {
			c.set(step.at)
			sweep(t, s)
			if m, f := count(t, raw, "SELECT COUNT(*) FROM message"), count(t, raw, "SELECT COUNT(*) FROM followup"); m != step.messages || f != step.followups {
				t.Errorf("after %s %d messages and %d follow-ups are kept, want %d and %d", step.at.Sub(begin), m, f, step.messages, step.followups)
			}
		}
	})
}
