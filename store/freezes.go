package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/calendar"
	"signalbox/release/port"
)

const freezeColumns = `SELECT id, revision, kind, scope, from_at, to_at, reason, declared_by, declared_at, lifted_by, lifted_at
	FROM calendar_freeze `

func scanFreeze(scan func(...any) error) (f calendar.Freeze, err error) {
	return f, scan(&f.ID, &f.Revision, &f.Kind, &f.Scope, into{&f.From}, into{&f.To}, &f.Reason, perhaps(&f.DeclaredBy),
		into{&f.DeclaredAt}, perhaps(&f.LiftedBy), into{&f.LiftedAt})
}

// Freezes lists those not over at an instant, by their beginning.
func (r *reader) Freezes(ctx context.Context, at time.Time) ([]calendar.Freeze, error) {
	return collect(ctx, r, scanFreeze, freezeColumns+`WHERE to_at > ? AND (lifted_at IS NULL OR lifted_at > ?)
		ORDER BY from_at, number, id`, micros(at), micros(at))
}

// Freeze returns a freeze.
func (r *reader) Freeze(ctx context.Context, id string) (calendar.Freeze, error) {
	fs, err := collect(ctx, r, scanFreeze, freezeColumns+"WHERE id = ?", id)
	if err != nil {
		return calendar.Freeze{}, err
	}
	if len(fs) == 0 {
		return calendar.Freeze{}, release.Errorf(release.NotFound, "there is no freeze %s", release.Clean(id, 40)).
			Advise("freeze list shows those in force and to come")
	}
	return fs[0], nil
}

// PutFreeze inserts a freeze of Revision 0, else updates the stored one of that revision.
func (t *tx) PutFreeze(ctx context.Context, f *calendar.Freeze) error {
	values := []any{string(f.Kind), string(f.Scope), micros(f.From), micros(f.To), f.Reason, optional(f.DeclaredBy),
		micros(f.DeclaredAt), optional(f.LiftedBy), instant(f.LiftedAt), f.ID}
	if f.Revision == 0 {
		n, err := t.exec(ctx, port.Freezes, `INSERT INTO calendar_freeze (kind, scope, from_at, to_at, reason, declared_by, declared_at,
			lifted_by, lifted_at, id, number, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (id) DO NOTHING`,
			append(values, number(f.ID))...)
		if err != nil {
			return err
		}
		if n == 0 {
			return release.Errorf(release.Refused, "there is a freeze %s already", f.ID).Advise("give it the next id")
		}
	} else {
		n, err := t.exec(ctx, port.Freezes, `UPDATE calendar_freeze SET revision = revision + 1, kind = ?, scope = ?, from_at = ?,
			to_at = ?, reason = ?, declared_by = ?, declared_at = ?, lifted_by = ?, lifted_at = ? WHERE id = ? AND revision = ?`,
			append(values, f.Revision)...)
		if err != nil {
			return err
		}
		if n == 0 {
			return t.stale(ctx, "calendar_freeze", f.ID)
		}
	}
	t.raise(&f.Revision, f.Revision+1)
	return nil
}

// BegunFreezes lists the freezes of outside calendars that were said to have begun and not yet to be over.
func (r *reader) BegunFreezes(ctx context.Context) ([]calendar.Freeze, error) {
	return collect(ctx, r, func(scan func(...any) error) (f calendar.Freeze, err error) {
		err = scan(&f.Source, &f.ExternalID, &f.Kind, &f.Scope, &f.Reason, into{&f.From}, into{&f.To})
		f.ID = f.Source
		return f, err
	}, "SELECT source, external_id, kind, scope, reason, from_at, to_at FROM freeze_begun ORDER BY source, external_id")
}

// PutBegunFreeze notes that a freeze of an outside calendar was said to have begun.
func (t *tx) PutBegunFreeze(ctx context.Context, f calendar.Freeze) error {
	_, err := t.exec(ctx, quiet, `INSERT INTO freeze_begun (source, external_id, kind, scope, reason, from_at, to_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (source, external_id) DO UPDATE SET kind = excluded.kind, scope = excluded.scope, reason = excluded.reason,
		from_at = excluded.from_at, to_at = excluded.to_at`,
		f.Source, f.ExternalID, string(f.Kind), string(f.Scope), f.Reason, micros(f.From), micros(f.To))
	return err
}

// RemoveBegunFreeze notes that a freeze of an outside calendar was said to be over.
func (t *tx) RemoveBegunFreeze(ctx context.Context, source, externalID string) error {
	_, err := t.exec(ctx, quiet, "DELETE FROM freeze_begun WHERE source = ? AND external_id = ?", source, externalID)
	return err
}
