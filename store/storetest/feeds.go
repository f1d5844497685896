package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
)

func status(t testing.TB, s port.Store, name string) (f feed.Status, found bool) {
	t.Helper()
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		all, err := r.Feeds(ctx)
		for _, one := range all {
			if one.Name == name {
				f, found = one, true
			}
		}
		return err
	})
	return f, found
}

func testRuns(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	prom := feed.Status{Name: "prometheus", Type: "prometheus", Kind: feed.Pull, ExpectEvery: 30 * time.Second}
	out := feed.Status{Name: "slack", Type: "slack", Kind: feed.Out}
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.PutFeed(ctx, prom); err != nil {
			return err
		}
		return tx.PutFeed(ctx, out)
	})
	got, _ := status(t, s, "slack")
	same(t, got, out)
	prom.Run = feed.Run{Cursor: "etag \"ü\" 12", NextAt: T0.Add(time.Minute), Tries: 3, FailingSince: T0, Class: feed.Auth,
		Took: 1234567 * time.Nanosecond, ClaimedUntil: T0.Add(time.Second)}
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutRun(ctx, "prometheus", prom.Run) })
	got, _ = status(t, s, "prometheus")
	same(t, got, prom)
	// The configuration and the counts leave it as it is.
	prom.ExpectEvery, prom.Accepted = time.Minute, 1
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.CountFeed(ctx, feed.Status{Name: "prometheus", Accepted: 1, Run: feed.Run{Took: time.Second}}, T0); err != nil {
			return err
		}
		return tx.PutFeed(ctx, prom)
	})
	got, _ = status(t, s, "prometheus")
	same(t, got, prom)
	// A run that went well clears what was said of the failures.
	prom.Run = feed.Run{Cursor: "13", NextAt: T0.Add(time.Hour)}
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.PutRun(ctx, "prometheus", prom.Run) })
	got, _ = status(t, s, "prometheus")
	same(t, got, prom)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		Refuse(t, tx.PutRun(ctx, "nobody", prom.Run), release.NotFound)
		return nil
	})
}

func testBuckets(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, name := range []string{"github", "gitlab", "quiet"} {
			if err := tx.PutFeed(ctx, feed.Status{Name: name, Type: name, Kind: feed.Push}); err != nil {
				return err
			}
		}
		return nil
	})
	bucket := T0.Truncate(feed.BucketLength)
	count := func(at time.Time, d feed.Status) {
		t.Helper()
		Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.CountFeed(ctx, d, at) })
	}
	count(bucket, feed.Status{Name: "github", Accepted: 2, Run: feed.Run{Took: 3 * time.Second}})
	count(bucket.Add(feed.BucketLength-time.Microsecond), feed.Status{Name: "github", Accepted: 1, Refused: 4, Run: feed.Run{Took: time.Second}})
	count(bucket.Add(feed.BucketLength).In(time.FixedZone("", 5400)), feed.Status{Name: "github", Dead: 5, Run: feed.Run{Tries: 2}})
	count(bucket.Add(-time.Microsecond), feed.Status{Name: "github", Accepted: 7})
	count(bucket, feed.Status{Name: "gitlab", Run: feed.Run{Tries: 1, Took: time.Minute}})
	count(bucket, feed.Status{Name: "quiet", Repeated: 1})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.Buckets(ctx, bucket)
		same(t, got, map[string][]feed.Bucket{
			"github": {{At: bucket, Accepted: 3, Refused: 4, Took: 3 * time.Second}, {At: bucket.Add(feed.BucketLength), Dead: 5, Failed: 2}},
			"gitlab": {{At: bucket, Failed: 1, Took: time.Minute}},
		})
		if err != nil {
			return err
		}
		got, err = r.Buckets(ctx, bucket.Add(-feed.BucketLength))
		same(t, got["github"][0], feed.Bucket{At: bucket.Add(-feed.BucketLength), Accepted: 7})
		return err
	})
}

func putExchanges(t testing.TB, s port.Store, name string, es ...feed.Exchange) {
	t.Helper()
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		for _, e := range es {
			if err := tx.PutExchange(ctx, name, e); err != nil {
				return err
			}
		}
		return nil
	})
}

func testExchanges(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	exchanges := func(name string, limit int) (out []feed.Exchange) {
		Read(t, s, func(ctx context.Context, r port.Reader) (err error) {
			out, err = r.Exchanges(ctx, name, limit)
			return err
		})
		return out
	}
	line := func(i int) feed.Exchange {
		return feed.Exchange{At: T0.Add(time.Duration(i) * time.Second), Sign: feed.Good, Text: fmt.Sprintf("line %d", i), Took: time.Duration(i)}
	}
	twin := feed.Exchange{At: line(2).At, Sign: feed.Fell, Text: "written later at the same instant"}
	putExchanges(t, s, "github", line(2), twin, line(0), line(1))
	putExchanges(t, s, "gitlab", line(3))
	same(t, exchanges("github", 10), []feed.Exchange{twin, line(2), line(1), line(0)})
	same(t, exchanges("github", 2), []feed.Exchange{twin, line(2)})
	same(t, exchanges("", 10), []feed.Exchange{line(3), twin, line(2), line(1), line(0)})
	same(t, exchanges("nobody", 10), []feed.Exchange(nil))
	// The newest 500 are kept, by when they happened, and those of another feed stay.
	var many []feed.Exchange
	for i := range 507 {
		many = append(many, line(100+i))
	}
	putExchanges(t, s, "github", many...)
	putExchanges(t, s, "github", line(5)) // late and too old
	got := exchanges("github", 1000)
	if len(got) != 500 {
		t.Fatalf("%d lines are kept, want 500", len(got))
	}
	same(t, []feed.Exchange{got[0], got[499]}, []feed.Exchange{line(606), line(107)})
	same(t, exchanges("gitlab", 10), []feed.Exchange{line(3)})
}

func testRests(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		if err := tx.RestOn(ctx, "github", []string{"ledger", "checkout"}, T0); err != nil {
			return err
		}
		if err := tx.RestOn(ctx, "github", []string{"checkout", "search"}, T0.Add(-time.Hour)); err != nil {
			return err
		}
		if err := tx.RestOn(ctx, "github", nil, T0); err != nil {
			return err
		}
		return tx.RestOn(ctx, "prometheus", []string{"checkout"}, T0)
	})
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		got, err := r.FeedServices(ctx)
		same(t, got, map[string][]string{"github": {"checkout", "ledger", "search"}, "prometheus": {"checkout"}})
		return err
	})
}

func testRemoveFeed(t *testing.T, open func(port.Publisher) port.Store) {
	s := open(nil)
	for _, name := range []string{"old", "kept"} {
		Write(t, s, func(ctx context.Context, tx port.Tx) error {
			if err := tx.PutFeed(ctx, feed.Status{Name: name, Kind: feed.Pull}); err != nil {
				return err
			}
			if err := tx.PutRun(ctx, name, feed.Run{Cursor: "c"}); err != nil {
				return err
			}
			if err := tx.CountFeed(ctx, feed.Status{Name: name, Accepted: 1}, T0); err != nil {
				return err
			}
			if err := tx.PutExchange(ctx, name, feed.Exchange{At: T0, Sign: feed.Good, Text: name}); err != nil {
				return err
			}
			if err := tx.PutLetter(ctx, letter("DL-1-"+name, name)); err != nil {
				return err
			}
			return tx.RestOn(ctx, name, []string{"checkout"}, T0)
		})
	}
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.RemoveFeed(ctx, "old") })
	Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.RemoveFeed(ctx, "old") }) // is gone: no matter
	Read(t, s, func(ctx context.Context, r port.Reader) error {
		feeds, err := r.Feeds(ctx)
		if err != nil {
			return err
		}
		same(t, feeds, []feed.Status{{Name: "kept", Kind: feed.Pull, Accepted: 1, Run: feed.Run{Cursor: "c"}}})
		log, err := r.Exchanges(ctx, "", 10)
		if err != nil {
			return err
		}
		same(t, log, []feed.Exchange{{At: T0, Sign: feed.Good, Text: "kept"}})
		counts, err := r.Buckets(ctx, time.Time{}.AddDate(1969, 0, 0))
		if err != nil {
			return err
		}
		same(t, len(counts), 1)
		rests, err := r.FeedServices(ctx)
		if err != nil {
			return err
		}
		same(t, rests, map[string][]string{"kept": {"checkout"}})
		letters, err := r.Letters(ctx, "", 10)
		same(t, len(letters), 2)
		return err
	})
	// One of the same name begins from nothing.
	Write(t, s, func(ctx context.Context, tx port.Tx) error {
		return tx.PutFeed(ctx, feed.Status{Name: "old", Kind: feed.Push})
	})
	got, _ := status(t, s, "old")
	same(t, got, feed.Status{Name: "old", Kind: feed.Push})
}
