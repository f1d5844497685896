package store

import (
	"context"
	"fmt"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
)

func noPerson(format string, args ...any) error {
	return release.Errorf(release.NotFound, format, args...).Advise("person list shows who there is")
}

// People returns every person whole, by id.
func (r *reader) People(ctx context.Context) ([]access.Person, error) {
	if r.stirred {
		return r.people(ctx, "") // this transaction has changed people: what it reads is its own
	}
	var now everybody
	if _, err := r.one(ctx, []any{&now.revision}, "SELECT revision FROM people_state WHERE one = 1"); err != nil {
		return nil, err
	}
	if held := r.s.people.Load(); held != nil && held.revision == now.revision {
		return held.people, nil
	}
	var err error
	if now.people, err = r.people(ctx, ""); err != nil {
		return nil, err
	}
	if !r.writes { // what a transaction reads may never be committed
		r.s.people.Store(&now)
	}
	return now.people, nil
}

// everybody are all people at one revision.
type everybody struct {
	revision int64
	people   []access.Person
}

// Person returns a person whole.
func (r *reader) Person(ctx context.Context, id access.PersonID) (*access.Person, error) {
	if id != "" {
		people, err := r.people(ctx, id)
		if err != nil {
			return nil, err
		}
		if len(people) == 1 {
			return &people[0], nil
		}
	}
	return nil, noPerson("there is no person %s", release.Clean(string(id), 60))
}

// PersonByKey returns whose public key has a fingerprint.
func (r *reader) PersonByKey(ctx context.Context, fingerprint string) (*access.Person, error) {
	var id access.PersonID
	found, err := r.one(ctx, []any{&id}, "SELECT person FROM person_key WHERE fingerprint = ?", fingerprint)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noPerson("nobody has the key %s", release.Clean(fingerprint, 80))
	}
	return r.Person(ctx, id)
}

// PersonByIdentity returns who has an outside login.
func (r *reader) PersonByIdentity(ctx context.Context, i access.Identity) (*access.Person, error) {
	var id access.PersonID
	found, err := r.one(ctx, []any{&id}, "SELECT person FROM person_identity WHERE system = ? AND value = ?", i.System, i.Value)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, noPerson("nobody is linked to %s", release.Clean(i.String(), 80))
	}
	return r.Person(ctx, id)
}

// people reads one person, or all for "". What hangs on them comes in one answer: every command asks this.
func (r *reader) people(ctx context.Context, id access.PersonID) ([]access.Person, error) {
	self, of, args := "", "", []any(nil)
	if id != "" {
		self, of, args = " WHERE id = ?", " WHERE person = ?", []any{string(id)}
	}
	people, err := collect(ctx, r, func(scan func(...any) error) (p access.Person, err error) {
		return p, scan(&p.ID, &p.Revision, &p.Name, perhaps(&p.Email), perhaps(&p.Zone), &p.Disabled)
	}, "SELECT id, revision, name, email, zone, disabled FROM person"+self+" ORDER BY id", args...)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	by := make(map[access.PersonID]*access.Person, len(people))
	for i := range people {
		by[people[i].ID] = &people[i]
	}
	return people, r.each(ctx, func(scan func(...any) error) error {
		var kind, place int64
		var who access.PersonID
		var a, b, c string
		var at time.Time
		if err := scan(&kind, &who, &place, &a, &b, &c, into{&at}); err != nil {
			return err
		}
		p := by[who]
		if p == nil {
			return nil
		}
		switch kind {
		case 1:
			p.Teams = append(p.Teams, a)
		case 2:
			p.Grants = append(p.Grants, access.Grant{Person: who, Role: access.Role(a), Scope: access.Scope(b), Until: at})
		case 3:
			p.Keys = append(p.Keys, access.Key{Person: who, Fingerprint: a, Authorized: b, Comment: c, AddedAt: at})
		case 4:
			p.Identities = append(p.Identities, access.Identity{System: a, Value: b, Bot: c != ""})
		}
		return nil
	}, fmt.Sprintf(`SELECT 1 AS kind, person, n AS place, team AS a, '' AS b, '' AS c, NULL AS at FROM person_team%[1]s
		UNION ALL SELECT 2, person, 0, role, scope, '', until_at FROM person_grant%[1]s
		UNION ALL SELECT 3, person, added_at, fingerprint, authorized, comment, added_at FROM person_key%[1]s
		UNION ALL SELECT 4, person, 0, system, value, CASE bot WHEN 1 THEN 'bot' ELSE '' END, NULL FROM person_identity%[1]s
		ORDER BY kind, person, place, a, b`, of), append(append(append(args, args...), args...), args...)...)
}

// PutPerson inserts a person of Revision 0, else updates the stored one of that revision.
func (t *tx) PutPerson(ctx context.Context, p *access.Person) error {
	var n int64
	var err error
	if p.Revision == 0 {
		n, err = t.exec(ctx, port.People, `INSERT INTO person (id, revision, name, email, zone, disabled)
			VALUES (?, 1, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			string(p.ID), p.Name, optional(p.Email), optional(p.Zone), flag(p.Disabled))
		if err == nil && n == 0 {
			return release.Errorf(release.Refused, "there is a person %s already", p.ID).Advise("choose another id")
		}
	} else {
		n, err = t.exec(ctx, port.People, `UPDATE person SET revision = revision + 1, name = ?, email = ?, zone = ?, disabled = ?
			WHERE id = ? AND revision = ?`,
			p.Name, optional(p.Email), optional(p.Zone), flag(p.Disabled), string(p.ID), p.Revision)
		if err == nil && n == 0 {
			return t.stale(ctx, "person", string(p.ID))
		}
	}
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, port.People, "DELETE FROM person_team WHERE person = ?", string(p.ID)); err != nil {
		return err
	}
	for i, team := range p.Teams {
		if _, err := t.exec(ctx, port.People, "INSERT INTO person_team (person, n, team) VALUES (?, ?, ?)", string(p.ID), int64(i), team); err != nil {
			return err
		}
	}
	t.raise(&p.Revision, p.Revision+1)
	return nil
}

// stale says why an update by revision met no row: the thing is gone, or somebody else has written it.
func (t *tx) stale(ctx context.Context, table, id string) error {
	var now int64
	found, err := t.one(ctx, []any{&now}, "SELECT revision FROM "+table+" WHERE id = ?", id)
	switch {
	case err != nil:
		return err
	case !found:
		return release.Errorf(release.NotFound, "%s is not there any more", id).Advise("nothing was changed")
	}
	return release.Errorf(release.Changed, "%s was changed by somebody else meanwhile", id).
		Advise("look at it again, then decide")
}

// AddKey gives a person a public key. A key that the person has gets the new comment.
func (t *tx) AddKey(ctx context.Context, k access.Key) error {
	n, err := t.exec(ctx, port.People, `INSERT INTO person_key (fingerprint, person, authorized, comment, added_at)
		VALUES (?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO UPDATE SET authorized = excluded.authorized, comment = excluded.comment
		WHERE person_key.person = excluded.person`,
		k.Fingerprint, string(k.Person), k.Authorized, k.Comment, micros(k.AddedAt))
	if err == nil && n == 0 {
		return release.Errorf(release.Refused, "this key belongs to somebody else").
			Advise("one key is one person: make another with ssh-keygen")
	}
	return err
}

// RemoveKey takes a key from a person.
func (t *tx) RemoveKey(ctx context.Context, p access.PersonID, fingerprint string) error {
	n, err := t.exec(ctx, port.People, "DELETE FROM person_key WHERE person = ? AND fingerprint = ?", string(p), fingerprint)
	if err == nil && n == 0 {
		return noPerson("%s has no key %s", p, release.Clean(fingerprint, 80))
	}
	return err
}

// AddIdentity links a person to an outside login.
func (t *tx) AddIdentity(ctx context.Context, p access.PersonID, i access.Identity) error {
	n, err := t.exec(ctx, port.People, `INSERT INTO person_identity (system, value, person, bot) VALUES (?, ?, ?, ?)
		ON CONFLICT (system, value) DO UPDATE SET bot = excluded.bot WHERE person_identity.person = excluded.person`,
		i.System, i.Value, string(p), flag(i.Bot))
	if err == nil && n == 0 {
		return release.Errorf(release.Refused, "%s belongs to somebody else", i).
			Advise("one login is one person: unlink it there first")
	}
	return err
}

// RemoveIdentity unlinks a person from an outside login.
func (t *tx) RemoveIdentity(ctx context.Context, p access.PersonID, i access.Identity) error {
	n, err := t.exec(ctx, port.People, "DELETE FROM person_identity WHERE person = ? AND system = ? AND value = ?", string(p), i.System, i.Value)
	if err == nil && n == 0 {
		return noPerson("%s is not linked to %s", p, release.Clean(i.String(), 80))
	}
	return err
}

// AddGrant gives a person a role within a scope; one of the same role and scope gets the new end.
func (t *tx) AddGrant(ctx context.Context, g access.Grant) error {
	_, err := t.exec(ctx, port.People, `INSERT INTO person_grant (person, role, scope, until_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, role, scope) DO UPDATE SET until_at = excluded.until_at`,
		string(g.Person), string(g.Role), string(g.Scope), instant(g.Until))
	return err
}

// RemoveGrant takes a role within a scope from a person.
func (t *tx) RemoveGrant(ctx context.Context, p access.PersonID, role access.Role, scope access.Scope) error {
	n, err := t.exec(ctx, port.People, "DELETE FROM person_grant WHERE person = ? AND role = ? AND scope = ?", string(p), string(role), string(scope))
	if err == nil && n == 0 {
		return noPerson("%s has no grant of %s on %s", p, role, scope)
	}
	return err
}
