package store

import (
	"context"

	"signalbox/release/access"
	"signalbox/release/profile"
)

// Profile returns how a person wants the screens to be. A setting or a value that this program does not know is
// left out: a newer one may have written it.
func (r *reader) Profile(ctx context.Context, id access.PersonID) (profile.Profile, error) {
	var p profile.Profile
	err := r.each(ctx, func(scan func(...any) error) error {
		var name, value string
		if err := scan(&name, &value); err != nil {
			return err
		}
		if next, err := p.With(name, value); err == nil {
			p = next
		}
		return nil
	}, "SELECT name, value FROM person_setting WHERE person = ? ORDER BY name", string(id))
	return p, err
}

// PutProfile writes one setting of a person, "" to forget it. No screen of anybody else shows it, so nobody is
// told.
func (t *tx) PutProfile(ctx context.Context, id access.PersonID, name, value string) error {
	if value == "" {
		_, err := t.exec(ctx, quiet, "DELETE FROM person_setting WHERE person = ? AND name = ?", string(id), name)
		return err
	}
	_, err := t.exec(ctx, quiet, `INSERT INTO person_setting (person, name, value) VALUES (?, ?, ?)
		ON CONFLICT (person, name) DO UPDATE SET value = excluded.value`, string(id), name, value)
	return err
}
