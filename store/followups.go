package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

// AddFollowup writes work to do later; one with a Key that is there already is left alone.
func (t *tx) AddFollowup(ctx context.Context, f port.Followup) error {
	args := f.Args
	if args == nil {
		args = map[string]string{}
	}
	raw, err := marshal(args)
	if err != nil {
		return release.AsError(err)
	}
	_, err = t.exec(ctx, quiet, "INSERT INTO followup (kind, args, due_at, key, outcome) VALUES (?, ?, ?, ?, '') ON CONFLICT (key) DO NOTHING",
		f.Kind, raw, micros(f.DueAt), optional(f.Key))
	return err
}

// DueFollowups lists undone work due at an instant, oldest first, and keeps it from other processes until
// this transaction ends: on both engines one writing transaction runs at a time.
func (t *tx) DueFollowups(ctx context.Context, at time.Time, limit int) ([]port.Followup, error) {
	return collect(ctx, &t.reader, func(scan func(...any) error) (f port.Followup, err error) {
		return f, scan(&f.ID, &f.Kind, payload{&f.Args}, into{&f.DueAt}, perhaps(&f.Key))
	}, "SELECT id, kind, args, due_at, key FROM followup WHERE done_at IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?",
		micros(at), int64(limit))
}

// EndFollowup marks work as done with its outcome in words. Work that is done, or was never there, is a
// NotFound error: somebody else has done it.
func (t *tx) EndFollowup(ctx context.Context, id int64, at time.Time, outcome string) error {
	n, err := t.exec(ctx, quiet, "UPDATE followup SET done_at = ?, outcome = ? WHERE id = ? AND done_at IS NULL", micros(at), outcome, id)
	if err == nil && n == 0 {
		return release.Errorf(release.NotFound, "there is no follow-up %d to end", id)
	}
	return err
}
