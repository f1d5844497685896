package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

func sqliteStore(t testing.TB) (*store.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signalbox.db")
	return create(t, store.Options{Path: path}), path
}

// grouped holds the writer, lets commands queue up behind it, and gives them to it as one group. It
// returns their answers.
func grouped(t testing.TB, s *store.Store, commands ...func(ctx context.Context, tx port.Tx) error) []error {
	t.Helper()
	ctx := context.Background()
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = s.Write(ctx, func(port.Tx) error { close(held); <-release; return nil })
	})
	<-held
	out := make([]error, len(commands))
	for i, c := range commands {
		wg.Go(func() { out[i] = s.Write(ctx, func(tx port.Tx) error { return c(ctx, tx) }) })
		storetest.Eventually(t, "the command to queue", func() bool { return s.Waiting() == i+1 })
	}
	close(release)
	wg.Wait()
	return out
}

func sets(key string) func(ctx context.Context, tx port.Tx) error {
	return func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, key, "1") }
}

func values(t testing.TB, s port.Store, keys ...string) string {
	t.Helper()
	var out []string
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
		out = nil
		for _, k := range keys {
			v, err := r.Meta(ctx, k)
			if err != nil {
				return err
			}
			if v != "" {
				out = append(out, k)
			}
		}
		return nil
	})
	return strings.Join(out, " ")
}

// TestGroupFates: in one group, a refusal, a spoilt transaction, a panic, an ended goroutine and a full
// disk each concern their own command only.
func TestGroupFates(t *testing.T) {
	no := release.Errorf(release.Refused, "no")
	whale := func(ctx context.Context, tx port.Tx) error {
		if err := tx.SetMeta(ctx, "whale", strings.Repeat("x", 1<<20)); err != nil {
			return err
		}
		return tx.SetMeta(ctx, "after the whale", "1")
	}
	// A command that hears nothing of a failure that ended the transaction, and writes on.
	deaf := func(ctx context.Context, tx port.Tx) error {
		_ = tx.SetMeta(ctx, "whale", strings.Repeat("x", 1<<20))
		_ = tx.SetMeta(ctx, "deaf", "1")
		return nil
	}
	for _, c := range []struct {
		name string
		bad  func(ctx context.Context, tx port.Tx) error
		code release.Code
		full bool
	}{
		{"refusal", func(ctx context.Context, tx port.Tx) error { _ = tx.SetMeta(ctx, "bad", "1"); return no }, release.Refused, false},
		{"spoilt", func(ctx context.Context, tx port.Tx) error {
			_ = store.Exec(ctx, tx, "INSERT INTO change_note (change, kind, at, body) VALUES ('CHG-404', '', 0, '')")
			_ = tx.SetMeta(ctx, "bad", "1")
			return nil
		}, release.Refused, false},
		{"panic", func(ctx context.Context, tx port.Tx) error { _ = tx.SetMeta(ctx, "bad", "1"); panic("a fault") }, release.Internal, false},
		{"rollback", func(ctx context.Context, tx port.Tx) error {
			_ = store.Exec(ctx, tx, "ROLLBACK")
			_ = tx.SetMeta(ctx, "bad", "1")
			return nil
		}, release.Internal, false},
		{"full disk", whale, release.Unavailable, true},
		{"full disk, unheard", deaf, release.Unavailable, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := sqliteStore(t)
			if c.full {
				if err := s.LimitPages(20); err != nil {
					t.Fatal(err)
				}
			}
			errs := grouped(t, s, sets("one"), sets("two"), c.bad, sets("three"), sets("four"))
			for i, err := range errs {
				if (err != nil) != (i == 2) {
					t.Errorf("command %d: %v", i, err)
				}
			}
			storetest.Refuse(t, errs[2], c.code)
			if c.full {
				says(t, errs[2], release.Unavailable, "the disk is full: nothing was written")
			}
			if got := values(t, s, "one", "two", "three", "four", "bad", "whale", "after the whale", "deaf"); got != "one two three four" {
				t.Fatalf("stored: %s", got)
			}
			if err := s.LimitPages(0); err != nil {
				t.Fatal(err)
			}
			storetest.Write(t, s, sets("five"))
			if err := s.Ping(context.Background()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestGroupGoexit(t *testing.T) {
	s, _ := sqliteStore(t)
	ended := false
	errs := grouped(t, s, sets("one"), func(ctx context.Context, tx port.Tx) error {
		defer func() { ended = true }()
		_ = tx.SetMeta(ctx, "bad", "1")
		runtime.Goexit()
		return nil
	}, sets("two"))
	if errs[0] != nil || errs[2] != nil || !ended {
		t.Fatalf("%v, %v", errs, ended)
	}
	if got := values(t, s, "one", "two", "bad"); got != "one two" {
		t.Fatalf("stored: %s", got)
	}
}

// TestGroupSees: a command sees what those before it in the group wrote, and not what was taken back.
func TestGroupSees(t *testing.T) {
	s, _ := sqliteStore(t)
	var saw [3]int64
	next := func(i int, err error) func(ctx context.Context, tx port.Tx) error {
		return func(ctx context.Context, tx port.Tx) error {
			n, nerr := tx.NextID(ctx, "n")
			saw[i] = n
			if nerr != nil {
				return nerr
			}
			return err
		}
	}
	grouped(t, s, next(0, nil), next(1, release.Errorf(release.Refused, "no")), next(2, nil))
	if saw != [3]int64{1, 2, 2} {
		t.Fatalf("saw %v", saw)
	}
}

// crisis runs a crowd of deciders over a store, lets trouble begin and end, and compares what was
// acknowledged with what is stored.
func crisis(t *testing.T, s port.Store, begin, end func()) *ledger {
	t.Helper()
	var l ledger
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	crowd := l.crowd(ctx, s, "c", 16)
	storetest.Eventually(t, "decisions", func() bool { return l.count() >= 100 })
	begin()
	storetest.Eventually(t, "refusals", func() bool { return l.refused() >= 16 })
	end()
	before := l.count()
	storetest.Eventually(t, "decisions again", func() bool { return l.count() >= before+100 })
	stop()
	crowd.Wait()
	l.settle(t, s)
	return &l
}

func TestDiskFull(t *testing.T) {
	s, _ := sqliteStore(t)
	l := crisis(t, s, func() {
		if err := s.LimitPages(10); err != nil {
			t.Fatal(err)
		}
	}, func() {
		storetest.Eventually(t, "room", func() bool { return s.LimitPages(0) == nil })
	})
	says(t, l.refusals[0], release.Unavailable, "the disk is full")
}

func TestLockedByAnotherProcess(t *testing.T) {
	s, path := sqliteStore(t)
	var other *process
	l := crisis(t, s, func() {
		other = start(t, "lock "+path)
		if got := other.next(t); got != "locked" {
			t.Fatal(got)
		}
	}, func() { _ = other.in.Close() })
	says(t, l.refusals[0], release.Unavailable, "the store is locked by another process")
}

func TestFileMovedAway(t *testing.T) {
	s, path := sqliteStore(t)
	l := crisis(t, s, func() {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		says(t, s.Ping(context.Background()), release.Unavailable, "the database file is gone")
		// The screens stay up.
		storetest.Read(t, s, func(ctx context.Context, r port.Reader) error { _, err := r.AuditSize(ctx); return err })
	}, func() {
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	})
	says(t, l.refusals[len(l.refusals)-1], release.Unavailable, "the database file is gone")
	if err := s.Ping(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestFileReplaced(t *testing.T) {
	s, path := sqliteStore(t)
	l := crisis(t, s, func() {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
	})
	says(t, l.refusals[len(l.refusals)-1], release.Unavailable, "another file is in the place of the database")
}

func TestLogMovedAway(t *testing.T) {
	s, path := sqliteStore(t)
	l := crisis(t, s, func() {
		if err := os.Rename(path+"-wal", path+"-wal.away"); err != nil {
			t.Fatal(err)
		}
	}, func() {
		if err := os.Rename(path+"-wal.away", path+"-wal"); err != nil {
			t.Fatal(err)
		}
	})
	says(t, l.refusals[len(l.refusals)-1], release.Unavailable, "write-ahead log was taken away")
}

// TestFileDeleted: what is written to a deleted file is nowhere, so nothing of it is acknowledged.
func TestFileDeleted(t *testing.T) {
	s, path := sqliteStore(t)
	ctx := context.Background()
	if err := decide(ctx, s, "before"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil {
			t.Fatal(err)
		}
	}
	says(t, decide(ctx, s, "after"), release.Unavailable, "the database file is gone", "put the file back")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(ctx, store.Options{Path: path})
	says(t, err, release.NotFound, "signalbox init")
}

// TestFileCutShort: a file that somebody cut short under signalbox is an error for each who asks, and not
// the end of the process.
func TestFileCutShort(t *testing.T) {
	s, path := sqliteStore(t)
	ctx := context.Background()
	for i := range 200 {
		if err := decide(ctx, s, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	db := rawDB(t, "sqlite", "file:"+path)
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		err := s.Read(ctx, func(r port.Reader) error { _, err := r.AuditEntries(ctx, 0, 1000); return err })
		says(t, err, release.Unavailable, "damaged")
		says(t, decide(ctx, s, "after"), release.Unavailable, "damaged")
	}
}

// TestKilled: a process is killed in the middle of its decisions, again and again, while another goes on.
// Everything either acknowledged is there, whole, and the file is sound.
func TestKilled(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		s := create(t, o)
		var l ledger
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		crowd := l.crowd(ctx, s, "here", 2)
		var theirs []string
		for round := range 5 {
			p := start(t, fmt.Sprintf("decide %s%s there%d", o.Path, o.URL, round))
			for range 60 {
				theirs = append(theirs, p.next(t))
			}
			if err := p.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for p.lines.Scan() { // what it still managed to say
				if text := p.lines.Text(); strings.HasPrefix(text, "there") && strings.Count(text, "-") == 2 {
					theirs = append(theirs, text)
				}
			}
			before := l.count()
			storetest.Eventually(t, "the other to go on", func() bool { return l.count() >= before+20 })
		}
		stop()
		crowd.Wait()
		for _, err := range l.refusals {
			t.Errorf("the process that lived was refused: %v", err)
		}
		have := map[string]bool{}
		for _, subject := range stored(t, s) {
			have[subject] = true
		}
		for _, subject := range append(theirs, l.acknowledged...) {
			if !have[subject] {
				t.Fatalf("%s was acknowledged and is not stored", subject)
			}
			if v := values(t, s, "decided/"+subject); v == "" {
				t.Fatalf("%s is in the log without its state", subject)
			}
		}
		t.Logf("%d of the killed and %d of the living acknowledged, %d stored", len(theirs), len(l.acknowledged), len(have))
		if o.Path != "" {
			var verdict string
			if err := raw.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
				t.Fatalf("integrity: %s, %v", verdict, err)
			}
		}
	})
}
