package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"

	"signalbox/release"
	"signalbox/release/feed"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

// firstOnly brings a database to the first migration, as the first signalbox left it.
func firstOnly(t *testing.T, o store.Options, raw *sql.DB) {
	t.Helper()
	dir, kind := "sqlite", goose.DialectSQLite3
	if o.URL != "" {
		dir, kind = "postgres", goose.DialectPostgres
	}
	text, err := os.ReadFile(filepath.Join("migrations", dir, "00001_ground.sql"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(kind, raw, fstest.MapFS{"00001_ground.sql": {Data: text}}, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestMigrateFromTheFirst: what a database of the first schema holds is there after it was brought up to
// date, and what the new schema allows is allowed.
func TestMigrateFromTheFirst(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		firstOnly(t, o, raw)
		good, bad := storetest.T0.UnixMicro(), storetest.T0.Add(time.Second).UnixMicro()
		for _, q := range []string{
			fmt.Sprintf("INSERT INTO feed (name, type, kind, expect_every, last_good, accepted, repeated, refused, dead, last_error, last_error_at) VALUES ('github', 'github', 'push', 60000000000, %d, 1, 2, 3, 4, 'bad signature', %d)", good, bad),
			"INSERT INTO feed (name, type, kind, expect_every, accepted, repeated, refused, dead, last_error) VALUES ('prometheus', 'prometheus', 'pull', 0, 0, 0, 0, 0, '')",
			"INSERT INTO meta (key, value) VALUES ('organisation', 'Meridian')",
			"INSERT INTO sequence (kind, value) VALUES ('change', 41)",
			fmt.Sprintf("INSERT INTO delivery (connector, id, at) VALUES ('github', 'd1', %d)", good),
			fmt.Sprintf("INSERT INTO followup (kind, args, due_at, key, outcome) VALUES ('expire', '{\"change\":\"CHG-1\"}', %d, 'k', '')", good),
			"INSERT INTO person (id, revision, name, email, zone, disabled) VALUES ('a.one', 1, 'Ann One', NULL, NULL, 0)",
		} {
			if _, err := raw.Exec(q); err != nil {
				t.Fatalf("%s: %v", q, err)
			}
		}
		if _, err := raw.Exec("UPDATE feed SET kind = 'out'"); err == nil {
			t.Fatal("the first schema knows the kind that only the second does")
		}
		s, err := store.Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		github := feed.Status{Name: "github", Type: "github", Kind: feed.Push, ExpectEvery: time.Minute, LastGood: storetest.T0,
			Accepted: 1, Repeated: 2, Refused: 3, Dead: 4, LastError: "bad signature", LastErrorAt: storetest.T0.Add(time.Second)}
		prometheus := feed.Status{Name: "prometheus", Type: "prometheus", Kind: feed.Pull}
		storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
			feeds, err := r.Feeds(ctx)
			if err != nil {
				return err
			}
			if !slices.Equal(feeds, []feed.Status{github, prometheus}) {
				t.Errorf("feeds: %+v", feeds)
			}
			if name, err := r.Meta(ctx, "organisation"); err != nil || name != "Meridian" {
				t.Errorf("meta: %q, %v", name, err)
			}
			work, err := r.FollowupsOf(ctx, "expire", storetest.T0, 10)
			if err != nil || len(work) != 1 || work[0].Key != "k" {
				t.Errorf("follow-ups: %+v, %v", work, err)
			}
			entries, err := r.Entries(ctx)
			if len(entries) != 0 {
				t.Errorf("entries: %+v", entries)
			}
			if err != nil {
				return err
			}
			_, err = r.Person(ctx, "a.one")
			return err
		})
		storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
			if n, err := tx.NextID(ctx, "change"); err != nil || n != 42 {
				t.Errorf("the next change is %d: %v", n, err)
			}
			if fresh, err := tx.TakeDelivery(ctx, "github", "d1", storetest.T0); err != nil || fresh {
				t.Errorf("a delivery is forgotten: %v", err)
			}
			if err := tx.PutRun(ctx, "prometheus", feed.Run{Cursor: "c", Tries: 1, Class: feed.Retry}); err != nil {
				return err
			}
			return tx.PutFeed(ctx, feed.Status{Name: "slack", Type: "slack", Kind: feed.Out})
		})
		if _, err := raw.Exec("UPDATE feed SET kind = 'sideways'"); err == nil {
			t.Error("any kind of feed is taken")
		}
	})
}

// TestMigrateTogether: several processes that open a store of the first schema at once bring it up to date
// once.
func TestMigrateTogether(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		firstOnly(t, o, raw)
		done := make(chan error, 4)
		for range cap(done) {
			go func() {
				s, err := store.Open(context.Background(), o)
				if err == nil {
					err = s.Close()
				}
				done <- err
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Errorf("open: %v (%v)", err, release.AsError(err).Cause)
			}
		}
		var n int
		if err := raw.QueryRow("SELECT COUNT(*) FROM goose_db_version WHERE version_id = 2").Scan(&n); err != nil || n != 1 {
			t.Fatalf("the second migration ran %d times: %v", n, err)
		}
	})
}

// TestSameSchema: both engines have the same tables with the same columns, by the same numbers of migration.
func TestSameSchema(t *testing.T) {
	found := map[string][]string{}
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		if err := create(t, o).Close(); err != nil {
			t.Fatal(err)
		}
		ask, engine := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`, "sqlite"
		if o.URL != "" {
			ask, engine = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()", "postgres"
		}
		rows, err := raw.Query(ask)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var column string
			if err := rows.Scan(&column); err != nil {
				t.Fatal(err)
			}
			// Each engine has its own way to tell other processes, and to learn what became of a commit.
			if strings.HasPrefix(column, "topic.") || strings.HasPrefix(column, "request.") || strings.HasPrefix(column, "goose_db_version.") {
				continue
			}
			found[engine] = append(found[engine], column)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	})
	for _, columns := range found {
		slices.Sort(columns)
	}
	if !slices.Equal(found["sqlite"], found["postgres"]) || len(found["sqlite"]) < 200 {
		t.Fatalf("%d columns on SQLite, %d on PostgreSQL:\n%v\n%v", len(found["sqlite"]), len(found["postgres"]), found["sqlite"], found["postgres"])
	}
}
