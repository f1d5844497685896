package store

import (
	"context"
	"time"

	"signalbox/release/port"
)

// Delivery ids are kept for at least 30 days (CONTRACTS section 5), request ids for as long as anybody may
// still ask what became of a commit, dead letters, messages that are over and follow-ups that are done for 90
// days, and what ended of health for as long as its roll-ups.
const (
	firstSweep   = 5 * time.Minute // after the start, so that one who is often started again sweeps too
	sweepEvery   = time.Hour
	keepDelivery = 60 * 24 * time.Hour
	keepRequest  = 24 * time.Hour
	keepBucket   = 48 * time.Hour
	keepLetter   = 90 * 24 * time.Hour
)

func (s *Store) sweepHourly(ctx context.Context) {
	next := time.NewTimer(firstSweep)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
			next.Reset(sweepEvery)
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("what is too old could not be removed from the store", "err", err)
			}
		}
	}
}

// sweep forgets what is too old to matter, and rolls samples up.
func (s *Store) sweep(ctx context.Context) error {
	err := s.Write(ctx, func(p port.Tx) error {
		t, now := p.(*tx), s.now()
		for _, old := range []struct {
			from string
			at   time.Time
		}{
			{"delivery WHERE at < ?", now.Add(-keepDelivery)},
			{"feed_bucket WHERE at < ?", now.Add(-keepBucket)},
			{"dead_letter WHERE at < ?", now.Add(-keepLetter)},
			{"message WHERE state IN ('sent', 'dropped') AND updated_at < ?", now.Add(-keepLetter)},
			{"followup WHERE done_at < ?", now.Add(-keepLetter)},
			{"alert WHERE state = 'resolved' AND updated_at < ?", hourly.horizon(now)},
		} {
			if _, err := t.exec(ctx, quiet, "DELETE FROM "+old.from, micros(old.at)); err != nil {
				return err
			}
		}
		if s.dialect.countsTopics {
			return nil
		}
		_, err := t.exec(ctx, quiet, "DELETE FROM request WHERE at < ?", micros(time.Now().Add(-keepRequest)))
		return err
	})
	if err != nil {
		return err
	}
	return s.tidySamples(ctx)
}
