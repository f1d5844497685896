package store

import (
	"context"
	"fmt"
	"time"

	"signalbox/release/port"
)

// LimitPages makes the writer's disk full after so many more pages; 0 gives room again.
func (s *Store) LimitPages(more int64) error {
	ctx := context.Background()
	return s.Write(ctx, func(p port.Tx) error {
		t := p.(*tx)
		limit := int64(1 << 30)
		if more > 0 {
			var now int64
			if _, err := t.one(ctx, []any{&now}, "PRAGMA page_count"); err != nil {
				return err
			}
			limit = now + more
		}
		return t.each(ctx, func(func(...any) error) error { return nil }, fmt.Sprintf("PRAGMA max_page_count = %d", limit))
	})
}

// Waiting is the number of commands in the writer's queue.
func (s *Store) Waiting() int { return len(s.engine.(*lite).writer.queue) }

// ResolveWithin sets how long the outcome of a cut-off commit is asked for.
func (s *Store) ResolveWithin(d time.Duration) { s.engine.(*pg).resolveTime = d }

// Sweep forgets what is too old.
func (s *Store) Sweep(ctx context.Context) error { return s.sweep(ctx) }

// Exec runs a statement in a command, as a fault of this package would.
func Exec(ctx context.Context, p port.Tx, query string, args ...any) error {
	_, err := p.(*tx).exec(ctx, quiet, query, args...)
	return err
}

// TidyPart does one transaction's part of the tidying of samples, and reports whether there is more.
func (s *Store) TidyPart(ctx context.Context) (more bool, err error) {
	err = s.Write(ctx, func(p port.Tx) (err error) {
		more, err = p.(*tx).tidySamples(ctx)
		return err
	})
	return more, err
}
