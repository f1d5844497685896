package jobs

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"signalbox/release"
)

// schema keeps River's tables apart from the store's.
const schema = "river"

// raising is the advisory lock under which River's tables are made.
const raising int64 = 0x7369676e616d

// raiseTime bounds the wait for it and the making.
const raiseTime = time.Minute

// OpenPostgres opens the queue in the schema "river" of a database, which it makes where there is none.
// Several processes may have it open; each job is done by one of them.
func OpenPostgres(ctx context.Context, url string, log *slog.Logger) (*Engine, error) {
	return openPostgres(ctx, url, log, usual())
}

func openPostgres(ctx context.Context, url string, log *slog.Logger, p pace) (*Engine, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, release.Errorf(release.Usage, "the database URL cannot be read").
			Advise("write postgres://USER@HOST/NAME, several hosts joined by commas").Because(err)
	}
	if !strings.Contains(url, "target_session_attrs") && cfg.ConnConfig.ValidateConnect == nil {
		cfg.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if !strings.Contains(url, "connect_timeout") {
		cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	if _, set := cfg.ConnConfig.RuntimeParams["application_name"]; !set {
		cfg.ConnConfig.RuntimeParams["application_name"] = "signalbox jobs"
	}
	cfg.MaxConns = 6 // one listens, the others are shared by River's parts
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return nil, release.AsError(err)
	}
	e := &Engine{
		worker: &worker{}, where: "the queue in PostgreSQL", repair: "try again when the database is up; the server log has the cause",
		shut: func() error { pool.Close(); return nil },
	}
	driver := riverpgxv5.New(pool)
	c := config(p, e.worker, log)
	c.Schema = schema
	if err := raisePostgres(ctx, pool, driver, c.Logger); err != nil {
		pool.Close()
		if p, ok := errors.AsType[*pgconn.PgError](err); ok && p.Code == "42501" {
			return nil, release.Errorf(release.Unavailable, "PostgreSQL does not let this user make the schema %s for the queue", schema).
				Advise("as the owner of the database: CREATE SCHEMA %s AUTHORIZATION the user of --database", schema).Because(err)
		}
		return nil, e.explain(err)
	}
	if e.river, err = river.NewClient(driver, c); err != nil {
		pool.Close()
		return nil, release.AsError(err)
	}
	return e, nil
}

// raisePostgres brings River's tables up to date, one process at a time.
func raisePostgres(ctx context.Context, pool *pgxpool.Pool, driver *riverpgxv5.Driver, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, raiseTime)
	defer cancel()
	held, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	// The lock ends with its connection, which is not used for anything else.
	conn := held.Hijack()
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", raising); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regnamespace($1) IS NOT NULL", schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
			return err
		}
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: schema, Logger: log})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
