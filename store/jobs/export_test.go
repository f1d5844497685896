package jobs

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// Open opens a queue on an engine by its place, at a pace of the test's.
func Open(ctx context.Context, where string, log *slog.Logger, change func(*pace)) (*Engine, error) {
	p := usual()
	p.unstaggered = true
	p.poll = 100 * time.Millisecond
	if change != nil {
		change(&p)
	}
	if strings.HasPrefix(where, "postgres:") {
		return openPostgres(ctx, where, log, p)
	}
	return openSQLite(ctx, where, log, p)
}

// Short makes failures and dead processes known after moments.
func Short(p *pace) {
	p.timeout, p.rescue = 2*time.Second, 2*time.Second
	p.first, p.most = time.Millisecond, 20*time.Millisecond
}

// Tries sets how often a job is tried.
func Tries(n int) func(*pace) {
	return func(p *pace) { Short(p); p.attempts = n }
}

// Impatient cuts off running jobs at once.
func Impatient(p *pace) { p.grace = 50 * time.Millisecond }

// Pause is the pause after a number of tries.
func Pause(tries int, chance float64) time.Duration {
	p := usual()
	return backoff{p.first, p.most}.pause(tries, chance)
}

// Table is the table of jobs.
func Table(where string) string {
	if strings.HasPrefix(where, "postgres:") {
		return schema + ".river_job"
	}
	return "river_job"
}
