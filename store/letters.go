package store

import (
	"context"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
)

const letterColumns = "id, feed, delivery, event, reason, at, seen, size, truncated, state"

func letterFields(l *feed.Letter) []any {
	return []any{&l.ID, &l.Feed, &l.Delivery, &l.Event, &l.Reason, into{&l.At}, &l.Seen, &l.Size, &l.Truncated, &l.State}
}

// Letters lists the dead letters that wait for somebody, without their bodies, newest first; feed "" means
// all.
func (r *reader) Letters(ctx context.Context, name string, limit int) ([]feed.Letter, error) {
	where, args := "", []any(nil)
	if name != "" {
		where, args = "AND feed = ? ", []any{name}
	}
	return collect(ctx, r, func(scan func(...any) error) (l feed.Letter, err error) {
		return l, scan(letterFields(&l)...)
	}, "SELECT "+letterColumns+" FROM dead_letter WHERE state = 'kept' "+where+"ORDER BY at DESC, number DESC, id DESC LIMIT ?",
		append(args, int64(limit))...)
}

// Letter returns a dead letter with its body, whatever became of it.
func (r *reader) Letter(ctx context.Context, id string) (feed.Letter, error) {
	var l feed.Letter
	found, err := r.one(ctx, append(letterFields(&l), &l.Body), "SELECT "+letterColumns+", body FROM dead_letter WHERE id = ?", id)
	if err == nil && !found {
		err = release.Errorf(release.NotFound, "there is no dead letter %s", release.Clean(id, 40)).
			Advise("feeds lists those that are kept; after 90 days they are gone")
	}
	return l, err
}

// PutLetter inserts or updates a dead letter by its id. An update without a body, as Letters gives it, leaves
// the body that is stored.
func (t *tx) PutLetter(ctx context.Context, l feed.Letter) error {
	body := l.Body
	if body == nil {
		body = []byte{}
	}
	_, err := t.exec(ctx, port.Feeds, `INSERT INTO dead_letter (id, number, feed, delivery, event, reason, at, seen, body, size, truncated,
		state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET feed = excluded.feed, delivery = excluded.delivery, event = excluded.event,
		reason = excluded.reason, at = excluded.at, seen = excluded.seen,
		body = CASE WHEN length(excluded.body) > 0 THEN excluded.body ELSE dead_letter.body END,
		size = excluded.size, truncated = excluded.truncated, state = excluded.state`,
		l.ID, number(l.ID), l.Feed, l.Delivery, l.Event, l.Reason, micros(l.At), int64(l.Seen), body, int64(l.Size), flag(l.Truncated),
		string(l.State))
	return err
}
