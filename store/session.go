package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync/atomic"

	"modernc.org/sqlite"
)

// session is one connection to SQLite with its prepared statements. It serves one goroutine at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
	// over is set by SQLite itself when a transaction is rolled back, also one that it gives up on its own
	// because the disk is full. A statement after that would commit by itself.
	over atomic.Bool
	// open says that a transaction was begun.
	open bool
}

// maxPrepared bounds the statements kept; the package has about a hundred forms.
const maxPrepared = 400

var errOver = errors.New("the transaction is over: SQLite has rolled it back")

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, stmts: map[string]*sql.Stmt{}}
	err = conn.Raw(func(dc any) error {
		h, ok := dc.(sqlite.HookRegisterer)
		if !ok {
			return fmt.Errorf("%T tells of no rollback", dc)
		}
		h.RegisterRollbackHook(func() { s.over.Store(true) })
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// begin starts a transaction: "BEGIN", or "BEGIN IMMEDIATE" to write.
func (s *session) begin(ctx context.Context, how string) error {
	s.over.Store(false)
	if _, err := s.exec(ctx, how); err != nil {
		return err
	}
	s.open = true
	return nil
}

// commit ends the transaction durably. It fails where there is none any more.
func (s *session) commit(ctx context.Context) error {
	if s.over.Load() {
		return errOver
	}
	_, err := s.exec(ctx, "COMMIT")
	if err == nil {
		s.open = false
	}
	return err
}

// rollback ends the transaction if there still is one. Its error says that the session is of no more use.
func (s *session) rollback() error {
	if !s.open {
		return nil
	}
	s.open = false
	if s.over.Load() {
		return nil
	}
	_, err := s.exec(context.Background(), "ROLLBACK")
	return err
}

// discard closes the session and its connection for good.
func (s *session) discard() {
	for _, st := range s.stmts {
		_ = st.Close()
	}
	// ErrBadConn makes database/sql close the connection instead of keeping it.
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = s.conn.Close()
}

func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := s.stmts[query]; st != nil {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(s.stmts) >= maxPrepared {
		for q, old := range s.stmts {
			_ = old.Close()
			delete(s.stmts, q)
		}
	}
	s.stmts[query] = st
	return st, nil
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

// ExecContext runs a statement within the transaction, and none after it.
func (s *session) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s.over.Load() {
		return nil, errOver
	}
	return s.exec(ctx, query, args...)
}

// QueryContext runs a query within the transaction, and none after it.
func (s *session) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.over.Load() {
		return nil, errOver
	}
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}
