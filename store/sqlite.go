package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"

	"signalbox/release"
	"signalbox/release/port"
)

// pragmas hold on every connection. synchronous FULL makes a commit survive the loss of power; a
// recursive trigger is what stops INSERT OR REPLACE on the audit log. The file is not mapped into memory:
// that gained nothing that could be measured, and a file cut short under it ends the process with SIGBUS.
var pragmas = []string{
	"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "recursive_triggers(ON)",
	"cache_size(-65536)", "journal_size_limit(67108864)", "temp_store(MEMORY)",
}

// lite is the SQLite engine: one writer that commits in groups, and a pool of readers.
type lite struct {
	file    *file
	db      *sql.DB
	readers chan *session // nil in it is a place whose session must be opened again
	writer  *writer
	watch   watch
}

func dsn(path string, readOnly bool) string {
	q := url.Values{"_pragma": pragmas, "mode": {"rw"}}
	if readOnly {
		q.Add("_pragma", "query_only(ON)")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

// checked opens connections only to the file that the store was opened on.
type checked struct {
	driver.Connector
	file *file
}

func (c checked) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.file.there(); err != nil {
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.file.there(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

func openLiteDB(f *file, readOnly bool) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(f.path, readOnly))
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(checked{c, f}), nil
}

func openSQLite(ctx context.Context, path string, create bool) (engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, release.AsError(err)
	}
	made, err := place(path, create)
	if err != nil {
		return nil, err
	}
	e, err := openLite(ctx, path, create)
	if err != nil && made {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(path + suffix)
		}
	}
	return e, err
}

// place sees that there is a file, and reports whether it made one: only for its owner to read.
func place(path string, create bool) (made bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return false, release.Errorf(release.Usage, "%s is a directory, not a database", path).
			Advise("give the file in it")
	case err == nil:
		return false, nil
	case !errors.Is(err, fs.ErrNotExist):
		return false, release.Errorf(release.Unavailable, "the database file cannot be reached: %s", path).
			Advise("give signalbox the right to read and write it").Because(err)
	case !create:
		return false, absent(path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, release.Errorf(release.Unavailable, "the database file cannot be made: %s", path).
			Advise("make its directory, and give signalbox the right to write there").Because(err)
	}
	return true, f.Close()
}

func absent(where string) *release.Error {
	return release.Errorf(release.NotFound, "there is no signalbox database in %s", where).
		Advise("make one: signalbox init")
}

func openLite(ctx context.Context, path string, create bool) (*lite, error) {
	f, err := newFile(path)
	if err != nil {
		return nil, explain(err)
	}
	writing, err := openLiteDB(f, false)
	if err != nil {
		return nil, explain(err)
	}
	if err := migrate(ctx, sqliteDialect, writing, path, create); err != nil {
		return nil, errors.Join(err, writing.Close())
	}
	l := &lite{file: f}
	if l.db, err = openLiteDB(f, true); err != nil {
		return nil, errors.Join(explain(err), writing.Close())
	}
	cores := max(4, runtime.GOMAXPROCS(0))
	l.readers = make(chan *session, cores)
	l.writer = newWriter(f, writing)
	// All are opened now: while the file is away, those that have it open still show what there was.
	for range cores {
		s, err := newSession(ctx, l.db)
		l.readers <- s
		if err != nil {
			for len(l.readers) < cores {
				l.readers <- nil
			}
			return nil, errors.Join(explain(err), l.close())
		}
	}
	// What is there before Open returns is no news; all that comes after it is.
	if _, err := l.look(ctx); err != nil {
		return nil, errors.Join(explain(err), l.close())
	}
	return l, nil
}

func (l *lite) close() error {
	l.writer.close()
	l.watch.end()
	for range cap(l.readers) {
		if s := <-l.readers; s != nil {
			s.discard()
		}
	}
	// The last connection to close carries the log over into the database file, so the writer's goes last.
	return errors.Join(l.db.Close(), l.writer.db.Close())
}

// borrow takes a reading session, and opens it where that has not been done.
func (l *lite) borrow(ctx context.Context) (*session, error) {
	var s *session
	select {
	case <-l.writer.closing:
		return nil, errClosed
	case s = <-l.readers:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s != nil {
		return s, nil
	}
	s, err := newSession(ctx, l.db)
	if err != nil {
		l.readers <- nil
		return nil, err
	}
	return s, nil
}

func (l *lite) read(ctx context.Context, st *Store, fn func(port.Reader) error) error {
	s, err := l.borrow(ctx)
	if err != nil {
		return explain(err)
	}
	r := &reader{s: st, q: s}
	defer func() {
		r.ended = true
		if err := s.rollback(); err != nil || suspect(r.raw) || ctx.Err() != nil {
			s.discard()
			s = nil
		}
		l.readers <- s
	}()
	if err := s.begin(ctx, "BEGIN"); err != nil {
		r.raw = err
		return explain(err)
	}
	if err := fn(r); err != nil {
		return err
	}
	return explain(r.raw)
}

func (l *lite) write(ctx context.Context, st *Store, fn func(port.Tx) error) error {
	return l.writer.do(ctx, st, fn)
}

// ping asks for the writer's lock and a row. After a write that failed it writes a row too, to learn
// whether the disk takes one again; otherwise it leaves no trace.
func (l *lite) ping(ctx context.Context, st *Store) error {
	if err := l.file.there(); err != nil {
		return err
	}
	err := l.write(ctx, st, func(tx port.Tx) error {
		if l.writer.failed.Load() {
			return tx.SetMeta(ctx, "probe", fmt.Sprint(micros(st.now())))
		}
		_, err := tx.Meta(ctx, "probe")
		return err
	})
	if err != nil {
		return err
	}
	return l.read(ctx, st, func(r port.Reader) error {
		_, err := r.Meta(ctx, "probe")
		return err
	})
}
