package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"signalbox/release"
)

// side is one of the two databases of a copy, with one transaction open on it.
type side struct {
	dialect dialect
	where   string // in sentences
	version int64  // of the schema
	db      *sql.DB
	conn    *sql.Conn
	// made is the SQLite file that was made for the copy, and whole says that it is to stay.
	made  string
	whole bool
}

func (s *side) close() {
	if s.conn != nil {
		_, _ = s.conn.ExecContext(context.Background(), "ROLLBACK") // an error where it was committed
		_ = s.conn.Close()
	}
	if s.db != nil {
		_ = s.db.Close()
	}
	if s.made != "" && !s.whole {
		discard(s.made)
	}
}

// discard removes a SQLite file and what SQLite keeps beside it.
func discard(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(path + suffix)
	}
}

// begin opens the one transaction.
func (s *side) begin(ctx context.Context, statements ...string) (err error) {
	if s.conn, err = s.db.Conn(ctx); err != nil {
		return explain(err)
	}
	for _, q := range statements {
		if _, err := s.conn.ExecContext(ctx, q); err != nil {
			return explain(err)
		}
	}
	return nil
}

// openSource opens a store to read it as of one instant, and changes nothing in it, not its schema either.
func openSource(ctx context.Context, o Options) (*side, error) {
	s, err := reading(o)
	if err != nil {
		return nil, err
	}
	if err := s.current(ctx); err != nil {
		s.close()
		return nil, err
	}
	how := "BEGIN"
	if s.dialect.numbered {
		how = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
	}
	if err := s.begin(ctx, how); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// reading opens a database that is there to read it.
func reading(o Options) (*side, error) {
	if err := oneOf(o); err != nil {
		return nil, err
	}
	if o.URL != "" {
		db, err := postgresDB(o.URL, false)
		return &side{dialect: postgresDialect, where: "this PostgreSQL database", db: db}, err
	}
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, release.AsError(err)
	}
	if _, err := place(path, false); err != nil {
		return nil, err
	}
	f, err := newFile(path)
	if err != nil {
		return nil, explain(err)
	}
	// The journal mode stays what it is, so that a backup is read without a change to its file.
	q := url.Values{"_pragma": {"busy_timeout(5000)", "query_only(ON)"}, "mode": {"rw"}}
	c, err := sqlite.NewConnector((&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, release.AsError(err)
	}
	return &side{dialect: sqliteDialect, where: path, db: sql.OpenDB(checked{c, f})}, nil
}

func oneOf(o Options) error {
	if (o.Path == "") == (o.URL == "") {
		return release.Errorf(release.Usage, "a store is a file or a PostgreSQL URL, one of them").
			Advise("give --data or --database")
	}
	return nil
}

// postgresDB is a pool for a URL. To write, it takes the host that accepts writes.
func postgresDB(url string, writes bool) (*sql.DB, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, release.Errorf(release.Usage, "the database URL cannot be read").
			Advise("write postgres://USER@HOST/NAME, several hosts joined by commas").Because(err)
	}
	if writes {
		if !strings.Contains(url, "target_session_attrs") && cfg.ValidateConnect == nil {
			cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
		}
		if _, set := cfg.RuntimeParams["lock_timeout"]; !set {
			cfg.RuntimeParams["lock_timeout"] = "30s"
		}
	}
	if !strings.Contains(url, "connect_timeout") {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if _, set := cfg.RuntimeParams["application_name"]; !set {
		cfg.RuntimeParams["application_name"] = "signalbox copy"
	}
	return stdlib.OpenDB(*cfg), nil
}

// current checks that the schema is this program's newest.
func (s *side) current(ctx context.Context) error {
	have, newest, err := s.schema(ctx)
	switch {
	case err != nil:
		return err
	case have < newest:
		return release.Errorf(release.Refused, "the schema of %s is %d and this signalbox's is %d", s.where, have, newest).
			Advise("start signalbox on it once, which brings it up to date; nothing was copied")
	}
	return nil
}

// schema reads the versions that the database has and that this program makes. One that is newer, and a
// database that is not signalbox's, are errors.
func (s *side) schema(ctx context.Context) (have, newest int64, err error) {
	p, err := provider(s.dialect, s.db)
	if err != nil {
		return 0, 0, release.AsError(err)
	}
	sources := p.ListSources()
	newest = sources[len(sources)-1].Version
	have, tables, err := schema(ctx, s.dialect, s.db)
	s.version = have
	switch {
	case err != nil:
		return 0, 0, explain(err)
	case have > newest:
		return have, newest, release.Errorf(release.Refused, "%s was written by a newer signalbox: its schema is %d and this one knows %d", s.where, have, newest).
			Advise("use the newer version")
	case have == 0 && tables > 0:
		return have, newest, release.Errorf(release.Refused, "%s is the database of another program", s.where).
			Advise("name another file or database")
	case have == 0:
		return have, newest, absent(s.where)
	}
	return have, newest, nil
}

// openTarget opens a store to write it, makes it where there is none, and keeps all others from writing.
func openTarget(ctx context.Context, o Options) (*side, error) {
	if err := oneOf(o); err != nil {
		return nil, err
	}
	s := &side{dialect: postgresDialect, where: "the PostgreSQL database to copy into"}
	var err error
	how := []string{"BEGIN", "SELECT pg_advisory_xact_lock(" + strconv.FormatInt(turnstile, 10) + ")"}
	if o.URL != "" {
		if s.db, err = postgresDB(o.URL, true); err != nil {
			return nil, err
		}
	} else {
		how, s.dialect = []string{"BEGIN IMMEDIATE"}, sqliteDialect
		if s.where, err = filepath.Abs(o.Path); err != nil {
			return nil, release.AsError(err)
		}
		made, err := place(s.where, true)
		if err != nil {
			return nil, err
		}
		if made {
			s.made = s.where
		}
		f, err := newFile(s.where)
		if err == nil {
			s.db, err = openLiteDB(f, false)
		}
		if err != nil {
			s.close()
			return nil, explain(err)
		}
	}
	if err = migrate(ctx, s.dialect, s.db, s.where, true); err == nil {
		if _, _, err = s.schema(ctx); err == nil {
			err = s.begin(ctx, how...)
		}
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// plan lists the tables, each after those that it refers to.
func (s *side) plan(ctx context.Context) ([]table, error) {
	names, err := s.tables(ctx)
	if err != nil {
		return nil, explain(err)
	}
	refers, err := s.pairs(ctx, `SELECT m.name, f."table" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`,
		`SELECT c.relname, p.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
			WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace`)
	if err != nil {
		return nil, explain(err)
	}
	var out []table
	done := map[string]bool{}
	for len(out) < len(names) {
		before := len(out)
		for _, n := range names {
			ready := !done[n]
			for _, r := range refers {
				ready = ready && (r[0] != n || r[1] == n || done[r[1]])
			}
			if !ready {
				continue
			}
			t, err := s.describe(ctx, n)
			if err != nil {
				return nil, err
			}
			out, done[n] = append(out, t), true
		}
		if len(out) == before {
			return nil, release.Errorf(release.Internal, "the tables of the schema refer to each other in a circle")
		}
	}
	return out, nil
}

// tables lists the names of the tables but for the one of the migrations.
func (s *side) tables(ctx context.Context) ([]string, error) {
	pairs, err := s.pairs(ctx, "SELECT name, '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
		"SELECT tablename, '' FROM pg_catalog.pg_tables WHERE schemaname = current_schema()")
	var names []string
	for _, p := range pairs {
		if p[0] != versionTable {
			names = append(names, p[0])
		}
	}
	slices.Sort(names)
	return names, err
}

// describe reads the columns and the key of a table.
func (s *side) describe(ctx context.Context, name string) (table, error) {
	t := table{name: name}
	query := "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid"
	if s.dialect.numbered {
		query = `SELECT a.attname, format_type(a.atttypid, a.atttypmod),
			COALESCE((SELECT k.n FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (a, n) WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.a = a.attnum), 0)
			FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			WHERE c.relname = $1 AND c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`
	}
	rows, err := s.conn.QueryContext(ctx, query, name)
	if err != nil {
		return t, explain(err)
	}
	defer rows.Close()
	keys := map[int]string{}
	for rows.Next() {
		var label, sqlType string
		var key int
		if err := rows.Scan(&label, &sqlType, &key); err != nil {
			return t, explain(err)
		}
		k, ok := kindOf(sqlType)
		if !ok {
			return t, release.Errorf(release.Internal, "the column %s of the table %s holds what cannot be copied: %s", label, name, sqlType)
		}
		t.columns = append(t.columns, column{label, k})
		if key > 0 {
			keys[key] = quoted(label)
		}
	}
	for i := range len(keys) {
		t.keys = append(t.keys, keys[i+1])
	}
	if len(t.keys) == 0 && rows.Err() == nil {
		return t, release.Errorf(release.Internal, "the table %s has no key", name)
	}
	// Alike on both engines, whatever a migration added last.
	slices.SortFunc(t.columns, func(a, b column) int { return strings.Compare(a.name, b.name) })
	return t, explain(rows.Err())
}

// shared checks that the side has the tables as they are planned for another. Of two sides of different
// engines it leaves out what only one of them has.
func (s *side) shared(ctx context.Context, tables []table, with *side) ([]table, error) {
	names, err := s.tables(ctx)
	if err != nil {
		return nil, explain(err)
	}
	private := map[string]bool{}
	if s.dialect.name != with.dialect.name {
		private["topic"], private["request"] = true, true
	}
	var out []table
	for _, t := range tables {
		if private[t.name] {
			continue
		}
		mine, err := s.describe(ctx, t.name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, t.name) || !slices.Equal(mine.columns, t.columns) {
			return nil, release.Errorf(release.Internal, "the table %s is not the same in the two databases", t.name).
				Advise("nothing was copied")
		}
		out = append(out, t)
	}
	for _, n := range names {
		if !private[n] && !slices.ContainsFunc(out, func(t table) bool { return t.name == n }) {
			return nil, release.Errorf(release.Refused, "%s has a table that is not signalbox's: %s", s.where, n).
				Advise("nothing was copied; move that table away first")
		}
	}
	return out, nil
}

// unused checks that the side holds what a fresh store holds, no more, and tells which tables have rows even so.
func (s *side) unused(ctx context.Context, tables []table) (seeded map[string]bool, err error) {
	fresh, err := empty(ctx)
	if err != nil {
		return nil, err
	}
	defer fresh.close()
	seeded = map[string]bool{}
	known, err := fresh.tables(ctx)
	if err != nil {
		return nil, explain(err)
	}
	for _, t := range tables {
		have, want := newDigest(), newDigest()
		err := s.rows(ctx, t, func(row []any) error { have.add(row); return nil })
		if err == nil && slices.Contains(known, t.name) {
			err = fresh.rows(ctx, t, func(row []any) error { want.add(row); return nil })
		}
		if err != nil {
			return nil, explain(err)
		}
		if have.rows != want.rows || !slices.Equal(have.Sum(nil), want.Sum(nil)) {
			return nil, release.Errorf(release.Refused, "%s is not empty: it has rows in the table %s", s.where, t.name).
				Advise("copy into an empty database or a file that is not there yet; nothing was copied")
		}
		seeded[t.name] = have.rows > 0
	}
	return seeded, nil
}

// empty is a fresh store in memory.
func empty(ctx context.Context) (*side, error) {
	c, err := sqlite.NewConnector("file::memory:")
	if err != nil {
		return nil, release.AsError(err)
	}
	s := &side{dialect: sqliteDialect, db: sql.OpenDB(c)}
	s.db.SetMaxOpenConns(1) // each connection would have a memory of its own
	p, err := provider(s.dialect, s.db)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err == nil {
		err = s.begin(ctx)
	}
	if err != nil {
		s.close()
		return nil, release.AsError(err)
	}
	return s, nil
}

// pairs runs the query of the side's engine and lists its two columns.
func (s *side) pairs(ctx context.Context, lite, postgres string) (out [][2]string, err error) {
	query := lite
	if s.dialect.numbered {
		query = postgres
	}
	rows, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// numbered is the column of a table that the engine numbers, "" for none.
func (s *side) numbered(ctx context.Context, name string) (column string, err error) {
	query := `SELECT p.name FROM sqlite_master m, pragma_table_info(m.name) p
		WHERE m.type = 'table' AND m.name = ? AND m.sql LIKE '%AUTOINCREMENT%' AND p.pk = 1`
	if s.dialect.numbered {
		query = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 AND is_identity = 'YES'"
	}
	err = s.conn.QueryRowContext(ctx, query, name).Scan(&column)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return column, err
}

// last is the number that was given last, 0 for none.
func (s *side) last(ctx context.Context, name, column string) (n int64, err error) {
	query, args := "SELECT seq FROM sqlite_sequence WHERE name = ?", []any{name}
	if s.dialect.numbered {
		query, args = "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)", []any{quoted(name), column}
	}
	err = s.conn.QueryRowContext(ctx, query, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// setLast makes the next number follow n.
func (s *side) setLast(ctx context.Context, name, column string, n int64) error {
	if s.dialect.numbered {
		var set int64
		return s.conn.QueryRowContext(ctx, "SELECT setval(pg_get_serial_sequence($1, $2), $3)", quoted(name), column, n).Scan(&set)
	}
	if _, err := s.conn.ExecContext(ctx, "DELETE FROM sqlite_sequence WHERE name = ?", name); err != nil {
		return err
	}
	_, err := s.conn.ExecContext(ctx, "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", name, n)
	return err
}
