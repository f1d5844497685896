package store

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"time"

	"signalbox/release/health"
	"signalbox/release/port"
)

// bucket names the roll-up of a series, whose grain is known, by its end in microseconds.
type bucket struct{ series, end int64 }

// rollUp rolls samples up, each series by itself: what two monitors say is never added up.
func rollUp(finer []heldSample, g grain) []heldSample {
	by := map[int64][]health.Sample{}
	var series []heldSample // the first of each
	for _, h := range finer {
		if by[h.series] == nil {
			series = append(series, h)
		}
		by[h.series] = append(by[h.series], h.Sample)
	}
	var out []heldSample
	for _, h := range series {
		for _, s := range health.RollUp(by[h.series], time.Duration(g)) {
			out = append(out, heldSample{h.series, h.connector, s})
		}
	}
	return out
}

// merge puts the fresh roll-ups of the buckets that are due in the place of what is held of these, in the
// order in which samples are read.
func merge(held, fresh []heldSample, due []bucket) []heldSample {
	open := make(map[bucket]bool, len(due))
	for _, b := range due {
		open[b] = true
	}
	var out []heldSample
	for _, h := range held {
		if !open[bucket{h.series, micros(h.At)}] {
			out = append(out, h)
		}
	}
	for _, h := range fresh {
		if open[bucket{h.series, micros(h.At)}] {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b heldSample) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Version, b.Version), cmp.Compare(a.connector, b.connector))
	})
	return out
}

// subject is what a connector measures.
type subject struct{ service, environment, version string }

// PutSamples stores what a monitor measured and marks the roll-ups it goes into as due. What is so old that
// the samples beside it are forgotten, and their roll-up stands, comes too late and is let go.
func (t *tx) PutSamples(ctx context.Context, connector string, samples []health.Sample) error {
	type key struct{ series, at, step int64 }
	ids, err := t.series(ctx, connector, samples)
	if err != nil {
		return err
	}
	now := t.s.now()
	var fresh []heldSample
	place := map[key]int{} // in fresh: of two in one call the later counts
	due := map[grain]map[bucket]bool{five: {}, hourly: {}}
	for _, s := range samples {
		h := heldSample{ids[subject{s.Service, s.Environment, s.Version}], connector, s}
		late, err := t.late(ctx, h.series, s.At, now)
		if err != nil {
			return err
		}
		if late {
			continue
		}
		at := micros(s.At)
		k := key{h.series, at, int64(s.Step)}
		if i, twice := place[k]; twice {
			fresh[i] = h
			continue
		}
		place[k] = len(fresh)
		fresh = append(fresh, h)
		for g, marked := range due {
			marked[bucket{h.series, micros(g.end(time.UnixMicro(at)))}] = true
		}
	}
	if err := t.putSamples(ctx, port.Health, raw, fresh); err != nil {
		return err
	}
	for g, marked := range due {
		if err := t.markDue(ctx, g, slices.Collect(maps.Keys(marked))); err != nil {
			return err
		}
	}
	return nil
}

// series finds or makes the series of what a connector measured.
func (t *tx) series(ctx context.Context, connector string, samples []health.Sample) (map[subject]int64, error) {
	ids := map[subject]int64{}
	var order []subject
	for _, s := range samples {
		k := subject{s.Service, s.Environment, s.Version}
		if _, twice := ids[k]; !twice {
			ids[k] = 0
			order = append(order, k)
		}
	}
	for part := range slices.Chunk(order, rowsAtOnce) {
		text, padded := list("(?, ?, ?)", len(part))
		args := []any{connector}
		for i := range padded {
			k := part[min(i, len(part)-1)]
			args = append(args, k.service, k.environment, k.version)
		}
		if err := t.each(ctx, func(scan func(...any) error) error {
			var id int64
			var k subject
			err := scan(&id, &k.service, &k.environment, &k.version)
			ids[k] = id
			return err
		}, "SELECT id, service, environment, version FROM sample_series WHERE connector = ? AND (service, environment, version) IN (VALUES "+text+")", args...); err != nil {
			return nil, err
		}
	}
	for _, k := range order {
		if ids[k] != 0 {
			continue
		}
		var id int64
		if _, err := t.returning(ctx, quiet, []any{&id}, "INSERT INTO sample_series (service, environment, version, connector) VALUES (?, ?, ?, ?) RETURNING id",
			k.service, k.environment, k.version, connector); err != nil {
			return nil, err
		}
		ids[k] = id
	}
	return ids, nil
}

// late reports whether a sample comes after its neighbours were forgotten. To roll it up alone would put it
// in the place of all of them.
func (t *tx) late(ctx context.Context, series int64, at, now time.Time) (bool, error) {
	g := finest(at, now)
	if g == raw {
		return false, nil
	}
	if !at.After(hourly.horizon(now)) {
		return true, nil
	}
	var n int64
	_, err := t.one(ctx, []any{&n}, "SELECT COUNT(*) FROM sample WHERE series = ? AND grain = ? AND at = ?",
		series, g.seconds(), micros(g.end(time.UnixMicro(micros(at)))))
	return n > 0, err
}

// rowsAtOnce bounds how many rows one statement writes.
const rowsAtOnce = 64

// putSamples writes samples of a grain, no two of one series, instant and step; what is stored of these is
// replaced. A statement writes a power of two of rows, so that there are few forms of it.
func (t *tx) putSamples(ctx context.Context, topic port.Topic, g grain, held []heldSample) error {
	for len(held) > 0 {
		n := rowsAtOnce
		for n > len(held) {
			n /= 2
		}
		text, _ := list("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", n)
		var args []any
		for _, h := range held[:n] {
			args = append(args, h.series, g.seconds(), micros(h.At), int64(h.Step), int64(max(1, h.N)), signal(h.Rate), signal(h.Errors),
				signal(h.P50), signal(h.P95), signal(h.P99))
		}
		if _, err := t.exec(ctx, topic, "INSERT INTO sample (series, grain, at, step, n, rate, errors, p50, p95, p99) VALUES "+text+`
			ON CONFLICT (series, grain, at, step) DO UPDATE SET n = excluded.n, rate = excluded.rate, errors = excluded.errors,
			p50 = excluded.p50, p95 = excluded.p95, p99 = excluded.p99`, args...); err != nil {
			return err
		}
		held = held[n:]
	}
	return nil
}

// signal is how a signal is kept: unset where it was not measured or is no number.
func signal(v *float64) sql.NullFloat64 {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return sql.NullFloat64{}
	}
	return sql.NullFloat64{Float64: *v, Valid: true}
}

// markDue notes that roll-ups of a grain are to be written.
func (t *tx) markDue(ctx context.Context, g grain, due []bucket) error {
	for part := range slices.Chunk(due, rowsAtOnce) {
		text, padded := list("(?, ?, ?)", len(part))
		var args []any
		for i := range padded {
			b := part[min(i, len(part)-1)]
			args = append(args, g.seconds(), b.end, b.series)
		}
		if _, err := t.exec(ctx, quiet, "INSERT INTO sample_due (grain, at, series) VALUES "+text+" ON CONFLICT DO NOTHING", args...); err != nil {
			return err
		}
	}
	return nil
}

const (
	// rolledAtOnce and forgottenAtOnce bound what one transaction does, so that others have their turn.
	rolledAtOnce    = 200
	forgottenAtOnce = 5000
)

// tidySamples writes roll-ups that are due and forgets what is too old, a bounded part in each transaction.
// It can be cut off at any point and begun again.
func (s *Store) tidySamples(ctx context.Context) error {
	for {
		var more bool
		err := s.Write(ctx, func(p port.Tx) (err error) {
			more, err = p.(*tx).tidySamples(ctx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// tidySamples does one part and reports whether there is more. The finer roll-ups come first, so that the
// coarser need not make them again. Nothing is forgotten before all that is due is written.
func (t *tx) tidySamples(ctx context.Context) (more bool, err error) {
	now := t.s.now()
	for _, g := range []grain{five, hourly} {
		due, err := collect(ctx, &t.reader, func(scan func(...any) error) (b bucket, err error) {
			return b, scan(&b.series, &b.end)
		}, "SELECT series, at FROM sample_due WHERE grain = ? AND at <= ? ORDER BY at, series LIMIT ?", g.seconds(), micros(now), int64(rolledAtOnce))
		if err != nil {
			return false, err
		}
		for _, b := range due {
			if err := t.writeRollUp(ctx, g, b); err != nil {
				return false, err
			}
		}
		if len(due) > 0 {
			return true, nil
		}
	}
	for _, g := range []grain{raw, five, hourly} {
		n, err := t.forgetSamples(ctx, g, g.horizon(now))
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	_, err = t.exec(ctx, quiet, `DELETE FROM sample_series WHERE NOT EXISTS (SELECT 1 FROM sample WHERE sample.series = sample_series.id)
		AND NOT EXISTS (SELECT 1 FROM sample_due WHERE sample_due.series = sample_series.id)`)
	return false, err
}

// writeRollUp writes what a reader would have been given for a bucket that is due.
func (t *tx) writeRollUp(ctx context.Context, g grain, b bucket) error {
	end := time.UnixMicro(b.end).UTC()
	finer, err := t.samples(ctx, seriesOf(b.series), g.finer(), end.Add(-time.Duration(g)), end)
	if err != nil {
		return err
	}
	// What stands there may have another step.
	if _, err := t.exec(ctx, quiet, "DELETE FROM sample WHERE series = ? AND grain = ? AND at = ?", b.series, g.seconds(), b.end); err != nil {
		return err
	}
	if err := t.putSamples(ctx, quiet, g, rollUp(finer, g)); err != nil {
		return err
	}
	_, err = t.exec(ctx, quiet, "DELETE FROM sample_due WHERE grain = ? AND at = ? AND series = ?", g.seconds(), b.end, b.series)
	return err
}

// forgetSamples removes some of the samples of a grain up to an instant, the oldest first, and returns how
// many.
func (t *tx) forgetSamples(ctx context.Context, g grain, until time.Time) (int64, error) {
	var last int64
	more, err := t.one(ctx, []any{&last}, "SELECT at FROM sample WHERE grain = ? AND at <= ? ORDER BY at LIMIT 1 OFFSET ?",
		g.seconds(), micros(until), int64(forgottenAtOnce-1))
	if err != nil {
		return 0, err
	}
	if !more {
		last = micros(until)
	}
	return t.exec(ctx, quiet, "DELETE FROM sample WHERE grain = ? AND at <= ?", g.seconds(), last)
}
