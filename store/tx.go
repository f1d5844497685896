package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"signalbox/release"
	"signalbox/release/catalog"
	"signalbox/release/port"
)

// querier runs statements: a session of SQLite or a transaction of PostgreSQL.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// reader is one snapshot, or the reading half of a transaction.
type reader struct {
	s *Store
	q querier
	// raw is the first driver error that was met. After it the snapshot or transaction is spoilt: PostgreSQL
	// would refuse every further statement, and SQLite may have ended the transaction, so that a further
	// statement would commit by itself. Both refuse here.
	raw   error
	ended bool
	// writes says that the snapshot is a transaction's, whose rows may never be committed.
	writes bool
	// stirred says that this transaction has changed people.
	stirred bool
	// built is a catalog that a transaction had to build; it is shared once the transaction is durable.
	built *catalog.Catalog
}

var errEnded = errors.New("a reader or transaction was used after its function had returned")

func (r *reader) usable() error {
	if r.ended {
		return release.AsError(errEnded)
	}
	return explain(r.raw)
}

func (r *reader) spoil(err error) error {
	if r.raw == nil {
		r.raw = err
	}
	return explain(err)
}

func (r *reader) ctx(ctx context.Context) context.Context {
	if r.writes && r.s.dialect.uncancellable {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// each runs a query and calls one for each row. The rows are closed before it returns, and one must not
// ask the store: a connection answers one question at a time.
func (r *reader) each(ctx context.Context, one func(scan func(dest ...any) error) error, query string, args ...any) error {
	if err := r.usable(); err != nil {
		return err
	}
	rows, err := r.q.QueryContext(r.ctx(ctx), r.s.dialect.bind(query), args...)
	if err != nil {
		return r.spoil(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := one(rows.Scan); err != nil {
			return r.spoil(err)
		}
	}
	if err := rows.Err(); err != nil {
		return r.spoil(err)
	}
	return nil
}

// one scans the first row of a query and reports whether there was any.
func (r *reader) one(ctx context.Context, dest []any, query string, args ...any) (found bool, err error) {
	err = r.each(ctx, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(dest...)
	}, query, args...)
	return found, err
}

// collect lists what scan makes of each row.
func collect[T any](ctx context.Context, r *reader, scan func(scan func(dest ...any) error) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := r.each(ctx, func(row func(...any) error) error {
		v, err := scan(row)
		if err == nil {
			out = append(out, v)
		}
		return err
	}, query, args...)
	return out, err
}

// in asks a query once for each part of a list of keys; its IN list is where the query has %s.
func in(keys []string, ask func(list string, args []any) error) error {
	for part := range slices.Chunk(keys, most) {
		text, padded := list("?", len(part))
		args := make([]any, padded)
		for i := range args {
			args[i] = part[min(i, len(part)-1)]
		}
		if err := ask(text, args); err != nil {
			return err
		}
	}
	return nil
}

// tx is a transaction: a reader that writes and remembers what kinds of things it wrote.
type tx struct {
	reader
	topics []port.Topic
	wrote  bool
	// panicked says that its function panicked.
	panicked bool
	// undo puts back what the transaction raised in its caller's variables, should it not be committed.
	undo []func()
}

var _ port.Tx = (*tx)(nil)

// quiet is the topic of what no screen shows.
const quiet port.Topic = ""

// exec runs a statement that writes things of a topic, and returns the number of rows it concerned. There
// is no other way to write, so a topic cannot be forgotten.
func (t *tx) exec(ctx context.Context, topic port.Topic, query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	res, err := t.q.ExecContext(t.ctx(ctx), t.s.dialect.bind(query), args...)
	if err != nil {
		return 0, t.spoil(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.spoil(err)
	}
	if n == 0 {
		return 0, nil
	}
	t.touch(topic)
	if topic == port.People && !t.stirred {
		t.stirred = true
		_, err = t.exec(ctx, topic, "UPDATE people_state SET revision = revision + 1 WHERE one = 1")
	}
	return n, err
}

// returning runs a statement that writes and scans the one row that it returns.
func (t *tx) returning(ctx context.Context, topic port.Topic, dest []any, query string, args ...any) (bool, error) {
	found, err := t.one(ctx, dest, query, args...)
	if found && err == nil {
		t.touch(topic)
	}
	return found, err
}

func (t *tx) touch(topic port.Topic) {
	t.wrote = true
	if topic != quiet && !slices.Contains(t.topics, topic) {
		t.topics = append(t.topics, topic)
	}
}

// raise sets a revision in a caller's variable, and puts it back should the transaction not be committed:
// the function may be run again with the same variable.
func (t *tx) raise(revision *int64, to int64) {
	old := *revision
	t.undo = append(t.undo, func() { *revision = old })
	*revision = to
}

func (t *tx) back() {
	for _, f := range slices.Backward(t.undo) {
		f()
	}
	t.undo = nil
}

// run calls fn with the transaction and returns its error, or the one that spoilt the transaction although
// fn did not say so. A panic becomes an Internal error.
func (t *tx) run(fn func(port.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			t.panicked, err = true, panicked(p)
		}
		t.ended = true
	}()
	err = fn(t)
	if err == nil {
		err = explain(t.raw)
	}
	return err
}
