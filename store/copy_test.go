package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"signalbox/release"
	"signalbox/release/audit"
	"signalbox/release/port"
	"signalbox/store"
	"signalbox/store/storetest"
)

// where is a database as the tests here see it: by a store's options and in the raw.
type where struct {
	o   store.Options
	raw *sql.DB
}

func liteAt(t *testing.T) where {
	path := filepath.Join(t.TempDir(), "signalbox.db")
	return where{store.Options{Path: path}, rawDB(t, "sqlite", "file:"+path+"?mode=rw&_pragma=busy_timeout(5000)&_pragma=foreign_keys(ON)")}
}

func postgresAt(t *testing.T) where {
	url := storetest.Postgres(t)
	return where{store.Options{URL: url}, rawDB(t, "pgx", url)}
}

func (w where) postgres() bool { return w.o.URL != "" }

func (w where) query(t *testing.T, query string) (columns []string, out [][]any) {
	t.Helper()
	rows, err := w.raw.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	if columns, err = rows.Columns(); err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([]any, len(columns))
		dest := make([]any, len(columns))
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return columns, out
}

func (w where) tables(t *testing.T) (names []string) {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if w.postgres() {
		query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
	}
	_, rows := w.query(t, query)
	for _, r := range rows {
		if n := r[0].(string); n != "goose_db_version" {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// contents is every row of every table, each as its columns in words, sorted.
func (w where) contents(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, n := range w.tables(t) {
		columns, rows := w.query(t, `SELECT * FROM "`+n+`"`)
		lines := make([]string, len(rows))
		for i, r := range rows {
			var words []string
			for j, v := range r {
				words = append(words, fmt.Sprintf("%s=%T:%v", columns[j], v, v))
			}
			slices.Sort(words)
			lines[i] = strings.Join(words, " | ")
		}
		slices.Sort(lines)
		out[n] = lines
	}
	return out
}

var (
	oneOfRE   = regexp.MustCompile(`(\w+) IN \(([^()]*)\)`)
	betweenRE = regexp.MustCompile(`(\w+) BETWEEN (\d+) AND`)
	jsonRE    = regexp.MustCompile(`json_valid\((\w+)\)`)
)

// populate puts rows into every table of a SQLite store, whatever tables there are: it reads the schema for
// what each column may hold and refers to. Every third value that may be missing is.
func populate(t *testing.T, w where, rows int) {
	t.Helper()
	tables := w.tables(t)
	done := map[string]bool{"topic": true, "audit_entry": true, "audit_hash": true, "audit_head": true, "audit_key": true}
	for len(done) < len(tables) {
		before := len(done)
		for _, name := range tables {
			if !done[name] && populateTable(t, w, name, rows, done) {
				done[name] = true
			}
		}
		if len(done) == before {
			t.Fatal("the tables refer to each other in a circle")
		}
	}
}

// populateTable reports whether what the table refers to is there.
func populateTable(t *testing.T, w where, name string, rows int, done map[string]bool) bool {
	t.Helper()
	type parent struct{ table, column string }
	parents := map[string]parent{}
	order := map[string]string{} // of a table that is referred to, by what is
	_, keys := w.query(t, fmt.Sprintf(`SELECT "table", "from", "to" FROM pragma_foreign_key_list('%s')`, name))
	for _, k := range keys {
		if !done[k[0].(string)] {
			return false
		}
		parents[k[1].(string)] = parent{k[0].(string), k[2].(string)}
		order[k[0].(string)] += fmt.Sprintf(`, "%s"`, k[2])
	}
	_, schema := w.query(t, fmt.Sprintf("SELECT sql FROM sqlite_master WHERE name = '%s'", name))
	text := schema[0][0].(string)
	given := map[string]string{}
	for _, m := range oneOfRE.FindAllStringSubmatch(text, -1) {
		given[m[1]] = strings.TrimSpace(strings.Split(m[2], ",")[strings.Count(m[2], ",")])
	}
	for _, m := range betweenRE.FindAllStringSubmatch(text, -1) {
		given[m[1]] = m[2]
	}
	for _, m := range jsonRE.FindAllStringSubmatch(text, -1) {
		given[m[1]] = `'{"a":"<é\n>","b":null}'`
	}
	_, columns := w.query(t, fmt.Sprintf(`SELECT name, type, "notnull" FROM pragma_table_info('%s')`, name))
	if columns[0][0] == "one" {
		if _, err := w.raw.Exec(fmt.Sprintf(`UPDATE "%s" SET revision = 77`, name)); err != nil {
			t.Fatal(err)
		}
		return true
	}
	tx, err := w.raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for n := range rows {
		values := make([]string, len(columns))
		for i, c := range columns {
			column, kind, required := c[0].(string), c[1].(string), c[2] == int64(1)
			p, refers := parents[column]
			switch {
			case !required && (n+i)%3 == 0:
				values[i] = "NULL"
			case refers:
				values[i] = fmt.Sprintf(`(SELECT "%s" FROM "%s" ORDER BY %s LIMIT 1 OFFSET %d)`, p.column, p.table, order[p.table][2:], n)
			case given[column] != "":
				values[i] = given[column]
			case kind == "INTEGER":
				values[i] = strconv.FormatInt(int64(n*1000+i+1)<<(20*(n%3)), 10)
			case kind == "REAL":
				values[i] = fmt.Sprintf("%d.1e-%d", n+1, n)
			case kind == "BLOB":
				values[i] = []string{"x''", "x'00ff0a'", "x'27'"}[n%3]
			default:
				values[i] = fmt.Sprintf("'%s %d ''\"é\u2003日本 ?$1\\'", column, n)
			}
		}
		if _, err := tx.Exec(fmt.Sprintf(`INSERT INTO "%s" VALUES (%s)`, name, strings.Join(values, ", "))); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, strings.Join(values, ", "))
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return true
}

// seal writes audit entries, signing after every fifth, and returns the notes and who may sign.
func seal(t *testing.T, s *store.Store, entries int) ([][]byte, note.Verifiers) {
	t.Helper()
	secret, public, err := note.GenerateKey(nil, "signalbox.test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.AddAuditKey(ctx, public) })
	var notes [][]byte
	for n := range entries {
		storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
			_, err := tx.Append(ctx, entry(fmt.Sprintf("subject é %d", n)))
			return err
		})
		if n%5 != 4 {
			continue
		}
		storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
			size, err := r.AuditSize(ctx)
			if err != nil {
				return err
			}
			root, err := tlog.TreeHash(size, tlog.HashReaderFunc(func(x []int64) ([]tlog.Hash, error) { return r.AuditHashes(ctx, x) }))
			if err != nil {
				return err
			}
			signed, err := audit.Checkpoint{Origin: "signalbox.test", Size: size, Root: root}.Sign(signer)
			notes = append(notes, signed)
			return err
		})
	}
	return notes, note.VerifierList(verifier)
}

func verified(t *testing.T, o store.Options, notes [][]byte, known note.Verifiers, entries int64) {
	t.Helper()
	s, err := store.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	signed := entries
	if len(notes) == 0 {
		signed = 0
	}
	storetest.Read(t, s, func(ctx context.Context, r port.Reader) error {
		rep, err := audit.Verify(r.AuditSource(ctx), notes, known)
		if err == nil && (!rep.Good() || rep.Entries != entries || rep.Signed != signed || rep.Checkpoints != len(notes)) {
			t.Errorf("the log of the copy: %+v", rep)
		}
		return err
	})
	// The log goes on, and so do the numberings.
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error {
		seq, err := tx.Append(ctx, entry("next"))
		if seq != entries+1 {
			t.Errorf("the next entry is %d, want %d", seq, entries+1)
		}
		return err
	})
}

// TestCopy copies a full store from engine to engine and compares all that there is, table by table.
func TestCopy(t *testing.T) {
	const rows, entries = 201, 25 // more than one part
	ctx := context.Background()
	first := liteAt(t)
	s := create(t, first.o)
	populate(t, first, rows)
	notes, known := seal(t, s, entries)
	// The highest numbers are taken away: they must not be given again.
	gone := first.numbered(t)
	for name, column := range gone {
		if name == "sample_series" {
			continue // others refer to it
		}
		if _, err := first.raw.Exec(fmt.Sprintf(`DELETE FROM "%[1]s" WHERE "%[2]s" = (SELECT MAX("%[2]s") FROM "%[1]s")`, name, column)); err != nil {
			t.Fatal(err)
		}
	}
	want := first.contents(t)
	for name, rows := range want {
		if len(rows) == 0 {
			t.Errorf("the test fills no table %s", name)
		}
	}
	from := first
	for _, step := range []struct {
		name string
		to   where
		less []string // tables that are the source's engine's alone
	}{
		{"sqlite to sqlite", liteAt(t), nil},
		{"sqlite to postgres", postgresAt(t), []string{"topic"}},
		{"postgres to postgres", postgresAt(t), []string{"topic"}},
		{"postgres to sqlite", liteAt(t), []string{"topic"}},
	} {
		var mu sync.Mutex
		told := map[string]int64{}
		c, err := store.Copy(ctx, from.o, step.to.o, func(table string, rows int64) { mu.Lock(); told[table] = rows; mu.Unlock() })
		if err != nil {
			t.Fatalf("%s: %v (%v)", step.name, err, release.AsError(err).Cause)
		}
		got := step.to.contents(t)
		for _, n := range step.less {
			if len(got[n]) > 0 {
				t.Errorf("%s: the table %s has rows", step.name, n)
			}
		}
		counted := map[string]int64{}
		for _, k := range c.Tables {
			counted[k.Table] = k.Rows
		}
		for name, rows := range want {
			if slices.Contains(step.less, name) {
				continue
			}
			if d := cmp.Diff(rows, got[name]); d != "" {
				t.Errorf("%s: the table %s differs (-want +got):\n%.2000s", step.name, name, d)
			}
			if counted[name] != int64(len(rows)) || told[name] != int64(len(rows)) {
				t.Errorf("%s: %s: counted %d, told %d, there are %d", step.name, name, counted[name], told[name], len(rows))
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok && name != "request" {
				t.Errorf("%s: the table %s is of this engine alone", step.name, name)
			}
		}
		if step.name == "sqlite to sqlite" {
			continue
		}
		from = step.to
	}
	// The last copy has been through all engines.
	for name := range gone {
		if last, want := from.next(t, name), first.next(t, name); last != want {
			t.Errorf("the numbering of %s stands at %d, want %d", name, last, want)
		}
	}
	verified(t, from.o, notes, known, entries)
	pg := postgresAt(t)
	if _, err := store.Copy(ctx, first.o, pg.o, nil); err != nil {
		t.Fatal(err)
	}
	verified(t, pg.o, notes, known, entries)
	var id int64
	following := first.next(t, "feed_log") + 1
	if err := pg.raw.QueryRow("INSERT INTO feed_log (feed, at, sign, text, took) VALUES ('f', 1, 'good', '', 0) RETURNING id").Scan(&id); err != nil || id != following {
		t.Errorf("the next line of a feed is %d (%v), want %d", id, err, following)
	}
}

// numbered lists the tables of a SQLite store whose rows the engine numbers, with the column.
func (w where) numbered(t *testing.T) map[string]string {
	_, rows := w.query(t, "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.sql LIKE '%AUTOINCREMENT%' AND p.pk = 1")
	out := map[string]string{}
	for _, r := range rows {
		if n := r[0].(string); n != "goose_db_version" {
			out[n] = r[1].(string)
		}
	}
	if len(out) < 3 {
		t.Fatalf("numbered are %v only", out)
	}
	return out
}

func (w where) next(t *testing.T, table string) int64 {
	_, rows := w.query(t, fmt.Sprintf("SELECT seq FROM sqlite_sequence WHERE name = '%s'", table))
	return rows[0][0].(int64)
}

func TestCopyRefusals(t *testing.T) {
	ctx := context.Background()
	source := liteAt(t)
	s := create(t, source.o)
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "v") })
	for _, target := range []where{liteAt(t), postgresAt(t)} {
		// A fresh store is empty enough, one with a single row is not.
		one := create(t, target.o)
		storetest.Write(t, one, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "other", "v") })
		_, err := store.Copy(ctx, source.o, target.o, nil)
		says(t, err, release.Refused, "is not empty", "meta")
		storetest.Read(t, one, func(ctx context.Context, r port.Reader) error {
			if v, err := r.Meta(ctx, "other"); v != "v" || err != nil {
				t.Errorf("%q, %v", v, err)
			}
			v, err := r.Meta(ctx, "k")
			if v != "" {
				t.Error("it was copied")
			}
			return err
		})
	}
	fresh := liteAt(t)
	create(t, fresh.o)
	if _, err := store.Copy(ctx, source.o, fresh.o, nil); err != nil {
		t.Fatalf("into a fresh store: %v (%v)", err, release.AsError(err).Cause)
	}
	target := liteAt(t)
	for _, c := range []struct {
		from, to store.Options
		code     release.Code
		says     string
	}{
		{store.Options{}, target.o, release.Usage, "one of them"},
		{source.o, store.Options{}, release.Usage, "one of them"},
		{store.Options{Path: filepath.Join(t.TempDir(), "none.db")}, target.o, release.NotFound, "no signalbox database"},
		{source.o, source.o, release.Refused, "is not empty"},
		{source.o, store.Options{Path: filepath.Join(t.TempDir(), "none", "x.db")}, release.Unavailable, "cannot be made"},
		{source.o, store.Options{URL: "postgres://%zz"}, release.Usage, "cannot be read"},
		{source.o, store.Options{URL: "postgres://sb@127.0.0.1:1/x?connect_timeout=2"}, release.Unavailable, "PostgreSQL does not answer"},
	} {
		_, err := store.Copy(ctx, c.from, c.to, nil)
		says(t, err, c.code, c.says)
		if target.there() {
			t.Fatalf("%s: the target was made", c.says)
		}
	}
	// A table of somebody else's would be lost.
	if _, err := source.raw.Exec("CREATE TABLE recipes (id INTEGER PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	_, err := store.Copy(ctx, source.o, target.o, nil)
	says(t, err, release.Refused, "recipes")
	if _, err := source.raw.Exec("DROP TABLE recipes"); err != nil {
		t.Fatal(err)
	}
	// What PostgreSQL cannot hold.
	storetest.Write(t, s, func(ctx context.Context, tx port.Tx) error { return tx.SetMeta(ctx, "k", "a\x00b") })
	pg := postgresAt(t)
	_, err = store.Copy(ctx, source.o, pg.o, nil)
	says(t, err, release.Internal, "in the table meta")
	if _, rows := pg.query(t, "SELECT * FROM meta"); len(rows) != 0 {
		t.Errorf("it has rows: %v", rows)
	}
	for version, words := range map[int]string{999: "newer signalbox", 1: "schema of"} {
		if _, err := source.raw.Exec(fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id > %d", 1)); err != nil {
			t.Fatal(err)
		}
		if version > 1 {
			if _, err := source.raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
				t.Fatal(err)
			}
		}
		_, err = store.Copy(ctx, source.o, target.o, nil)
		says(t, err, release.Refused, words)
	}
	if target.there() {
		t.Fatal("a target was left behind")
	}
}

func (w where) there() bool {
	found, _ := filepath.Glob(w.o.Path + "*")
	return len(found) > 0
}

// TestCopyWhileWriting: what is copied is one instant of a store that others write.
func TestCopyWhileWriting(t *testing.T) {
	engines(t, func(t *testing.T, o store.Options, raw *sql.DB) {
		s := create(t, o)
		end := make(chan struct{})
		var hands sync.WaitGroup
		for h := range 2 {
			hands.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-end:
						return
					default:
					}
					if err := decide(context.Background(), s, fmt.Sprintf("%d-%d", h, n)); err != nil {
						t.Errorf("decide: %v", err)
						return
					}
				}
			})
		}
		for range 3 {
			to := liteAt(t)
			if _, err := store.Copy(context.Background(), o, to.o, nil); err != nil {
				t.Errorf("copy: %v (%v)", err, release.AsError(err).Cause)
				break
			}
			_, head := to.query(t, "SELECT size FROM audit_head")
			verified(t, to.o, nil, note.VerifierList(), head[0][0].(int64))
		}
		close(end)
		hands.Wait()
	})
}
