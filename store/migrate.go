package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"signalbox/release"
)

// migrations has one directory an engine, with equal numbers. A migration that has landed is never edited.
//
//go:embed migrations
var migrations embed.FS

const versionTable = "goose_db_version"

// migrate brings the schema up to date, under a lock that keeps other processes out. where names the
// database in errors.
func migrate(ctx context.Context, d dialect, db *sql.DB, where string, create bool) error {
	p, err := provider(d, db)
	if err != nil {
		return release.AsError(err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	have, tables, err := schema(ctx, d, db)
	switch {
	case err != nil:
		return explain(err)
	case have == newest:
		return nil
	case have > newest:
		return release.Errorf(release.Refused, "%s was written by a newer signalbox: its schema is %d and this one knows %d", where, have, newest).
			Advise("install the newer version again; nothing was changed")
	case have == 0 && tables > 0:
		return release.Errorf(release.Refused, "%s is the database of another program", where).
			Advise("name another file or database; nothing was changed")
	case have == 0 && !create:
		return absent(where)
	}
	if !d.numbered {
		unlock, err := lockDirectory(ctx, filepath.Dir(where))
		if err != nil {
			return err
		}
		defer unlock()
		if err := before(ctx, d, db, where, newest); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		if e, ok := explain(err).(*release.Error); ok && e.Code == release.Unavailable {
			return e
		}
		return release.Errorf(release.Internal, "the schema of %s could not be brought from %d to %d", where, have, newest).
			Advise("it is as it was; end other signalbox processes and start again").Because(err)
	}
	return nil
}

// before makes a copy of a SQLite database beside it, should it still have an older schema now that others
// are kept out. A copy for the same schema, from a start that went wrong, is replaced: this one has all that
// it has.
func before(ctx context.Context, d dialect, db *sql.DB, path string, newest int64) error {
	have, _, err := schema(ctx, d, db)
	if err != nil {
		return explain(err)
	}
	if have == 0 || have >= newest {
		return nil
	}
	p, err := newPartial(fmt.Sprintf("%s-before-schema-%d.db", strings.TrimSuffix(path, ".db"), newest))
	if err == nil {
		defer p.drop()
		if err = p.vacuum(ctx, db); err == nil {
			_, err = check(ctx, p.path, p.file, unsound)
		}
		if err == nil {
			err = p.keep(true)
		}
	}
	if err != nil {
		e := release.AsError(err)
		return release.Errorf(release.Unavailable, "the schema of %s is to be brought from %d to %d, and no copy could be made before: %s", path, have, newest, e.Message).
			Advise("%s; the database is as it was", e.Try).Because(err)
	}
	return nil
}

func provider(d dialect, db *sql.DB) (*goose.Provider, error) {
	dir, kind := "migrations/sqlite", goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
	if d.numbered {
		dir, kind = "migrations/postgres", goose.DialectPostgres
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60), lock.WithUnlockTimeout(1, 5))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(l))
	}
	files, err := fs.Sub(migrations, dir)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(kind, db, files, options...)
}

// schema reads the version of the schema, 0 for none, and counts the tables that there are.
func schema(ctx context.Context, d dialect, db *sql.DB) (version int64, tables int, err error) {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if d.numbered {
		list = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
	}
	rows, err := db.QueryContext(ctx, list)
	if err != nil {
		return 0, 0, err
	}
	known := false
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return 0, 0, errors.Join(err, rows.Close())
		}
		if name == versionTable {
			known = true
			continue
		}
		tables++
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || !known {
		return 0, tables, err
	}
	var newest sql.NullInt64
	err = db.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+versionTable).Scan(&newest)
	return newest.Int64, tables, err
}

// lockDirectory keeps other processes from migrating a SQLite file of the same directory. It locks the
// directory, because closing a descriptor of the file itself would drop SQLite's own locks on it.
func lockDirectory(ctx context.Context, dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, release.Errorf(release.Unavailable, "the data directory cannot be read: %s", dir).
			Advise("give signalbox the right to read and write it").Because(err)
	}
	for {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			// Closing the one descriptor gives the lock back.
			return func() { _ = d.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(release.Errorf(release.Unavailable, "the data directory cannot be locked: %s", dir).
				Advise("keep it on a local disk").Because(err), d.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(explain(ctx.Err()), d.Close())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
