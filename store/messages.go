package store

import (
	"context"
	"encoding/json"

	"signalbox/release"
	"signalbox/release/outbox"
	"signalbox/release/port"
)

const messageColumns = `SELECT id, target, event, subject, seq, key, at, body, state, attempts, last_error, updated_at FROM message `

func scanMessage(scan func(...any) error) (m outbox.Message, err error) {
	var body string
	err = scan(&m.ID, &m.Target, &m.Event, &m.Subject, &m.Seq, &m.Key, into{&m.At}, &body, &m.State, &m.Attempts, &m.LastError,
		into{&m.UpdatedAt})
	m.Body = json.RawMessage(body)
	return m, err
}

// Messages lists messages to the outside, newest first; target "" means all, no state means all.
func (r *reader) Messages(ctx context.Context, target string, states []outbox.State, limit int) ([]outbox.Message, error) {
	where, args := "WHERE 1 = 1 ", []any(nil)
	if target != "" {
		where, args = where+"AND target = ? ", append(args, target)
	}
	if len(states) > 0 {
		text, padded := list("?", len(states))
		where += "AND state IN (" + text + ") "
		for i := range padded {
			args = append(args, string(states[min(i, len(states)-1)]))
		}
	}
	return collect(ctx, r, scanMessage, messageColumns+where+"ORDER BY number DESC, id DESC LIMIT ?", append(args, int64(limit))...)
}

// Message returns a message to the outside.
func (r *reader) Message(ctx context.Context, id string) (outbox.Message, error) {
	ms, err := collect(ctx, r, scanMessage, messageColumns+"WHERE id = ?", id)
	if err != nil {
		return outbox.Message{}, err
	}
	if len(ms) == 0 {
		return outbox.Message{}, release.Errorf(release.NotFound, "there is no message %s", release.Clean(id, 40)).
			Advise("feeds lists those that wait or need somebody")
	}
	return ms[0], nil
}

// PutMessage inserts or updates a message by its id. A Key that another message has is a Refused error, after
// which the transaction can go on.
func (t *tx) PutMessage(ctx context.Context, m outbox.Message) error {
	var other string
	found, err := t.one(ctx, []any{&other}, "SELECT id FROM message WHERE key = ? AND id <> ?", m.Key, m.ID)
	if err != nil {
		return err
	}
	if found {
		return release.Errorf(release.Refused, "%s tells the same already", other).Advise("look at %s", other)
	}
	body := string(m.Body)
	if body == "" {
		body = "null"
	}
	_, err = t.exec(ctx, port.Feeds, `INSERT INTO message (id, number, target, event, subject, seq, key, at, body, state, attempts,
		last_error, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET target = excluded.target, event = excluded.event, subject = excluded.subject,
		seq = excluded.seq, key = excluded.key, at = excluded.at, body = excluded.body, state = excluded.state,
		attempts = excluded.attempts, last_error = excluded.last_error, updated_at = excluded.updated_at`,
		m.ID, number(m.ID), m.Target, m.Event, m.Subject, m.Seq, m.Key, micros(m.At), body, string(m.State), int64(m.Attempts),
		m.LastError, micros(m.UpdatedAt))
	return err
}
