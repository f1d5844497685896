package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
)

// Feeds lists every feed by name.
func (r *reader) Feeds(ctx context.Context) ([]feed.Status, error) {
	return collect(ctx, r, func(scan func(...any) error) (f feed.Status, err error) {
		return f, scan(&f.Name, &f.Type, &f.Kind, &f.ExpectEvery, into{&f.LastGood}, &f.Accepted, &f.Repeated, &f.Refused, &f.Dead,
			&f.LastError, into{&f.LastErrorAt}, &f.Cursor, into{&f.NextAt}, &f.Tries, into{&f.FailingSince}, &f.Class, &f.Took,
			into{&f.ClaimedUntil}, &f.Fallen, into{&f.Since})
	}, `SELECT name, type, kind, expect_every, last_good, accepted, repeated, refused, dead, last_error, last_error_at,
		cursor, next_at, tries, failing_since, class, took, claimed_until, fallen, since FROM feed ORDER BY name`)
}

// PutFeed declares a feed and leaves its counts and its Run, and since when it is expected unless it promised
// nothing before: a promise that changes makes no silence good.
func (t *tx) PutFeed(ctx context.Context, f feed.Status) error {
	_, err := t.exec(ctx, port.Feeds, `INSERT INTO feed (name, type, kind, expect_every, last_good, accepted, repeated, refused, dead,
		last_error, last_error_at, since) VALUES (?, ?, ?, ?, NULL, 0, 0, 0, 0, '', NULL, ?)
		ON CONFLICT (name) DO UPDATE SET type = excluded.type, kind = excluded.kind, expect_every = excluded.expect_every,
		since = CASE WHEN feed.since IS NULL OR (feed.expect_every = 0 AND excluded.expect_every > 0) THEN excluded.since ELSE feed.since END`,
		f.Name, f.Type, string(f.Kind), int64(f.ExpectEvery), instant(f.Since))
	return err
}

// keepProcess is how long a process that said nothing counts as one that has a feed.
const keepProcess = 3 * time.Minute

// Declare says which feeds a process has, and lists those that no process has any more.
func (t *tx) Declare(ctx context.Context, process string, names []string, at time.Time) (gone []string, err error) {
	if _, err := t.exec(ctx, quiet, "DELETE FROM feed_process WHERE process = ? OR at < ?", process, micros(at.Add(-keepProcess))); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := t.exec(ctx, quiet, "INSERT INTO feed_process (feed, process, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", name, process, micros(at)); err != nil {
			return nil, err
		}
	}
	return collect(ctx, &t.reader, func(scan func(...any) error) (name string, err error) { return name, scan(&name) },
		"SELECT name FROM feed WHERE NOT EXISTS (SELECT 1 FROM feed_process p WHERE p.feed = feed.name) ORDER BY name")
}

// RemoveFeed forgets a feed with its log and counts, and leaves its dead letters. One that is not there is
// forgotten already.
func (t *tx) RemoveFeed(ctx context.Context, name string) error {
	for _, from := range []string{"feed WHERE name", "feed_log WHERE feed", "feed_bucket WHERE feed", "feed_service WHERE feed", "feed_process WHERE feed"} {
		if _, err := t.exec(ctx, port.Feeds, "DELETE FROM "+from+" = ?", name); err != nil {
			return err
		}
	}
	return nil
}

// PutRun says where the reading of a feed stands. A feed that was not declared is a NotFound error.
func (t *tx) PutRun(ctx context.Context, name string, r feed.Run) error {
	n, err := t.exec(ctx, port.Feeds, `UPDATE feed SET cursor = ?, next_at = ?, tries = ?, failing_since = ?, class = ?, took = ?,
		claimed_until = ?, fallen = ? WHERE name = ?`,
		r.Cursor, instant(r.NextAt), int64(r.Tries), instant(r.FailingSince), string(r.Class), int64(r.Took), instant(r.ClaimedUntil), flag(r.Fallen), name)
	if err == nil && n == 0 {
		return release.Errorf(release.NotFound, "there is no feed %s", release.Clean(name, 60)).Advise("feeds shows those there are")
	}
	return err
}

// CountFeed adds to a feed's counts and to its bucket of at, and sets what it says of the last good and the
// last bad exchange where that is newer, or where what is stored lies more than an hour ahead, by a clock that
// was wrong. Of a feed that was not declared, or is forgotten, nothing is counted.
func (t *tx) CountFeed(ctx context.Context, d feed.Status, at time.Time) error {
	good, bad := instant(d.LastGood), instant(d.LastErrorAt)
	n, err := t.exec(ctx, port.Feeds, `UPDATE feed SET accepted = accepted + ?, repeated = repeated + ?, refused = refused + ?, dead = dead + ?,
		last_good = CASE WHEN CAST(? AS BIGINT) > COALESCE(last_good, CAST(? AS BIGINT) - 1) OR last_good > CAST(? AS BIGINT) + 3600000000
			THEN CAST(? AS BIGINT) ELSE last_good END,
		last_error = CASE WHEN CAST(? AS BIGINT) >= COALESCE(last_error_at, CAST(? AS BIGINT)) THEN ? ELSE last_error END,
		last_error_at = CASE WHEN CAST(? AS BIGINT) >= COALESCE(last_error_at, CAST(? AS BIGINT)) THEN CAST(? AS BIGINT) ELSE last_error_at END
		WHERE name = ?`,
		d.Accepted, d.Repeated, d.Refused, d.Dead, good, good, good, good, bad, bad, d.LastError, bad, bad, bad, d.Name)
	if err != nil || n == 0 {
		return err
	}
	if d.Accepted == 0 && d.Refused == 0 && d.Dead == 0 && d.Tries == 0 && d.Took == 0 {
		return nil
	}
	_, err = t.exec(ctx, port.Feeds, `INSERT INTO feed_bucket (feed, at, accepted, refused, dead, failed, took) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (feed, at) DO UPDATE SET accepted = feed_bucket.accepted + excluded.accepted,
		refused = feed_bucket.refused + excluded.refused, dead = feed_bucket.dead + excluded.dead,
		failed = feed_bucket.failed + excluded.failed,
		took = CASE WHEN excluded.took > feed_bucket.took THEN excluded.took ELSE feed_bucket.took END`,
		d.Name, micros(at.UTC().Truncate(feed.BucketLength)), d.Accepted, d.Refused, d.Dead, int64(d.Tries), int64(d.Took))
	return err
}

// Buckets lists the counts of each feed in the buckets that begin at an instant or later, oldest first.
func (r *reader) Buckets(ctx context.Context, since time.Time) (map[string][]feed.Bucket, error) {
	out := map[string][]feed.Bucket{}
	return out, r.each(ctx, func(scan func(...any) error) error {
		var name string
		var b feed.Bucket
		if err := scan(&name, into{&b.At}, &b.Accepted, &b.Refused, &b.Dead, &b.Failed, &b.Took); err != nil {
			return err
		}
		out[name] = append(out[name], b)
		return nil
	}, "SELECT feed, at, accepted, refused, dead, failed, took FROM feed_bucket WHERE at >= ? ORDER BY feed, at", micros(since))
}

// TakeDelivery records a delivery id and reports whether it is new.
func (t *tx) TakeDelivery(ctx context.Context, connector, id string, at time.Time) (fresh bool, err error) {
	n, err := t.exec(ctx, quiet, "INSERT INTO delivery (connector, id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", connector, id, micros(at))
	return n == 1, err
}
