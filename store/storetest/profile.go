package storetest

import (
	"context"
	"testing"

	"signalbox/release/access"
	"signalbox/release/port"
	"signalbox/release/profile"
)

func testProfile(t *testing.T, open func(port.Publisher) port.Store) {
	hub := &Hub{}
	a, b := open(hub), open(nil)
	Write(t, a, func(ctx context.Context, tx port.Tx) error {
		for _, id := range []access.PersonID{"a.one", "b.two"} {
			if err := tx.PutPerson(ctx, &access.Person{ID: id, Name: string(id)}); err != nil {
				return err
			}
		}
		return nil
	})
	hub.Wait(t, port.People)
	hub.Drain()
	put := func(s port.Store, id access.PersonID, name, value string) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutProfile(ctx, id, name, value) })
	}
	of := func(s port.Store, id access.PersonID) (p profile.Profile) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			p, err = r.Profile(ctx, id)
			return err
		})
		return p
	}
	same(t, of(a, "a.one"), profile.Profile{})
	put(a, "a.one", "theme", "light")
	put(b, "a.one", "zone", "Asia/Singapore")
	put(a, "a.one", "theme", "mono")
	put(b, "b.two", "first-view", "queue")
	put(a, "a.one", "colour", "unknown to this program")
	put(a, "a.one", "bell", "loud")
	same(t, of(a, "a.one"), profile.Profile{Theme: "mono", Zone: "Asia/Singapore"})
	same(t, of(b, "b.two"), profile.Profile{FirstView: "queue"})
	put(b, "a.one", "theme", "")
	put(b, "a.one", "theme", "")
	same(t, of(a, "a.one"), profile.Profile{Zone: "Asia/Singapore"})
	same(t, of(a, "nobody"), profile.Profile{})
	if seen := hub.Drain(); len(seen) > 0 {
		t.Errorf("%v were told of how somebody likes the screen", seen)
	}
	err := a.Write(context.Background(), func(tx port.Tx) error { return tx.PutProfile(context.Background(), "nobody", "theme", "light") })
	if err == nil {
		t.Error("somebody who does not exist has a theme")
	}
}
