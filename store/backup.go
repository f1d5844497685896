package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"signalbox/release"
)

// Backup writes all that a store holds, as of one instant, into a new SQLite file, checks it as Check does,
// and returns what it holds. Other processes go on meanwhile. Of a SQLite store the file is a copy of whatever
// schema it has; of a PostgreSQL one it is what Copy makes. A file that is there is never overwritten, and
// one that is not whole never has the name: until it is durable it is called file + ".partial".
//
// A SQLite backup is a store itself: put in the place of a database, or copied into PostgreSQL by Copy.
func Backup(ctx context.Context, from Options, file string) (Contents, error) {
	if err := oneOf(from); err != nil {
		return Contents{}, err
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return Contents{}, release.AsError(err)
	}
	if err := free(file); err != nil {
		return Contents{}, err
	}
	p, err := newPartial(file)
	if err != nil {
		return Contents{}, err
	}
	defer p.drop()
	if from.URL != "" {
		if _, err := Copy(ctx, from, Options{Path: p.path}, nil); err != nil {
			return Contents{}, err
		}
	} else {
		s, err := reading(from)
		if err != nil {
			return Contents{}, err
		}
		_, _, err = s.schema(ctx)
		s.close()
		if err != nil {
			return Contents{}, err
		}
		if err := p.copyOf(ctx, from.Path); err != nil {
			return Contents{}, err
		}
	}
	c, err := check(ctx, p.path, file, unsound)
	if err != nil {
		return Contents{}, err
	}
	return c, p.keep(false)
}

// unsound advises where a copy that was just made is not good.
const unsound = "nothing was kept of it; see that the database itself and its disk are sound"

func free(file string) error {
	_, err := os.Lstat(file)
	switch {
	case err == nil:
		return release.Errorf(release.Refused, "there is a file %s already, and a backup overwrites none", file).
			Advise("name another file")
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return release.Errorf(release.Unavailable, "%s cannot be reached", file).Advise("name a file in a directory that signalbox may write").Because(err)
}

// partial is a backup that is being written. It is locked, so that one that was left behind by a process
// that died is told from one that is being written.
type partial struct {
	path, file string
	lock       *os.File
}

func newPartial(file string) (*partial, error) {
	p := &partial{path: file + ".partial", file: file}
	f, err := os.OpenFile(p.path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, p.failed(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, release.Errorf(release.Unavailable, "another process is writing %s", p.path).
			Advise("wait until it has ended, or name another file").Because(err)
	}
	p.lock = f
	if err := f.Truncate(0); err != nil {
		p.drop()
		return nil, p.failed(err)
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		_ = os.Remove(p.path + suffix)
	}
	return p, nil
}

// drop removes what is there of the backup, unless it was kept.
func (p *partial) drop() {
	if p.lock != nil {
		discard(p.path)
		_ = p.lock.Close()
		p.lock = nil
	}
}

// copyOf writes a copy of a SQLite database, which others may be using.
func (p *partial) copyOf(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return release.AsError(err)
	}
	f, err := newFile(path)
	if err != nil {
		return explain(err)
	}
	db, err := openLiteDB(f, false)
	if err != nil {
		return explain(err)
	}
	return errors.Join(p.vacuum(ctx, db), db.Close())
}

func (p *partial) vacuum(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", p.path); err != nil {
		return p.failed(err)
	}
	return nil
}

// keep makes the backup durable and gives it its name. replace says that it may take the place of another.
func (p *partial) keep(replace bool) error {
	if err := p.lock.Sync(); err != nil {
		return p.failed(err)
	}
	var err error
	if replace {
		err = os.Rename(p.path, p.file)
	} else if err = os.Link(p.path, p.file); errors.Is(err, fs.ErrExist) {
		return free(p.file)
	} else if err != nil { // a file system without links
		if err = free(p.file); err != nil {
			return err
		}
		err = os.Rename(p.path, p.file)
	}
	if err == nil {
		err = syncDirectory(filepath.Dir(p.file))
	}
	if err != nil {
		return p.failed(err)
	}
	p.drop() // the other name, where there still is one
	return nil
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// failed is the error of a backup that could not be written.
func (p *partial) failed(cause error) error {
	full := errors.Is(cause, syscall.ENOSPC) || errors.Is(cause, syscall.EDQUOT)
	if e, ok := errors.AsType[*sqlite.Error](cause); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			full = true
		case sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return explain(cause) // it is about the database, not about the backup
		}
	}
	if full {
		return release.Errorf(release.Unavailable, "the disk is full: %s could not be written", p.file).
			Advise("make room there, or name a file on another disk").Because(cause)
	}
	if errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded) {
		return explain(cause)
	}
	return release.Errorf(release.Unavailable, "%s could not be written", p.file).
		Advise("name a file in a directory that signalbox may write").Because(cause)
}

// Check reads a SQLite store file, such as a backup, changes nothing, and returns what it holds. A file that
// is missing is a NotFound error; one that is cut short, damaged, no store, or of a newer signalbox, is a
// Refused one that says so. The audit log is checked by audit.Verify alone.
func Check(ctx context.Context, file string) (Contents, error) {
	file, err := filepath.Abs(file)
	if err != nil {
		return Contents{}, release.AsError(err)
	}
	return check(ctx, file, file, "it was left as it is; take another backup")
}

// check is Check of a file that is to have another name.
func check(ctx context.Context, path, name, advice string) (Contents, error) {
	bad := func(format string, args ...any) *release.Error {
		return release.Errorf(release.Refused, "%s "+format, append([]any{name}, args...)...).Advise("%s", advice)
	}
	_, err := os.Stat(path + "-wal")
	used := err == nil // somebody has it open
	if !used {
		if err := glance(path, name, bad); err != nil {
			return Contents{}, err
		}
	}
	q := url.Values{"_pragma": {"busy_timeout(5000)", "query_only(ON)"}, "mode": {"ro"}}
	if !used {
		q.Set("immutable", "1") // nobody writes it, and nothing is made beside it
	}
	c, err := sqlite.NewConnector((&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return Contents{}, release.AsError(err)
	}
	s := &side{dialect: sqliteDialect, where: name, db: sql.OpenDB(c)}
	defer s.close()
	unreadable := func(err error) error {
		if e := release.AsError(explain(err)); ctx.Err() != nil {
			return e
		}
		return bad("is damaged").Because(err)
	}
	if err := s.begin(ctx); err != nil {
		return Contents{}, unreadable(err)
	}
	problems, err := s.pairs(ctx, "SELECT integrity_check, '' FROM pragma_integrity_check LIMIT 10", "")
	switch {
	case err != nil:
		return Contents{}, unreadable(err)
	case len(problems) != 1 || problems[0][0] != "ok":
		return Contents{}, bad("is damaged").Because(errors.New(firstOf(problems)))
	}
	if _, _, err := s.schema(ctx); err != nil {
		if e := release.AsError(err); e.Code == release.Refused || e.Code == release.NotFound {
			return Contents{}, bad("is no store that can be used: %s", e.Message).Because(err)
		}
		return Contents{}, unreadable(err)
	}
	dangling, err := s.pairs(ctx, `SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`, "")
	switch {
	case err != nil:
		return Contents{}, unreadable(err)
	case len(dangling) > 0:
		return Contents{}, bad("is damaged: a row of the table %s refers to one of %s that is gone", dangling[0][0], dangling[0][1])
	}
	out := Contents{Schema: s.version}
	names, err := s.tables(ctx)
	for _, n := range names {
		var rows int64
		if err == nil {
			err = s.conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quoted(n)).Scan(&rows)
		}
		out.Tables = append(out.Tables, Counted{n, rows})
	}
	if err != nil {
		return Contents{}, unreadable(err)
	}
	return out, nil
}

func firstOf(problems [][2]string) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p[0]
	}
	return strings.Join(lines, "\n")
}

// glance looks at a file's head and length before SQLite does (https://sqlite.org/fileformat2.html, 1.3). It
// must not be a file that this process has open: to close it would drop SQLite's locks.
func glance(path, name string, bad func(string, ...any) *release.Error) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return release.Errorf(release.NotFound, "there is no file %s", name).Advise("look at its name")
	}
	if err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be read", name).Advise("give signalbox the right to read it").Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return release.Errorf(release.Unavailable, "%s cannot be read", name).Advise("look at its disk").Because(err)
	}
	if !info.Mode().IsRegular() {
		return bad("is no file")
	}
	head := make([]byte, 100)
	if _, err := io.ReadFull(f, head); err != nil || !bytes.HasPrefix(head, []byte("SQLite format 3\x00")) {
		if info.Size() == 0 {
			return bad("is empty")
		}
		return bad("is no SQLite database")
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 65536
	}
	pages := int64(binary.BigEndian.Uint32(head[28:]))
	counted := bytes.Equal(head[24:28], head[92:96]) // else an old SQLite wrote it, which counted no pages
	if counted && info.Size() < page*pages {
		return bad("is cut short: it has %d bytes of %d", info.Size(), page*pages)
	}
	return nil
}

// Schema reads the version of a store's schema and the newest that this program knows; opening the store
// raises the one to the other. Of a SQLite file a copy is made first. Of a PostgreSQL database none can be
// made from inside: whoever runs it takes one with pg_dump before the new version of signalbox is started.
func Schema(ctx context.Context, o Options) (have, newest int64, err error) {
	s, err := reading(o)
	if err != nil {
		return 0, 0, err
	}
	defer s.close()
	return s.schema(ctx)
}
