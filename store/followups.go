package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/port"
)

const followupColumns = "SELECT id, kind, args, due_at, key FROM followup WHERE done_at IS NULL AND due_at <= ? "

func scanFollowup(scan func(...any) error) (f port.Followup, err error) {
	return f, scan(&f.ID, &f.Kind, payload{&f.Args}, into{&f.DueAt}, perhaps(&f.Key))
}

// FollowupsOf lists undone work of one kind due at an instant, oldest first.
func (r *reader) FollowupsOf(ctx context.Context, kind string, at time.Time, limit int) ([]port.Followup, error) {
	return collect(ctx, r, scanFollowup, followupColumns+"AND kind = ? ORDER BY due_at, id LIMIT ?", micros(at), kind, int64(limit))
}

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

// DueFollowups lists undone work of the kinds due at an instant, oldest first, and keeps it from other
// processes until this transaction ends: on both engines one writing transaction runs at a time. No kind is
// no work.
func (t *tx) DueFollowups(ctx context.Context, kinds []string, at time.Time, limit int) ([]port.Followup, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	text, padded := list("?", len(kinds))
	args := []any{micros(at)}
	for i := range padded {
		args = append(args, kinds[min(i, len(kinds)-1)])
	}
	return collect(ctx, &t.reader, scanFollowup, followupColumns+"AND kind IN ("+text+") ORDER BY due_at, id LIMIT ?", append(args, int64(limit))...)
}

// DeferFollowup moves undone work to a later instant. Work that is done, or was never there, is a NotFound
// error.
func (t *tx) DeferFollowup(ctx context.Context, id int64, to time.Time) error {
	n, err := t.exec(ctx, quiet, "UPDATE followup SET due_at = ? WHERE id = ? AND done_at IS NULL", micros(to), id)
	if err == nil && n == 0 {
		return release.Errorf(release.NotFound, "there is no follow-up %d to defer", id)
	}
	return err
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

// EndFollowupKey is EndFollowup by key; work that is done or was never there is left alone.
func (t *tx) EndFollowupKey(ctx context.Context, key string, at time.Time, outcome string) error {
	_, err := t.exec(ctx, quiet, "UPDATE followup SET done_at = ?, outcome = ? WHERE key = ? AND done_at IS NULL", micros(at), outcome, key)
	return err
}
