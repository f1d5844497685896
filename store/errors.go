package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"signalbox/release"
)

// explain turns what a driver says into what a person reads. An error of this program passes unchanged.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*release.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return explainSQLite(e).Because(err)
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return explainPostgres(e).Because(err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return release.Errorf(release.Unavailable, "the request was given up before the store had answered").
			Advise("nothing was written; try again").Because(err)
	}
	if err.Error() == "sql: database is closed" { // database/sql exports no such error
		return errClosed
	}
	if disconnected(err) {
		return noAnswer(err)
	}
	return release.AsError(err)
}

// disconnected reports whether an error says that the other side cannot be reached, or no longer.
func disconnected(err error) bool {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "08") || strings.HasPrefix(e.Code, "57P")
	}
	return strings.Contains(err.Error(), "conn closed")
}

func noAnswer(cause error) *release.Error {
	return release.Errorf(release.Unavailable, "PostgreSQL does not answer").
		Advise("nothing was written; try again when the database is up").Because(cause)
}

func explainSQLite(e *sqlite.Error) *release.Error {
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL:
		return release.Errorf(release.Unavailable, "the store is locked by another process").
			Advise("nothing was written; try again, and if it stays locked end the process that has the file open")
	case sqlite3.SQLITE_FULL:
		return release.Errorf(release.Unavailable, "the disk is full: nothing was written").
			Advise("make room on the disk of the data directory, then try again")
	case sqlite3.SQLITE_IOERR:
		return release.Errorf(release.Unavailable, "the disk failed to read or write: nothing was written").
			Advise("look at the machine's disk; the server log has the cause")
	case sqlite3.SQLITE_NOMEM:
		return release.Errorf(release.Unavailable, "the machine has no memory left: nothing was written").
			Advise("end something else on it, then try again")
	case sqlite3.SQLITE_INTERRUPT:
		return release.Errorf(release.Unavailable, "the request was given up before the store had answered").
			Advise("nothing was written; try again")
	case sqlite3.SQLITE_CANTOPEN:
		return release.Errorf(release.Unavailable, "the database file cannot be opened").
			Advise("check that it is there and that signalbox may read and write it and its directory")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return release.Errorf(release.Unavailable, "the database file may not be written: nothing was written").
			Advise("give the user of signalbox the right to write the file and its directory")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return release.Errorf(release.Unavailable, "the database file is damaged, or is no SQLite database").
			Advise("restore the last backup")
	case sqlite3.SQLITE_CONSTRAINT:
		switch e.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return taken
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return dangling
		case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
			return guarded
		}
	}
	return release.AsError(fmt.Errorf("%w", e))
}

func explainPostgres(e *pgconn.PgError) *release.Error {
	switch {
	case e.Code == "23505":
		return taken
	case e.Code == "23503":
		return dangling
	case e.Code == "23001":
		return guarded
	case e.Code == "40001" || e.Code == "40P01":
		return release.Errorf(release.Unavailable, "others were writing the same things at the same time").
			Advise("nothing was written; try again")
	case e.Code == "55P03":
		return release.Errorf(release.Unavailable, "others have been writing for half a minute").
			Advise("nothing was written; try again, and look for a client that stands still in a transaction")
	case e.Code == "25P03" || e.Code == "25P04":
		return release.Errorf(release.Unavailable, "PostgreSQL gave the command up, because it stood still in its transaction").
			Advise("nothing was written; try again")
	case e.Code == "25006":
		return release.Errorf(release.Unavailable, "this PostgreSQL server only reads: it is a standby").
			Advise("nothing was written; name the primary in --database, or all hosts")
	case e.Code == "53100":
		return release.Errorf(release.Unavailable, "PostgreSQL's disk is full: nothing was written").
			Advise("make room on the disk of the database server, then try again")
	case e.Code == "53300":
		return release.Errorf(release.Unavailable, "PostgreSQL accepts no more connections").
			Advise("nothing was written; raise max_connections or end other clients")
	case strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "58"):
		return release.Errorf(release.Unavailable, "PostgreSQL could not do its work: nothing was written").
			Advise("the server log has the cause; try again")
	case strings.HasPrefix(e.Code, "28"), e.Code == "3D000", e.Code == "42501":
		return release.Errorf(release.Unavailable, "PostgreSQL refuses this user or has no such database").
			Advise("check --database: user, password and name")
	case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57P"):
		return noAnswer(e)
	case e.Code == "57014":
		return release.Errorf(release.Unavailable, "the request was given up before the store had answered").
			Advise("nothing was written; try again")
	}
	return release.AsError(fmt.Errorf("%w", e))
}

var (
	taken = release.Errorf(release.Refused, "this is there already, and there can be one only").
		Advise("look at what is there")
	dangling = release.Errorf(release.Refused, "this refers to something that is not there").
			Advise("make what it refers to first")
	guarded = release.Errorf(release.Refused, "the audit log only grows: nothing in it is changed or removed").
		Advise("write a new entry that says what is right")
)

// ends reports whether an error may have ended the whole SQLite transaction, not just the statement.
func ends(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_BUSY:
		return true
	}
	return false
}

// busy reports whether an error says that another process holds SQLite's lock.
func busy(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// suspect reports whether the connection on which an error was met should not be used again.
func suspect(err error) bool {
	if err == nil {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || disconnected(err) {
		return true
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CORRUPT,
		sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_CANTOPEN:
		return true
	}
	return false
}

// panicked is the error of a command whose function panicked.
func panicked(p any) *release.Error {
	return release.AsError(fmt.Errorf("panic in a command: %v\n%s", p, debug.Stack()))
}
