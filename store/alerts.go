package store

import (
	"context"
	"time"

	"signalbox/release/health"
	"signalbox/release/port"
)

// Alerts lists those that fire, newest first; service "" means all. One that began again under the same
// identity has ended, whether or not anybody said so.
func (r *reader) Alerts(ctx context.Context, service string) ([]health.Alert, error) {
	where, args := "", []any(nil)
	if service != "" {
		where, args = "AND service = ? ", []any{service}
	}
	return collect(ctx, r, func(scan func(...any) error) (a health.Alert, err error) {
		return a, scan(&a.Connector, &a.ID, &a.Name, &a.Service, &a.Environment, &a.Severity, &a.Summary, &a.State, into{&a.StartsAt},
			into{&a.EndsAt}, &a.URL, into{&a.UpdatedAt})
	}, `SELECT connector, id, name, service, environment, severity, summary, state, starts_at, ends_at, url, updated_at FROM alert
		WHERE state = 'firing' AND NOT EXISTS (SELECT 1 FROM alert later WHERE later.connector = alert.connector
		AND later.id = alert.id AND later.starts_at > alert.starts_at) `+where+"ORDER BY starts_at DESC, connector, id", args...)
}

// PutAlert stores an alert where it is new or newer than what is stored of it, and reports whether it is new
// or stands otherwise than before: to be told again that an alert fires changes nothing. Of two words of one
// instant the one that it is over stands.
func (t *tx) PutAlert(ctx context.Context, a health.Alert) (changed bool, err error) {
	var was health.Standing
	known, err := t.one(ctx, []any{&was}, "SELECT state FROM alert WHERE connector = ? AND id = ? AND starts_at = ?", a.Connector, a.ID, micros(a.StartsAt))
	if err != nil {
		return false, err
	}
	n, err := t.exec(ctx, port.Health, `INSERT INTO alert (connector, id, starts_at, name, service, environment, severity, summary, state,
		ends_at, url, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (connector, id, starts_at) DO UPDATE SET name = excluded.name, service = excluded.service,
		environment = excluded.environment, severity = excluded.severity, summary = excluded.summary, state = excluded.state,
		ends_at = excluded.ends_at, url = excluded.url, updated_at = excluded.updated_at
		WHERE excluded.updated_at > alert.updated_at
		OR excluded.updated_at = alert.updated_at AND excluded.state = 'resolved' AND alert.state = 'firing'`,
		a.Connector, a.ID, micros(a.StartsAt), a.Name, a.Service, a.Environment, a.Severity, a.Summary, string(a.State),
		instant(a.EndsAt), a.URL, micros(a.UpdatedAt))
	return n == 1 && (!known || was != a.State), err
}

// ResolveAlerts ends all that fire of a connector at an instant, because nobody will say so any more.
func (t *tx) ResolveAlerts(ctx context.Context, connector string, at time.Time) error {
	_, err := t.exec(ctx, port.Health, "UPDATE alert SET state = 'resolved', ends_at = ?, updated_at = ? WHERE connector = ? AND state = 'firing'",
		micros(at), micros(at), connector)
	return err
}
