package store

import (
	"context"
	"time"

	"signalbox/release/port"
)

// Delivery ids are kept for at least 30 days (CONTRACTS section 5), request ids for as long as anybody may
// still ask what became of a commit.
const (
	sweepEvery   = time.Hour
	keepDelivery = 60 * 24 * time.Hour
	keepRequest  = 24 * time.Hour
)

func (s *Store) sweepHourly(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("what is too old could not be removed from the store", "err", err)
			}
		}
	}
}

// sweep forgets what is too old to matter.
func (s *Store) sweep(ctx context.Context) error {
	return s.Write(ctx, func(p port.Tx) error {
		t := p.(*tx)
		if _, err := t.exec(ctx, quiet, "DELETE FROM delivery WHERE at < ?", micros(s.now().Add(-keepDelivery))); err != nil {
			return err
		}
		if s.dialect.countsTopics {
			return nil
		}
		_, err := t.exec(ctx, quiet, "DELETE FROM request WHERE at < ?", micros(time.Now().Add(-keepRequest)))
		return err
	})
}
