package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
)

func testPeople(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	p := person("j.ruiz")
	p.Teams = []string{"payments", "a-team"}
	key := access.Key{Person: "j.ruiz", Fingerprint: "SHA256:abc", Authorized: "ssh-ed25519 AAAA", Comment: "laptop", AddedAt: T0}
	login := access.Identity{System: "github", Value: "jruiz"}
	robot := access.Identity{System: "email", Value: "ci@meridian.example", Bot: true}
	grant := access.Grant{Person: "j.ruiz", Role: access.Approver, Scope: "service:checkout", Until: T0.Add(time.Hour)}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.PutPerson(ctx, p); err != nil {
			return err
		}
		if err := tx.AddKey(ctx, key); err != nil {
			return err
		}
		for _, i := range []access.Identity{login, robot} {
			if err := tx.AddIdentity(ctx, "j.ruiz", i); err != nil {
				return err
			}
		}
		if err := tx.AddGrant(ctx, grant); err != nil {
			return err
		}
		grant.Until = time.Time{} // replaces one of the same role and scope
		if err := tx.AddGrant(ctx, grant); err != nil {
			return err
		}
		return tx.AddGrant(ctx, access.Grant{Person: "j.ruiz", Role: access.Viewer, Scope: access.Org, Until: T0})
	})
	addPeople(t, s, "a.ng")
	want := *p
	want.Keys, want.Identities = []access.Key{key}, []access.Identity{robot, login}
	want.Grants = []access.Grant{{Person: "j.ruiz", Role: access.Approver, Scope: "service:checkout"}, {Person: "j.ruiz", Role: access.Viewer, Scope: access.Org, Until: T0}}
	other := *person("a.ng")
	other.Revision = 1
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.People(ctx)
		if err != nil {
			return err
		}
		same(t, all, []access.Person{other, want})
		for _, find := range []func() (*access.Person, error){
			func() (*access.Person, error) { return r.Person(ctx, "j.ruiz") },
			func() (*access.Person, error) { return r.PersonByKey(ctx, "SHA256:abc") },
			func() (*access.Person, error) { return r.PersonByIdentity(ctx, login) },
		} {
			got, err := find()
			if err != nil {
				return err
			}
			same(t, got, &want)
		}
		for _, find := range []func() (*access.Person, error){
			func() (*access.Person, error) { return r.Person(ctx, "nobody") },
			func() (*access.Person, error) { return r.Person(ctx, "") },
			func() (*access.Person, error) { return r.PersonByKey(ctx, "SHA256:ABC") },
			func() (*access.Person, error) {
				return r.PersonByIdentity(ctx, access.Identity{System: "gitlab", Value: "jruiz"})
			},
		} {
			_, err := find()
			Refuse(t, err, release.NotFound)
		}
		return nil
	})
	// An update by revision; a revision that is not the stored one is refused and changes nothing.
	stale := want
	p.Name, p.Disabled, p.Teams = "Jo Ruiz", true, nil
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutPerson(ctx, p) })
	ctx := context.Background()
	stale.Name = "lost"
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutPerson(ctx, &stale) }), release.Changed)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutPerson(ctx, person("j.ruiz")) }), release.Refused)
	ghost := person("ghost")
	ghost.Revision = 3
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutPerson(ctx, ghost) }), release.NotFound)
	want.Name, want.Disabled, want.Teams, want.Revision = "Jo Ruiz", true, nil, 2
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Person(ctx, "j.ruiz")
		same(t, got, &want)
		return err
	})
}

func testKeys(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx := context.Background()
	addPeople(t, s, "a.one", "b.two")
	key := access.Key{Person: "a.one", Fingerprint: "SHA256:k", Authorized: "ssh-ed25519 AAAA", AddedAt: T0}
	login := access.Identity{System: "gitlab", Value: "one"}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.AddKey(ctx, key); err != nil {
			return err
		}
		key.Comment = "again"
		if err := tx.AddKey(ctx, key); err != nil {
			return err
		}
		if err := tx.AddIdentity(ctx, "a.one", login); err != nil {
			return err
		}
		return tx.AddIdentity(ctx, "a.one", login)
	})
	theirs := key
	theirs.Person = "b.two"
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.AddKey(ctx, theirs) }), release.Refused)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.AddIdentity(ctx, "b.two", login) }), release.Refused)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.RemoveKey(ctx, "b.two", "SHA256:k") }), release.NotFound)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.RemoveIdentity(ctx, "b.two", login) }), release.NotFound)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.RemoveGrant(ctx, "b.two", access.Viewer, access.Org) }), release.NotFound)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.AddKey(ctx, access.Key{Person: "nobody", Fingerprint: "SHA256:n"}) }), release.Refused)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		p, err := r.PersonByKey(ctx, "SHA256:k")
		if err == nil {
			same(t, p.Keys, []access.Key{key})
		}
		return err
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.AddGrant(ctx, access.Grant{Person: "a.one", Role: access.Admin, Scope: access.Org}); err != nil {
			return err
		}
		if err := tx.RemoveGrant(ctx, "a.one", access.Admin, access.Org); err != nil {
			return err
		}
		if err := tx.RemoveKey(ctx, "a.one", "SHA256:k"); err != nil {
			return err
		}
		if err := tx.RemoveIdentity(ctx, "a.one", login); err != nil {
			return err
		}
		return tx.AddKey(ctx, theirs) // free again
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		p, err := r.Person(ctx, "a.one")
		if err == nil {
			same(t, *p, access.Person{ID: "a.one", Name: p.Name, Email: p.Email, Zone: p.Zone, Teams: p.Teams, Revision: 1})
		}
		return err
	})
}

func testTokens(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "a.one")
	ci := port.Token{Name: "ci", Scope: "gate", Hash: "aa", By: "a.one", CreatedAt: T0}
	ics := port.Token{Name: "calendar", Scope: "ics", Hash: "bb", CreatedAt: T0}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.PutToken(ctx, ci); err != nil {
			return err
		}
		return tx.PutToken(ctx, ics)
	})
	ci.RevokedAt = T0.Add(time.Minute)
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutToken(ctx, ci) })
	ctx := context.Background()
	Refuse(t, s.Write(ctx, func(tx port.Tx) error {
		return tx.PutToken(ctx, port.Token{Name: "twin", Scope: "gate", Hash: "aa", CreatedAt: T0})
	}), release.Refused)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Tokens(ctx)
		if err != nil {
			return err
		}
		same(t, all, []port.Token{ics, ci})
		got, err := r.TokenByHash(ctx, "aa")
		if err != nil {
			return err
		}
		same(t, got, ci)
		_, err = r.TokenByHash(ctx, "cc")
		Refuse(t, err, release.NotFound)
		return nil
	})
}
