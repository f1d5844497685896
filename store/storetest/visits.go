package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release/access"
	"signalbox/release/port"
)

func testVisits(t *testing.T, open func(port.Publisher) port.Store) {
	a, b := open(nil), open(nil)
	put := func(s port.Store, v access.Visit) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutVisit(ctx, v) })
	}
	remove := func(id string, notSeenSince time.Time) {
		t.Helper()
		Write(t, a, func(ctx context.Context, tx port.Tx) error { return tx.RemoveVisit(ctx, id, notSeenSince) })
	}
	visits := func(s port.Store, since time.Time) (vs []access.Visit) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			vs, err = r.Visits(ctx, since)
			return err
		})
		return vs
	}
	nine := access.Visit{ID: "S-9", Person: "a.one", From: "[::1]:4022", Host: "alpha:12", Since: T0, SeenAt: T0}
	ten := access.Visit{ID: "S-10", Person: "b.two", From: "10.0.0.1:1", Host: "beta:7", Since: T0, SeenAt: T0.Add(time.Minute)}
	first := access.Visit{ID: "S-11", Person: "b.two", From: "10.0.0.1:2", Host: "beta:7", Since: T0.Add(-time.Hour), SeenAt: T0.Add(time.Minute)}
	put(a, nine)
	put(b, ten)
	put(b, first)
	same(t, visits(a, T0), []access.Visit{first, nine, ten})
	same(t, visits(b, T0.Add(time.Minute)), []access.Visit{first, ten})
	same(t, visits(b, T0.Add(time.Minute+time.Microsecond)), []access.Visit(nil))
	// Somebody asks for an end; the process that serves the session still writes what it knew.
	asked := nine
	asked.EndedBy = "b.two"
	put(b, asked)
	nine.SeenAt = T0.Add(2 * time.Minute)
	put(a, nine)
	nine.EndedBy = "b.two"
	asked.EndedBy, asked.SeenAt = "c.three", nine.SeenAt // has been asked already
	put(b, asked)
	same(t, visits(a, T0), []access.Visit{first, nine, ten})
	remove("S-10", T0.Add(-time.Hour))
	remove("S-10", T0.Add(-time.Hour))
	same(t, visits(a, T0), []access.Visit{first, nine})
	remove("S-none", T0.Add(time.Minute+time.Microsecond)) // the process of the other is dead
	same(t, visits(a, T0), []access.Visit{nine})
}
