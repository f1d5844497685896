package storetest

import (
	"context"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/access"
	"signalbox/release/calendar"
	"signalbox/release/feed"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

func seen(id, external string, state rollout.State, at time.Time) rollout.Observed {
	return rollout.Observed{ID: id, Connector: "github", ExternalID: external, Service: "checkout", Environment: "production", Version: "v" + external,
		Digest: digest(1), State: state, URL: "u", StartedAt: T0, UpdatedAt: at}
}

func putRollouts(t testing.TB, s port.Store, os ...rollout.Observed) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, o := range os {
			if err := tx.PutRollout(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func testRollouts(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	putChanges(t, s, ask(1))
	one := seen("RO-1", "1", rollout.Success, T0.Add(time.Hour))
	ten := seen("RO-10", "10", rollout.Success, T0.Add(2*time.Hour))
	two := seen("RO-2", "2", rollout.InProgress, T0)
	two.Change = "CHG-1"
	nine := seen("RO-9", "9", rollout.Pending, T0)
	failed := seen("RO-11", "11", rollout.Failure, T0.Add(3*time.Hour))
	staging := seen("RO-12", "12", rollout.Success, T0)
	staging.Environment = "staging"
	putRollouts(t, s, one, ten, nine, two, failed, staging)
	newest := map[string][]rollout.Observed{"production": {ten}, "staging": {staging}, "nowhere": nil}
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		live, err := r.LiveRollouts(ctx)
		if err != nil {
			return err
		}
		same(t, live, []rollout.Observed{two, nine})
		for _, k := range []struct {
			from, to time.Duration
			want     []rollout.Observed
		}{{0, time.Second, []rollout.Observed{one, two, nine, ten, failed, staging}}, {4 * time.Hour, 9 * time.Hour, []rollout.Observed{two, nine}}, {-time.Hour, 0, nil},
			{3 * time.Hour, 9 * time.Hour, []rollout.Observed{two, nine, failed}}} {
			between, err := r.RolloutsBetween(ctx, T0.Add(k.from), T0.Add(k.to))
			if err != nil {
				return err
			}
			same(t, between, k.want)
		}
		got, err := r.RolloutByExternal(ctx, "github", "2")
		if err != nil {
			return err
		}
		same(t, got, two)
		_, err = r.RolloutByExternal(ctx, "gitlab", "2")
		Refuse(t, err, release.NotFound)
		production, staging, nowhere := port.Slot{Service: "checkout", Environment: "production"}, port.Slot{Service: "checkout", Environment: "staging"}, port.Slot{Service: "x"}
		done, err := r.Deployed(ctx, []port.Slot{production, staging, nowhere, production})
		if len(done) != 2 || done[production].Version != "v10" || done[staging].Version != "v12" {
			t.Errorf("deployed: %v", done)
		}
		if err != nil {
			return err
		}
		for environment, want := range newest {
			last, err := r.DeployedTo(ctx, environment)
			if err != nil {
				return err
			}
			same(t, last, want)
		}
		return nil
	})
	two.State, two.UpdatedAt = rollout.Success, T0.Add(5*time.Hour)
	ten.State = rollout.Inactive
	putRollouts(t, s, two, ten)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		production := port.Slot{Service: "checkout", Environment: "production"}
		done, err := r.Deployed(ctx, []port.Slot{production})
		same(t, done[production], two)
		if err != nil {
			return err
		}
		last, err := r.DeployedTo(ctx, "production")
		same(t, last, []rollout.Observed{two})
		return err
	})
	later := seen("RO-13", "13", rollout.Pending, T0.Add(6*time.Hour))
	later.StartedAt = T0.Add(6 * time.Hour)
	putRollouts(t, s, later)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Rollout(ctx, "RO-11")
		if err != nil {
			return err
		}
		same(t, got, failed)
		_, err = r.Rollout(ctx, "RO-99")
		Refuse(t, err, release.NotFound)
		since, err := r.RolloutsUpdatedSince(ctx, T0.Add(3*time.Hour))
		if err != nil {
			return err
		}
		same(t, since, []rollout.Observed{later, two, failed}) // at the instant itself too, newest first
		production := port.Slot{Service: "checkout", Environment: "production"}
		before, err := r.RolloutsOf(ctx, production, T0, 3)
		if err != nil {
			return err
		}
		same(t, before, []rollout.Observed{failed, ten, nine}) // of one instant the highest number first
		all, err := r.RolloutsOf(ctx, production, T0.Add(6*time.Hour), 10)
		if err != nil {
			return err
		}
		same(t, all, []rollout.Observed{later, failed, ten, nine, two, one})
		none, err := r.RolloutsOf(ctx, port.Slot{Service: "checkout", Environment: "test"}, T0, 3)
		same(t, none, []rollout.Observed{})
		return err
	})
	ctx := context.Background()
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutRollout(ctx, seen("RO-20", "2", rollout.Pending, T0)) }), release.Refused)
}

func testFreezes(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	addPeople(t, s, "a.one")
	mk := func(id string, from, to time.Duration) *calendar.Freeze {
		return &calendar.Freeze{ID: id, Kind: calendar.HardFreeze, Scope: access.Org, Interval: calendar.Interval{From: T0.Add(from), To: T0.Add(to)},
			Reason: "end of the quarter", DeclaredBy: "a.one", DeclaredAt: T0}
	}
	over, now, later, lifted := mk("FRZ-1", -2*time.Hour, 0), mk("FRZ-2", -time.Hour, time.Hour), mk("FRZ-3", time.Hour, 2*time.Hour), mk("FRZ-10", -time.Hour, time.Hour)
	later.DeclaredBy = ""
	put := func(fs ...*calendar.Freeze) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) error {
			for _, f := range fs {
				if err := tx.PutFreeze(ctx, f); err != nil {
					return err
				}
			}
			return nil
		})
	}
	put(over, now, later, lifted)
	before := *lifted
	lifted.LiftedBy, lifted.LiftedAt = "a.one", T0.Add(-time.Minute)
	put(lifted)
	ctx := context.Background()
	before.Reason = "lost in the race of two"
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutFreeze(ctx, &before) }), release.Changed)
	Refuse(t, s.Write(ctx, func(tx port.Tx) error { return tx.PutFreeze(ctx, mk("FRZ-1", 0, time.Hour)) }), release.Refused)
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		in, err := r.Freezes(ctx, T0)
		if err != nil {
			return err
		}
		same(t, in, []calendar.Freeze{*now, *later})
		got, err := r.Freeze(ctx, "FRZ-10")
		if err != nil {
			return err
		}
		same(t, got, *lifted)
		_, err = r.Freeze(ctx, "FRZ-4")
		Refuse(t, err, release.NotFound)
		return nil
	})
}

func testFeeds(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	github := feed.Status{Name: "github", Type: "github", Kind: feed.Push}
	prom := feed.Status{Name: "prometheus", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 30 * time.Second}
	do := func(fn func(ctx context.Context, tx port.Tx) error) { t.Helper(); Write(t, s, fn) }
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, prom) })
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, github) })
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "github", Accepted: 2, Repeated: 1, LastGood: T0}, T0)
	})
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "github", Refused: 1, LastError: "bad signature", LastErrorAt: T0.Add(time.Second)}, T0)
	})
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "github", Accepted: 1, Dead: 4, LastGood: T0.Add(-time.Hour), LastError: "older", LastErrorAt: T0}, T0)
	})
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "stray", Refused: 1, LastError: "who?", LastErrorAt: T0}, T0)
	})
	github.ExpectEvery = time.Minute
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, github) }) // leaves the counts
	github.Accepted, github.Repeated, github.Refused, github.Dead = 3, 1, 1, 4
	github.LastGood, github.LastError, github.LastErrorAt = T0, "bad signature", T0.Add(time.Second)
	// One that is not declared, or is forgotten, is not counted into being.
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Feeds(ctx)
		same(t, all, []feed.Status{github, prom})
		return err
	})
	// What a wrong clock wrote is mended by the next word.
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "github", LastGood: T0.AddDate(1, 0, 0)}, T0)
	})
	do(func(ctx context.Context, tx port.Tx) error {
		return tx.CountFeed(ctx, feed.Status{Name: "github", LastGood: T0.Add(time.Minute)}, T0)
	})
	github.LastGood = T0.Add(time.Minute)
	// Since is when it was first declared with a promise: another promise makes no silence good.
	prom.Since = T0
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, prom) })
	again := prom
	again.Since = T0.Add(time.Hour)
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, again) })
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Feeds(ctx)
		same(t, all, []feed.Status{github, prom})
		return err
	})
	again.ExpectEvery = time.Hour
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, again) })
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Feeds(ctx)
		again.Since = prom.Since
		same(t, all, []feed.Status{github, again})
		return err
	})
	silent := feed.Status{Name: "silent", Kind: feed.Push, Since: T0}
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, silent) })
	silent.ExpectEvery, silent.Since = time.Minute, T0.Add(time.Hour)
	do(func(ctx context.Context, tx port.Tx) error { return tx.PutFeed(ctx, silent) })
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Feeds(ctx)
		same(t, all, []feed.Status{github, again, silent})
		return err
	})
}

// testDeclare: a feed is gone when no process has it, and a process that says nothing has none.
func testDeclare(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, name := range []string{"a", "b", "c"} {
			if err := tx.PutFeed(ctx, feed.Status{Name: name, Type: "github", Kind: feed.Push}); err != nil {
				return err
			}
		}
		return nil
	})
	declare := func(process string, at time.Time, names ...string) (gone []string) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
			gone, err = tx.Declare(ctx, process, names, at)
			return err
		})
		return gone
	}
	same(t, declare("one", T0, "a", "b"), []string{"c"})
	same(t, declare("two", T0.Add(time.Minute), "b", "c", "c"), []string(nil))
	same(t, declare("one", T0.Add(2*time.Minute), "b"), []string{"a"})
	same(t, declare("one", T0.Add(4*time.Minute), "b"), []string{"a"}) // two is heard of for three minutes
	same(t, declare("one", T0.Add(4*time.Minute+time.Microsecond), "b"), []string{"a", "c"})
	same(t, declare("one", T0.Add(5*time.Minute)), []string{"a", "b", "c"})
}

func testDeliveries(t *testing.T, open func(port.Publisher) port.Store) {
	a, b := open(nil), open(nil)
	take := func(s port.Store, connector, id string) (fresh bool) {
		Write(t, s, func(ctx context.Context, tx port.Tx) (err error) {
			fresh, err = tx.TakeDelivery(ctx, connector, id, T0)
			return err
		})
		return fresh
	}
	same(t, []bool{take(a, "github", "1"), take(b, "github", "1"), take(a, "github", "2"), take(b, "gitlab", "1")}, []bool{true, false, true, true})
	// What is rolled back was not taken.
	ctx := context.Background()
	_ = a.Write(ctx, func(tx port.Tx) error {
		fresh, _ := tx.TakeDelivery(ctx, "github", "3", T0)
		again, _ := tx.TakeDelivery(ctx, "github", "3", T0)
		same(t, []bool{fresh, again}, []bool{true, false})
		return context.Canceled
	})
	same(t, take(b, "github", "3"), true)
}
