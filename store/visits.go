package store

import (
	"context"
	"time"

	"signalbox/release/access"
	"signalbox/release/port"
)

// Visits lists the sessions of all processes that were seen alive at or after an instant, oldest first.
func (r *reader) Visits(ctx context.Context, since time.Time) ([]access.Visit, error) {
	return collect(ctx, r, func(scan func(...any) error) (v access.Visit, err error) {
		return v, scan(&v.ID, &v.Person, &v.From, &v.Host, into{&v.Since}, into{&v.SeenAt}, perhaps(&v.EndedBy))
	}, "SELECT id, person, address, host, since, seen_at, ended_by FROM visit WHERE seen_at >= ? ORDER BY since, number, id", micros(since))
}

// PutVisit inserts or updates a session by its id. Once somebody has asked for its end that stands, though its
// process writes what it knew before. Who came and who was asked to go is published; that a session is still
// open is not.
func (t *tx) PutVisit(ctx context.Context, v access.Visit) error {
	n, err := t.exec(ctx, quiet, `UPDATE visit SET person = ?, address = ?, host = ?, since = ?, seen_at = ? WHERE id = ?
		AND (ended_by IS NOT NULL OR CAST(? AS TEXT) IS NULL)`,
		string(v.Person), v.From, v.Host, micros(v.Since), micros(v.SeenAt), v.ID, optional(v.EndedBy))
	if err != nil || n > 0 {
		return err
	}
	n, err = t.exec(ctx, quiet, `INSERT INTO visit (id, number, person, address, host, since, seen_at, ended_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET person = excluded.person, address = excluded.address, host = excluded.host,
		since = excluded.since, seen_at = excluded.seen_at, ended_by = excluded.ended_by`,
		v.ID, number(v.ID), string(v.Person), v.From, v.Host, micros(v.Since), micros(v.SeenAt), optional(v.EndedBy))
	if n > 0 {
		// Not by exec: who is in is nothing of the people themselves, who would all be read again.
		t.touch(port.People)
	}
	return err
}

// RemoveVisit forgets a session that has ended, and all that were not seen since an instant.
func (t *tx) RemoveVisit(ctx context.Context, id string, notSeenSince time.Time) error {
	n, err := t.exec(ctx, quiet, "DELETE FROM visit WHERE id = ? OR seen_at < ?", id, micros(notSeenSince))
	if n > 0 {
		t.touch(port.People)
	}
	return err
}
