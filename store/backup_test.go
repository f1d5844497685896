package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"
	"golang.org/x/mod/sumdb/note"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestBackup: while others write, a backup is one instant of the store, is private, and is a store.
func TestBackup(t *testing.T) {
	ctx := context.Background()
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		s := create(t, o)
		storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "organisation", "Meridian") })
		end := make(chan struct{})
		var hands sync.WaitGroup
		hands.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-end:
					return
				default:
				}
				if err := decide(ctx, s, fmt.Sprint(n)); err != nil {
					t.Errorf("decide: %v", err)
					return
				}
			}
		})
		dir := t.TempDir()
		file := filepath.Join(dir, "backup.db")
		c, err := store.Backup(ctx, o, file)
		close(end)
		hands.Wait()
		if err != nil {
			t.Fatalf("backup: %v (%v)", err, release.AsError(err).Cause)
		}
		if got := files(t, dir); !slices.Equal(got, []string{"backup.db"}) {
			t.Errorf("there are %v", got)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the backup is for others to read: %v, %v", info.Mode(), err)
		}
		checked, err := store.Check(ctx, file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, checked); d != "" {
			t.Errorf("Check says otherwise: %s", d)
		}
		have, newest, err := store.Schema(ctx, o)
		if err != nil || have != newest || c.Schema != have {
			t.Errorf("schema %d of %d, the backup's is %d, %v", have, newest, c.Schema, err)
		}
		rows := map[string]int64{}
		for _, k := range c.Tables {
			rows[k.Table] = k.Rows
		}
		if rows["meta"] < 1 || rows["audit_head"] != 1 || c.Rows() <= rows["audit_entry"] {
			t.Errorf("rows: %v", rows)
		}
		if got := files(t, dir); !slices.Equal(got, []string{"backup.db"}) {
			t.Errorf("reading left %v", got)
		}
		verified(t, store.Options{Path: file}, nil, note.VerifierList(), rows["audit_entry"])

		// It overwrites nothing, not even a link to nowhere.
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(dir, "link.db")
		if err := os.Symlink("nowhere", link); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{file, link} {
			_, err = store.Backup(ctx, o, name)
			says(t, err, release.Refused, "overwrites none")
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("the backup was changed: %v", err)
		}
		// What a process that died left behind is no hindrance; what another is writing is one.
		next := filepath.Join(dir, "next.db")
		if err := os.WriteFile(next+".partial", []byte("torn"), 0o600); err != nil {
			t.Fatal(err)
		}
		held, err := os.Open(next + ".partial")
		if err == nil {
			err = syscall.Flock(int(held.Fd()), syscall.LOCK_EX)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Backup(ctx, o, next)
		says(t, err, release.Unavailable, "another process is writing")
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err = store.Backup(ctx, o, next); err != nil {
			t.Fatal(err)
		}
		// One that cannot be written leaves nothing.
		away := filepath.Join(dir, "away")
		_, err = store.Backup(ctx, o, filepath.Join(away, "x.db"))
		says(t, err, release.Unavailable, "could not be written")
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		_, err = store.Backup(cancelled, o, filepath.Join(dir, "cancelled.db"))
		says(t, err, release.Unavailable, "given up")
		if got := files(t, dir); !slices.Equal(got, []string{"backup.db", "link.db", "next.db"}) {
			t.Errorf("there are %v", got)
		}
	})
	_, err := store.Backup(ctx, store.Options{Path: filepath.Join(t.TempDir(), "none.db")}, filepath.Join(t.TempDir(), "x.db"))
	says(t, err, release.NotFound, "no signalbox database")
}

// TestCheck: what is wrong with a file is said, and the file is left as it is.
func TestCheck(t *testing.T) {
	ctx := context.Background()
	w := liteAt(t)
	s := create(t, w.o)
	seal(t, s, 200)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	if _, err := store.Backup(ctx, w.o, good); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	sqlOn := func(text string) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			db, err := sql.Open("sqlite", "file:"+file)
			if err == nil {
				_, err = db.Exec(text)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(b []byte) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	torn := slices.Clone(image)
	copy(torn[4096*3:], strings.Repeat("x", 4096*4))
	for name, c := range map[string]struct {
		harm func(t *testing.T, file string)
		code release.Code
		says string
	}{
		"missing":   {func(t *testing.T, file string) { _ = os.Remove(file) }, release.NotFound, "there is no file"},
		"directory": {func(t *testing.T, file string) { _ = os.Remove(file); _ = os.Mkdir(file, 0o700) }, release.Refused, "is no file"},
		"empty":     {write(nil), release.Refused, "is empty"},
		"text":      {write([]byte(strings.Repeat("no database\n", 500))), release.Refused, "is no SQLite database"},
		"short":     {write(image[:len(image)-1]), release.Refused, fmt.Sprintf("cut short: it has %d bytes of %d", len(image)-1, len(image))},
		"half":      {write(image[:len(image)/2]), release.Refused, "cut short"},
		"head":      {write(image[:50]), release.Refused, "is no SQLite database"},
		"torn":      {write(torn), release.Refused, "is damaged"},
		"newer":     {sqlOn("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"), release.Refused, "newer signalbox"},
		"foreign":   {sqlOn("DROP TABLE goose_db_version"), release.Refused, "another program"},
		"dangling":  {sqlOn("INSERT INTO person_team (person, n, team) VALUES ('nobody', 1, 'x')"), release.Refused, "a row of the table person_team refers to one of person"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "backup.db")
			write(image)(t, file)
			if _, err := store.Check(ctx, file); err != nil {
				t.Fatalf("unharmed: %v (%v)", err, release.AsError(err).Cause)
			}
			c.harm(t, file)
			before, _ := os.ReadFile(file)
			_, err := store.Check(ctx, file)
			says(t, err, c.code, c.says)
			if after, _ := os.ReadFile(file); string(after) != string(before) {
				t.Error("the file was changed")
			}
			if got := files(t, filepath.Dir(file)); len(got) > 1 {
				t.Errorf("reading left %v", got)
			}
		})
	}
	// The store itself, with its log of what was written last.
	c, err := store.Check(ctx, w.o.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Tables {
		if k.Table == "audit_entry" && k.Rows != 200 {
			t.Errorf("%d entries of the open store", k.Rows)
		}
	}
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "v") })
}

// old makes a SQLite store of the first schema, with a row.
func old(t *testing.T, w where) {
	t.Helper()
	list, err := fs.Sub(os.DirFS("migrations"), "sqlite")
	if err != nil {
		t.Fatal(err)
	}
	// rwc: this file is made by hand
	db := rawDB(t, "sqlite", "file:"+w.o.Path+"?mode=rwc")
	p, err := goose.NewProvider(goose.DialectSQLite3, db, list, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err == nil {
		_, err = p.UpTo(context.Background(), 1)
	}
	if err == nil {
		_, err = db.Exec("INSERT INTO meta (key, value) VALUES ('organisation', 'Meridian')")
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestCopyBeforeMigration: an older store is copied before its schema is raised, and is not touched where it
// cannot be copied.
func TestCopyBeforeMigration(t *testing.T) {
	ctx := context.Background()
	w := liteAt(t)
	old(t, w)
	have, newest, err := store.Schema(ctx, w.o)
	if err != nil || have != 1 || newest < 2 {
		t.Fatalf("schema %d of %d, %v", have, newest, err)
	}
	// A backup of it is as old as it is.
	if c, err := store.Backup(ctx, w.o, filepath.Join(t.TempDir(), "old.db")); err != nil || c.Schema != 1 {
		t.Fatalf("a backup of schema %d, %v", c.Schema, err)
	}
	copied := filepath.Join(filepath.Dir(w.o.Path), fmt.Sprintf("signalbox-before-schema-%d.db", newest))
	obstacle := copied + ".partial"
	if err := os.Mkdir(obstacle, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(ctx, w.o)
	says(t, err, release.Unavailable, "no copy could be made", "the database is as it was")
	if have, _, err := store.Schema(ctx, w.o); err != nil || have != 1 {
		t.Fatalf("schema %d, %v", have, err)
	}
	if err := os.Remove(obstacle); err != nil {
		t.Fatal(err)
	}
	// What an earlier start left is replaced.
	if err := os.WriteFile(copied, []byte("of an earlier start"), 0o600); err != nil {
		t.Fatal(err)
	}
	var starts sync.WaitGroup
	for range 3 {
		starts.Go(func() {
			s, err := store.Open(ctx, w.o)
			if err != nil {
				t.Errorf("open: %v (%v)", err, release.AsError(err).Cause)
				return
			}
			storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
				v, err := r.Meta(ctx, "organisation")
				if v != "Meridian" {
					t.Errorf("organisation %q", v)
				}
				return err
			})
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	if have, _, err := store.Schema(ctx, w.o); err != nil || have != newest {
		t.Fatalf("schema %d, %v", have, err)
	}
	c, err := store.Check(ctx, copied)
	if err != nil || c.Schema != 1 {
		t.Fatalf("the copy: schema %d, %v", c.Schema, err)
	}
	db := rawDB(t, "sqlite", "file:"+copied+"?mode=ro")
	var v string
	if err := db.QueryRow("SELECT value FROM meta WHERE key = 'organisation'").Scan(&v); err != nil || v != "Meridian" {
		t.Fatalf("the copy has %q, %v", v, err)
	}
	// No copy where nothing is raised, and none of a new store.
	if err := os.Remove(copied); err != nil {
		t.Fatal(err)
	}
	create(t, w.o)
	fresh := liteAt(t)
	create(t, fresh.o)
	for _, dir := range []string{filepath.Dir(w.o.Path), filepath.Dir(fresh.o.Path)} {
		for _, f := range files(t, dir) {
			if strings.Contains(f, "before") {
				t.Errorf("there is %s", f)
			}
		}
	}
}

// TestNoRoom: where the disk takes no more in the middle, nothing is left of a backup, and an older store
// stays as it is. A process's limit on the size of a file stands for the disk.
func TestNoRoom(t *testing.T) {
	const variable = "SIGNALBOX_STORE_TEST_NO_ROOM"
	ctx := context.Background()
	if path := os.Getenv(variable); path != "" {
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}); err != nil {
			t.Fatal(err)
		}
		_, err := store.Backup(ctx, store.Options{Path: path}, path+"-backup")
		says(t, err, release.Unavailable, "-backup could not be written")
		_, err = store.Open(ctx, store.Options{Path: path})
		says(t, err, release.Unavailable, "no copy could be made", "could not be written", "the database is as it was")
		return
	}
	w := liteAt(t)
	old(t, w)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, "-test.run=^TestNoRoom$")
	child.Env = append(os.Environ(), variable+"="+w.o.Path)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if have, _, err := store.Schema(ctx, w.o); err != nil || have != 1 {
		t.Errorf("schema %d, %v", have, err)
	}
	if got := files(t, filepath.Dir(w.o.Path)); !slices.Equal(got, []string{"signalbox.db"}) {
		t.Errorf("there are %v", got)
	}
	if _, err := store.Backup(ctx, w.o, w.o.Path+"-backup"); err != nil {
		t.Fatal(err)
	}
}
