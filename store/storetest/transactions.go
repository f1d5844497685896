package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/port"
)

func person(id access.PersonID) *access.Person {
	return &access.Person{ID: id, Name: "Name of " + string(id), Email: string(id) + "@meridian.example", Zone: "Europe/London", Teams: []string{"payments"}}
}

func addPeople(t testing.TB, s port.Store, ids ...access.PersonID) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, id := range ids {
			if err := tx.PutPerson(ctx, person(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func testTransactions(t *testing.T, open func(port.Publisher) port.Store) {
	hub := &Hub{}
	s := open(hub)
	ctx := context.Background()
	no := release.Errorf(release.Refused, "the rule says no").Advise("ask")
	err := s.Write(ctx, func(tx port.Tx) error {
		if err := tx.PutPerson(ctx, person("j.ruiz")); err != nil {
			return err
		}
		if _, err := tx.Person(ctx, "j.ruiz"); err != nil {
			return fmt.Errorf("a transaction sees what it wrote: %w", err)
		}
		return no
	})
	if err != error(no) {
		t.Fatalf("the function's own error comes back: got %v", err)
	}
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		_, err := r.Person(ctx, "j.ruiz")
		Refuse(t, err, release.NotFound)
		return nil
	})
	// A statement that fails spoils the transaction on both engines, even if the function goes on.
	err = s.Write(ctx, func(tx port.Tx) error {
		if err := tx.SetMeta(ctx, "before", "1"); err != nil {
			return err
		}
		_ = tx.AddGrant(ctx, access.Grant{Person: "nobody", Role: access.Viewer, Scope: access.Org})
		return nil
	})
	Refuse(t, err, release.Refused)
	// A refusal that the store foresees does not.
	addPeople(t, s, "a.one", "b.two")
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		return tx.AddIdentity(ctx, "a.one", access.Identity{System: "github", Value: "one"})
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		Refuse(t, tx.AddIdentity(ctx, "b.two", access.Identity{System: "github", Value: "one"}), release.Refused)
		return tx.SetMeta(ctx, "after", "1")
	})
	var kept port.Tx
	Write(t, s, func(ctx context.Context, tx port.Tx) error { kept = tx; return nil })
	if _, err := kept.Meta(ctx, "after"); err == nil {
		t.Fatal("a transaction was of use after its end")
	}
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		a, _ := r.Meta(ctx, "before")
		b, _ := r.Meta(ctx, "after")
		same(t, []string{a, b}, []string{"", "1"})
		return nil
	})
}

func testSnapshot(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "old") })
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		before, err := r.Meta(ctx, "k")
		if err != nil {
			return err
		}
		Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "new") })
		during, err := r.Meta(ctx, "k")
		same(t, []string{before, during}, []string{"old", "old"})
		return err
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		after, err := r.Meta(ctx, "k")
		same(t, after, "new")
		return err
	})
}

func testCancelled(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ran := false
	err := s.Write(ctx, func(tx port.Tx) error { ran = true; return tx.SetMeta(ctx, "k", "v") })
	Refuse(t, err, release.Unavailable)
	if ran {
		t.Fatal("a command whose caller had gone was begun")
	}
	Refuse(t, s.Read(ctx, func(r port.Reader) error { _, err := r.Meta(ctx, "k"); return err }), release.Unavailable)
	// A read that is given up in the middle leaves the store in order.
	for range 8 {
		ctx, cancel := context.WithCancel(context.Background())
		_ = s.Read(ctx, func(r port.Reader) error {
			if _, err := r.Meta(ctx, "k"); err != nil {
				return err
			}
			cancel()
			_, err := r.People(ctx)
			return err
		})
	}
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "v") })
	for range 8 {
		Read(t, s, func(ctx context.Context, r port.Reader) error {
			v, err := r.Meta(ctx, "k")
			same(t, v, "v")
			return err
		})
	}
}

func testPanic(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx := context.Background()
	err := s.Write(ctx, func(tx port.Tx) error {
		if err := tx.SetMeta(ctx, "k", "v"); err != nil {
			return err
		}
		panic("a fault")
	})
	Refuse(t, err, release.Internal)
	// A goroutine that ends within its command ends nobody else's.
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Write(ctx, func(tx port.Tx) error {
			_ = tx.SetMeta(ctx, "k", "v")
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		v, err := r.Meta(ctx, "k")
		same(t, v, "")
		return err
	})
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "w") })
}

// testRevisionPutBack: what a transaction raises in its caller's variable falls back with it, so that the
// same variable can be written again.
func testRevisionPutBack(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx := context.Background()
	p := person("j.ruiz")
	no := release.Errorf(release.Refused, "no")
	for range 2 {
		err := s.Write(ctx, func(tx port.Tx) error {
			if err := tx.PutPerson(ctx, p); err != nil {
				return err
			}
			if p.Revision != 1 {
				t.Errorf("revision %d within, want 1", p.Revision)
			}
			return no
		})
		if !errors.Is(err, no) || p.Revision != 0 {
			t.Fatalf("got %v and revision %d; want the refusal and 0", err, p.Revision)
		}
	}
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutPerson(ctx, p) })
	if p.Revision != 1 {
		t.Fatalf("revision %d, want 1", p.Revision)
	}
}

// testCrowd: many at once on one row, through two stores; every one counts once.
func testCrowd(t *testing.T, open func(port.Publisher) port.Store) {
	stores := []port.Store{open(nil), open(nil)}
	const each, rounds = 8, 5
	ids := make(chan int64, each*rounds*len(stores))
	var crowd sync.WaitGroup
	for _, s := range stores {
		for range each {
			crowd.Go(func() {
				for range rounds {
					var n int64
					err := s.Write(context.Background(), func(tx port.Tx) (err error) {
						n, err = tx.NextID(context.Background(), "crowd")
						return err
					})
					if err != nil {
						t.Errorf("crowd: %v", causes(err))
						return
					}
					ids <- n
				}
			})
		}
	}
	crowd.Wait()
	close(ids)
	seen := map[int64]bool{}
	for n := range ids {
		seen[n] = true
	}
	for n := int64(1); n <= int64(each*rounds*len(stores)); n++ {
		if !seen[n] {
			t.Fatalf("number %d of %d is missing", n, each*rounds*len(stores))
		}
	}
}

func testPingClose(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	ctx := context.Background()
	if err := s.Ping(ctx); err != nil {
		t.Fatalf("ping: %v", causes(err))
	}
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", causes(err))
	}
	Refuse(t, s.Ping(ctx), release.Unavailable)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.SetMeta(ctx, "k", "v") }), release.Unavailable)
	Refuse(t, s.Read(ctx, func(r port.Reader) error { _, err := r.Meta(ctx, "k"); return err }), release.Unavailable)
}
