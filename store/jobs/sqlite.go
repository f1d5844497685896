package jobs

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver

	"signalbox/release"
)

// OpenSQLite opens the queue in a file, which it makes where there is none, for its owner alone to read. It
// is another file than the store's, so that the looking for jobs never waits for the store's one writer or
// makes it wait. Several processes may have it open.
func OpenSQLite(ctx context.Context, path string, log *slog.Logger) (*Engine, error) {
	return openSQLite(ctx, path, log, usual())
}

func openSQLite(ctx context.Context, path string, log *slog.Logger, p pace) (*Engine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, release.AsError(err)
	}
	e := &Engine{
		worker: &worker{}, where: "the queue in " + path,
		repair: "look at the disk; if the file is damaged, stop signalbox, remove it with its -wal and -shm, and start again: the queue is filled from the store",
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, e.explain(err)
	}
	// Closed before SQLite opens it: a later close would drop SQLite's locks.
	if err := f.Close(); err != nil {
		return nil, e.explain(err)
	}
	q := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "journal_size_limit(16777216)"},
		// A transaction that begins to write late may not wait for the lock.
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, e.explain(err)
	}
	// River's parts run side by side, and on several connections they would meet SQLite's lock (its advice).
	db.SetMaxOpenConns(1)
	e.shut = db.Close
	driver := riversqlite.New(db)
	c := config(p, e.worker, log)
	c.PollOnly = true // SQLite has no notification; River's stand-in for it only polls faster
	if err := raiseSQLite(ctx, driver, filepath.Dir(path), c.Logger); err != nil {
		return nil, errors.Join(e.explain(err), db.Close())
	}
	if e.river, err = river.NewClient(driver, c); err != nil {
		return nil, errors.Join(release.AsError(err), db.Close())
	}
	return e, nil
}

// raiseSQLite brings River's tables up to date. River takes no lock for it, so the directory is locked, as it
// is for the store's own migrations.
func raiseSQLite(ctx context.Context, driver *riversqlite.Driver, dir string, log *slog.Logger) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	// Closing the one descriptor gives the lock back.
	defer func() { _ = d.Close() }()
	for {
		err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: log})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
