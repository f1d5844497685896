package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	mrand "math/rand/v2"
	"net"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"signalbox/release"
	"signalbox/release/port"
)

const (
	// turnstile is the advisory lock that a writing transaction takes first. With it one transaction writes at
	// a time, as on SQLite, and sees all that went before: every decision ends in the one audit log, so that
	// transactions side by side would only undo each other (measured: 16 deciders at serialisable isolation
	// made a tenth of the decisions that one makes).
	turnstile int64 = 0x7369676e616c
	// waiting is how many of a process's commands may stand at the turnstile, each with a connection: one
	// that writes, and one ready to follow. The others wait for their turn before they take a connection.
	standing = 2
	// maxAttempts bounds how often a transaction is run that somebody else's disturbed (by hand, say).
	maxAttempts = 5
	// writeTime bounds one attempt.
	writeTime = 60 * time.Second
)

// pg is the PostgreSQL engine: a transaction a command.
type pg struct {
	config *pgx.ConnConfig
	db     *sql.DB
	gate   chan struct{}
	// id marks this store's own notifications.
	id string
	// resolveTime bounds the asking what became of a commit that was cut off.
	resolveTime time.Duration
}

func openPostgres(ctx context.Context, url string, create bool) (engine, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, release.Errorf(release.Usage, "the database URL cannot be read").
			Advise("write postgres://USER@HOST/NAME, several hosts joined by commas").Because(err)
	}
	if !strings.Contains(url, "target_session_attrs") && cfg.ValidateConnect == nil {
		cfg.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if !strings.Contains(url, "connect_timeout") {
		cfg.ConnectTimeout = 5 * time.Second
	}
	// A host that vanished is noticed within half a minute, also by the connection that only listens.
	dialer := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}}
	cfg.DialFunc = dialer.DialContext
	for k, v := range map[string]string{
		"application_name": "signalbox",
		// A process that stands still in the middle of its transaction must not stop all others.
		"idle_in_transaction_session_timeout": "15s",
		"lock_timeout":                        "30s",
	} {
		if _, set := cfg.RuntimeParams[k]; !set {
			cfg.RuntimeParams[k] = v
		}
	}
	p := &pg{config: cfg, db: stdlib.OpenDB(*cfg), gate: make(chan struct{}, standing), id: rand.Text(), resolveTime: 15 * time.Second}
	p.db.SetMaxOpenConns(8 + 4*runtime.GOMAXPROCS(0))
	p.db.SetMaxIdleConns(4)
	p.db.SetConnMaxIdleTime(5 * time.Minute)
	if err := migrate(ctx, postgresDialect, p.db, "this PostgreSQL database", create); err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	return p, nil
}

func (p *pg) close() error { return p.db.Close() }

// begin starts a transaction on a connection of its own. A connection that the server has closed meanwhile
// is dropped and another taken.
func (p *pg) begin(ctx context.Context, o *sql.TxOptions) (work *sql.Tx, err error) {
	for range 3 {
		work, err = p.db.BeginTx(ctx, o)
		if err == nil || !disconnected(err) || ctx.Err() != nil {
			return work, err
		}
		if _, down := errors.AsType[*pgconn.ConnectError](err); down {
			return nil, err
		}
	}
	return nil, err
}

func (p *pg) read(ctx context.Context, s *Store, fn func(port.Reader) error) error {
	snapshot, err := p.begin(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return explain(err)
	}
	defer func() { _ = snapshot.Rollback() }()
	r := &reader{s: s, q: snapshot}
	defer func() { r.ended = true }()
	if err := fn(r); err != nil {
		return err
	}
	return explain(r.raw)
}

// write runs a command until it is committed, has failed by itself, or was disturbed too often.
func (p *pg) write(ctx context.Context, s *Store, fn func(port.Tx) error) error {
	for attempt := 1; ; attempt++ {
		t := &tx{reader: reader{s: s, writes: true}}
		err := p.attempt(ctx, t, fn)
		if err == nil {
			s.publish(t.topics...)
			if t.built != nil {
				s.share(t.built)
			}
			return nil
		}
		t.back()
		if attempt == maxAttempts || !repeatable(err, t.raw) || ctx.Err() != nil {
			return explain(err)
		}
		select {
		case <-ctx.Done():
			return explain(ctx.Err())
		case <-time.After(time.Duration(mrand.Int64N(int64(attempt) * int64(8*time.Millisecond)))):
		}
	}
}

// repeatable reports whether an attempt failed only because of what others did at the time. A unique
// constraint counts: with another transaction gone by, its row is seen and the rule that asks for it says
// what is so.
func repeatable(err, raw error) bool {
	for _, e := range []error{raw, err} {
		if p, ok := errors.AsType[*pgconn.PgError](e); ok {
			switch p.Code {
			case "40001", "40P01", "23505":
				return true
			}
		}
	}
	return false
}

// attempt runs a command once.
func (p *pg) attempt(ctx context.Context, t *tx, fn func(port.Tx) error) error {
	select {
	case p.gate <- struct{}{}:
		defer func() { <-p.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	// The transaction's own context outlives the caller's, so that a commit is not cut off by who asked.
	inner, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Each statement sees what is committed by then, and behind the turnstile nobody else commits.
	work, err := p.begin(inner, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = work.Rollback() }()
	if _, err := work.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", turnstile); err != nil {
		return err
	}
	t.q = work
	if err := t.run(fn); err != nil {
		return err
	}
	if !t.wrote {
		return work.Commit()
	}
	id := rand.Text()
	if _, err := work.ExecContext(ctx, `WITH r AS (INSERT INTO request (id, at) VALUES ($1, $2)) SELECT pg_notify($3, $4)`,
		id, time.Now().UnixMicro(), channel, p.message(t.topics)); err != nil {
		return err
	}
	err = work.Commit()
	if err == nil || !disconnected(err) {
		return err
	}
	return p.resolve(ctx, id, err)
}

// resolve finds out what became of a transaction whose COMMIT was sent and not answered. It writes the id
// that the transaction wrote: this waits for a transaction that is still ending, and either meets its row,
// or leaves a row that nobody else can write any more.
func (p *pg) resolve(ctx context.Context, id string, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.resolveTime)
	defer cancel()
	for {
		res, err := p.db.ExecContext(ctx, "INSERT INTO request (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
			id, time.Now().UnixMicro())
		if err == nil {
			n, err := res.RowsAffected()
			if err == nil && n == 0 {
				return nil // it was committed
			}
			if err == nil {
				return noAnswer(cause)
			}
		}
		select {
		case <-ctx.Done():
			return release.Errorf(release.Unavailable, "PostgreSQL went away during the commit: it is not known whether this was written").
				Advise("look at it before you do it again").Because(cause)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (p *pg) ping(ctx context.Context, s *Store) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	work, err := p.begin(ctx, nil)
	if err != nil {
		return explain(err)
	}
	defer func() { _ = work.Rollback() }()
	var readOnly string
	if err := work.QueryRowContext(ctx, "SELECT current_setting('transaction_read_only')").Scan(&readOnly); err != nil {
		return explain(err)
	}
	if readOnly == "on" {
		return explain(&pgconn.PgError{Code: "25006", Message: "transaction_read_only is on"})
	}
	return nil
}
