package store

import (
	"context"
	"time"
)

// Clock is the database's own clock, UTC: that of its machine, which may be another.
func (s *Store) Clock(ctx context.Context) (time.Time, error) { return s.engine.clock(ctx) }

func (*lite) clock(context.Context) (time.Time, error) { return time.Now().UTC(), nil }

func (p *pg) clock(ctx context.Context) (t time.Time, err error) {
	if err := p.db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&t); err != nil {
		return t, explain(err)
	}
	return t.UTC(), nil
}
