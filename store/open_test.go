package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

// engines are the two kinds of fresh, empty databases.
func engines(t *testing.T, run func(t *testing.T, o store.Options, raw *sql.DB)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "signalbox.db")
		run(t, store.Options{Path: path}, rawDB(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"))
	})
	t.Run("postgres", func(t *testing.T) {
		url := storetest.Postgres(t)
		run(t, store.Options{URL: url}, rawDB(t, "pgx", url))
	})
}

func rawDB(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func create(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Create(context.Background(), o)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func says(t *testing.T, err error, code release.Code, words ...string) {
	t.Helper()
	storetest.Refuse(t, err, code)
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Fatalf("%q does not say %q", err, w)
		}
	}
}

func TestOpenWhatIsNotThere(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		_, err := store.Open(context.Background(), o)
		says(t, err, release.NotFound, "signalbox init")
		if o.Path != "" {
			if _, err := os.Stat(o.Path); err == nil {
				t.Fatal("opening made a file")
			}
		}
		create(t, o)
		s, err := store.Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if o.Path != "" {
			info, err := os.Stat(o.Path)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Fatalf("the file is for others to read: %v, %v", info.Mode(), err)
			}
		}
	})
}

func TestOpenNewerSchema(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		if err := create(t, o).Close(); err != nil {
			t.Fatal(err)
		}
		flag := "1"
		if o.URL != "" {
			flag = "true"
		}
		if _, err := raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, " + flag + ")"); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(context.Background(), o)
		says(t, err, release.Refused, "newer signalbox", "999")
	})
}

func TestOpenForeignDatabase(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		if _, err := raw.Exec("CREATE TABLE recipes (id INTEGER)"); err != nil {
			t.Fatal(err)
		}
		for _, open := range []func(context.Context, store.Options) (*store.Store, error){store.Open, store.Create} {
			_, err := open(context.Background(), o)
			says(t, err, release.Refused, "another program")
		}
		if _, err := raw.Exec("SELECT id FROM recipes"); err != nil {
			t.Fatalf("the other program's table: %v", err)
		}
	})
}

func TestOpenWrongly(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    store.Options
		code release.Code
		says string
	}{
		{store.Options{}, release.Usage, "no store is named"},
		{store.Options{Path: "a", URL: "b"}, release.Usage, "not both"},
		{store.Options{Path: dir}, release.Usage, "is a directory"},
		{store.Options{Path: text}, release.Unavailable, "no SQLite database"},
		{store.Options{Path: filepath.Join(dir, "none", "x.db")}, release.NotFound, "signalbox init"},
		{store.Options{URL: "postgres://%zz"}, release.Usage, "cannot be read"},
		{store.Options{URL: "postgres://sb@127.0.0.1:1/x?connect_timeout=2"}, release.Unavailable, "PostgreSQL does not answer"},
		{store.Options{URL: strings.TrimSuffix(storetest.Postgres(t), "?sslmode=disable") + "none?sslmode=disable"}, release.Unavailable, "no such database"},
	} {
		_, err := store.Open(ctx, c.o)
		says(t, err, c.code, c.says)
	}
	_, err := store.Create(ctx, store.Options{Path: filepath.Join(dir, "none", "x.db")})
	says(t, err, release.Unavailable, "cannot be made")
}

// TestCreateTogether: several processes that make the same store at once make one.
func TestCreateTogether(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		var crowd sync.WaitGroup
		for range 6 {
			crowd.Go(func() {
				s, err := store.Create(context.Background(), o)
				if err != nil {
					t.Errorf("create: %v (%v)", err, errors.Unwrap(err))
					return
				}
				storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { _, err := tx.NextID(ctx, "n"); return err })
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
		}
		crowd.Wait()
		var n, rows int
		if err := raw.QueryRow("SELECT value FROM sequence WHERE kind = 'n'").Scan(&n); err != nil || n != 6 {
			t.Fatalf("%d of 6 wrote: %v", n, err)
		}
		if err := raw.QueryRow("SELECT COUNT(*) FROM goose_db_version WHERE version_id = 1").Scan(&rows); err != nil || rows != 1 {
			t.Fatalf("the first migration ran %d times: %v", rows, err)
		}
	})
}

// TestGuards: with the database's own tools, short of taking the guards away, the audit log only grows.
func TestGuards(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		s := create(t, o)
		for i := range 5 {
			storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
				_, err := tx.Append(ctx, entry(fmt.Sprint(i)))
				return err
			})
		}
		attacks := []string{
			"UPDATE audit_entry SET actor = 'x' WHERE seq = 2", "UPDATE audit_hash SET hash = hash WHERE idx = 2",
			"DELETE FROM audit_entry WHERE seq = 5", "DELETE FROM audit_hash WHERE idx = 7", "DELETE FROM audit_entry",
			"INSERT INTO audit_entry (seq, at, actor, verb, subject, outcome, body, leaf) SELECT seq, at, actor, verb, subject, outcome, body, leaf FROM audit_entry WHERE seq = 2",
			"INSERT INTO audit_entry (seq, at, actor, verb, subject, outcome, body, leaf) SELECT 9, at, actor, verb, subject, outcome, body, leaf FROM audit_entry WHERE seq = 2",
			"INSERT INTO audit_hash (idx, hash) SELECT idx, hash FROM audit_hash WHERE idx = 1",
			"INSERT INTO audit_hash (idx, hash) SELECT 40, hash FROM audit_hash WHERE idx = 1",
		}
		if o.Path != "" {
			attacks = append(attacks,
				"INSERT OR REPLACE INTO audit_entry (seq, at, actor, verb, subject, outcome, body, leaf) SELECT seq, at, 'x', verb, subject, outcome, body, leaf FROM audit_entry WHERE seq = 2",
				"REPLACE INTO audit_hash (idx, hash) SELECT 1, hash FROM audit_hash WHERE idx = 2",
				"UPDATE OR REPLACE audit_entry SET seq = 3 WHERE seq = 2")
		} else {
			attacks = append(attacks, "TRUNCATE audit_entry", "TRUNCATE audit_hash CASCADE",
				"INSERT INTO audit_hash (idx, hash) SELECT 1, hash FROM audit_hash WHERE idx = 2 ON CONFLICT (idx) DO UPDATE SET hash = excluded.hash")
		}
		for _, q := range attacks {
			if _, err := raw.Exec(q); err == nil || !strings.Contains(err.Error(), "the audit log only grows") {
				t.Errorf("%s: %v", q, err)
			}
		}
		if n := len(stored(t, s)); n != 5 {
			t.Fatalf("%d entries of 5", n)
		}
	})
}
