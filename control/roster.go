package control

import (
	"context"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
)

// registry finds people: a transaction does, and a roster.
type registry interface {
	Person(context.Context, access.PersonID) (*access.Person, error)
	PersonByKey(ctx context.Context, fingerprint string) (*access.Person, error)
	PersonByIdentity(context.Context, access.Identity) (*access.Person, error)
}

// roster is everybody as of one reading. The sessions of a process, of which there may be a thousand, ask it
// rather than the store whether they are still in; whoever acts is looked up in the transaction that acts.
type roster struct {
	people map[access.PersonID]*access.Person
	keys   map[string]*access.Person // by fingerprint
}

// rosterTopics are what a roster rests on.
var rosterTopics = []port.Topic{port.People}

func (c *Control) everybody(ctx context.Context) (*roster, error) {
	return c.roster.get(ctx, c, rosterTopics, func(ctx context.Context) (*roster, error) {
		out := &roster{people: map[access.PersonID]*access.Person{}, keys: map[string]*access.Person{}}
		err := c.Store.Read(ctx, func(r port.Reader) error {
			list, err := r.People(ctx)
			for i := range list {
				p := &list[i]
				out.people[p.ID] = p
				for _, k := range p.Keys {
					out.keys[k.Fingerprint] = p
				}
			}
			return err
		})
		return out, err
	})
}

func (r *roster) Person(_ context.Context, id access.PersonID) (*access.Person, error) {
	return known(r.people[id])
}

func (r *roster) PersonByKey(_ context.Context, fingerprint string) (*access.Person, error) {
	return known(r.keys[fingerprint])
}

func (r *roster) PersonByIdentity(_ context.Context, i access.Identity) (*access.Person, error) {
	for _, p := range r.people {
		for _, own := range p.Identities {
			if own == i {
				return p, nil
			}
		}
	}
	return known(nil)
}

func known(p *access.Person) (*access.Person, error) {
	if p == nil {
		return nil, release.Errorf(release.NotFound, "nobody here is that")
	}
	return p, nil
}

// StillIn returns the person of a session while its key belongs to them, or a certificate vouches for it, and
// they are not disabled: as of the last change to people, and at most snapshotAge ago.
func (c *Control) StillIn(ctx context.Context, a access.Actor) (*access.Person, error) {
	r, err := c.everybody(ctx)
	if err != nil {
		return nil, err
	}
	return who(ctx, r, a)
}
