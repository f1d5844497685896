package store

import (
	"cmp"
	"context"
	"time"

	"signalbox/release/feed"
	"signalbox/release/port"
)

// Feeds lists every feed by name.
func (r *reader) Feeds(ctx context.Context) ([]feed.Status, error) {
	return collect(ctx, r, func(scan func(...any) error) (f feed.Status, err error) {
		return f, scan(&f.Name, &f.Type, &f.Kind, &f.ExpectEvery, into{&f.LastGood}, &f.Accepted, &f.Repeated, &f.Refused, &f.Dead,
			&f.LastError, into{&f.LastErrorAt})
	}, `SELECT name, type, kind, expect_every, last_good, accepted, repeated, refused, dead, last_error, last_error_at
		FROM feed ORDER BY name`)
}

// PutFeed declares a feed and leaves its counts.
func (t *tx) PutFeed(ctx context.Context, f feed.Status) error {
	_, err := t.exec(ctx, port.Feeds, `INSERT INTO feed (name, type, kind, expect_every, last_good, accepted, repeated, refused, dead,
		last_error, last_error_at) VALUES (?, ?, ?, ?, NULL, 0, 0, 0, 0, '', NULL)
		ON CONFLICT (name) DO UPDATE SET type = excluded.type, kind = excluded.kind, expect_every = excluded.expect_every`,
		f.Name, f.Type, string(f.Kind), int64(f.ExpectEvery))
	return err
}

// CountFeed adds to a feed's counts, and sets what it says of the last good and the last bad exchange
// where that is newer. A feed that was not declared is, as one that is called.
func (t *tx) CountFeed(ctx context.Context, d feed.Status) error {
	_, err := t.exec(ctx, port.Feeds, `INSERT INTO feed (name, type, kind, expect_every, last_good, accepted, repeated, refused, dead,
		last_error, last_error_at) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET accepted = feed.accepted + excluded.accepted, repeated = feed.repeated + excluded.repeated,
		refused = feed.refused + excluded.refused, dead = feed.dead + excluded.dead,
		last_good = CASE WHEN excluded.last_good > COALESCE(feed.last_good, excluded.last_good - 1) THEN excluded.last_good ELSE feed.last_good END,
		last_error = CASE WHEN excluded.last_error_at >= COALESCE(feed.last_error_at, excluded.last_error_at) THEN excluded.last_error ELSE feed.last_error END,
		last_error_at = CASE WHEN excluded.last_error_at >= COALESCE(feed.last_error_at, excluded.last_error_at) THEN excluded.last_error_at ELSE feed.last_error_at END`,
		d.Name, d.Type, string(cmp.Or(d.Kind, feed.Push)), instant(d.LastGood), d.Accepted, d.Repeated, d.Refused, d.Dead,
		d.LastError, instant(d.LastErrorAt))
	return err
}

// TakeDelivery records a delivery id and reports whether it is new.
func (t *tx) TakeDelivery(ctx context.Context, connector, id string, at time.Time) (fresh bool, err error) {
	n, err := t.exec(ctx, quiet, "INSERT INTO delivery (connector, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", connector, id, micros(at))
	return n == 1, err
}
