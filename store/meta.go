package store

import "context"

// Meta reads a setting of the store itself, "" where unset.
func (r *reader) Meta(ctx context.Context, key string) (string, error) {
	var v string
	_, err := r.one(ctx, []any{&v}, "SELECT value FROM meta WHERE key = ?", key)
	return v, err
}

// SetMeta writes a setting of the store itself.
func (t *tx) SetMeta(ctx context.Context, key, value string) error {
	_, err := t.exec(ctx, quiet, `INSERT INTO meta (key, value) VALUES (?, ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// NextID counts up a named sequence from 1.
func (t *tx) NextID(ctx context.Context, kind string) (int64, error) {
	var n int64
	_, err := t.returning(ctx, quiet, []any{&n}, `INSERT INTO sequence (kind, value) VALUES (?, 1)
		ON CONFLICT (kind) DO UPDATE SET value = sequence.value + 1 RETURNING value`, kind)
	return n, err
}
