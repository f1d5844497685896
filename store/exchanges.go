package store

import (
	"context"
	"time"

	"signalbox/release/feed"
	"signalbox/release/port"
)

// logKept is how many lines of a feed's log are kept.
const logKept = 500

// Exchanges lists a feed's log, newest first; feed "" means all.
func (r *reader) Exchanges(ctx context.Context, name string, limit int) ([]feed.Exchange, error) {
	where, args := "", []any(nil)
	if name != "" {
		where, args = "WHERE feed = ? ", []any{name}
	}
	return collect(ctx, r, func(scan func(...any) error) (e feed.Exchange, err error) {
		return e, scan(into{&e.At}, &e.Sign, &e.Text, &e.Took)
	}, "SELECT at, sign, text, took FROM feed_log "+where+"ORDER BY at DESC, id DESC LIMIT ?", append(args, int64(limit))...)
}

// PutExchange adds a line to a feed's log and forgets what is older than the newest that are kept.
func (t *tx) PutExchange(ctx context.Context, name string, e feed.Exchange) error {
	if _, err := t.exec(ctx, port.Feeds, "INSERT INTO feed_log (feed, at, sign, text, took) VALUES (?, ?, ?, ?, ?)",
		name, micros(e.At), string(e.Sign), e.Text, int64(e.Took)); err != nil {
		return err
	}
	_, err := t.exec(ctx, port.Feeds, `DELETE FROM feed_log WHERE feed = ? AND (at, id) < (SELECT at, id FROM feed_log WHERE feed = ?
		ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?)`, name, name, int64(logKept-1))
	return err
}

// FeedServices lists, by feed, the services that it has told of, by name.
func (r *reader) FeedServices(ctx context.Context) (map[string][]string, error) {
	out := map[string][]string{}
	return out, r.each(ctx, func(scan func(...any) error) error {
		var name, service string
		if err := scan(&name, &service); err != nil {
			return err
		}
		out[name] = append(out[name], service)
		return nil
	}, "SELECT feed, service FROM feed_service ORDER BY feed, service")
}

// RestOn notes that a feed has told of services at an instant.
func (t *tx) RestOn(ctx context.Context, name string, services []string, at time.Time) error {
	for _, service := range services {
		if _, err := t.exec(ctx, port.Feeds, `INSERT INTO feed_service (feed, service, at) VALUES (?, ?, ?)
			ON CONFLICT (feed, service) DO UPDATE SET at = excluded.at WHERE excluded.at > feed_service.at`,
			name, service, micros(at)); err != nil {
			return err
		}
	}
	return nil
}
