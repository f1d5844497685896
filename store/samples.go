package store

import (
	"context"
	"time"

	"signalbox/release/health"
	"signalbox/release/port"
)

// grain is the width of a roll-up, 0 for what was measured. The table has it in seconds.
type grain time.Duration

const (
	raw    grain = 0
	five   grain = grain(5 * time.Minute)
	hourly grain = grain(time.Hour)
)

func (g grain) seconds() int64 { return int64(time.Duration(g) / time.Second) }

// finer is the grain that g is rolled up from.
func (g grain) finer() grain {
	if g == hourly {
		return five
	}
	return raw
}

// end is the instant at which the bucket of an instant ends.
func (g grain) end(at time.Time) time.Time { return health.BucketEnd(at, time.Duration(g)) }

// horizon is the instant up to which samples of a grain are forgotten at now (CONTRACTS section 6): raw ones
// after 48 hours, five minutes after 30 days, hours after 13 months. It is a boundary of the next coarser
// grain, so that what is left of a bucket is always the whole of it.
func (g grain) horizon(now time.Time) time.Time {
	switch g {
	case raw:
		return now.Add(-48 * time.Hour).Truncate(time.Duration(five))
	case five:
		return now.Add(-30 * 24 * time.Hour).Truncate(time.Duration(hourly))
	}
	return now.AddDate(0, -13, 0)
}

// finest is the finest grain that is kept from an instant on.
func finest(from, now time.Time) grain {
	for _, g := range []grain{raw, five} {
		if from.After(g.horizon(now)) {
			return g
		}
	}
	return hourly
}

// Samples lists what was measured of a service in an environment in [from, to), oldest first, by version, in
// the finest grain that is kept from from on. A roll-up is listed once the time it stands for is over.
func (r *reader) Samples(ctx context.Context, s port.Slot, from, to time.Time) ([]health.Sample, error) {
	if !from.Before(to) {
		return nil, nil
	}
	// Instants are whole microseconds in the store: [from, to) is (from - 1, to - 1].
	after, until := ceilMicro(from).Add(-time.Microsecond), ceilMicro(to).Add(-time.Microsecond)
	held, err := r.samples(ctx, slotOf(s), finest(from, r.s.now()), after, until)
	if err != nil {
		return nil, err
	}
	out := make([]health.Sample, len(held))
	for i, h := range held {
		out[i] = h.Sample
	}
	return out, nil
}

func ceilMicro(t time.Time) time.Time { return health.BucketEnd(t, time.Microsecond) }

// LatestSamples returns the newest sample of each version of a service in an environment, not older than
// since: a roll-up only where what was measured is no longer kept. Of several monitors the first by name
// speaks for a version at an instant.
func (r *reader) LatestSamples(ctx context.Context, s port.Slot, since time.Time) ([]health.Sample, error) {
	var out []health.Sample
	known := map[string]bool{}
	coarsest := finest(since, r.s.now())
	for _, g := range []grain{raw, five, hourly} {
		if g > coarsest {
			break
		}
		some, err := collect(ctx, r, scanSample, sampleColumns+`r.service = ? AND r.environment = ? AND s.grain = ? AND s.at >= ?
			AND s.at = (SELECT MAX(at) FROM sample WHERE series = r.id AND grain = ?)
			ORDER BY r.version, s.at DESC, r.connector, s.step`,
			s.Service, s.Environment, g.seconds(), micros(ceilMicro(since)), g.seconds())
		if err != nil {
			return nil, err
		}
		before := len(out)
		for _, h := range some {
			if known[h.Version] || len(out) > before && out[len(out)-1].Version == h.Version {
				continue
			}
			out = append(out, h.Sample)
		}
		for _, o := range out[before:] {
			known[o.Version] = true
		}
	}
	return out, nil
}

// heldSample is a sample with the series it is one of and the monitor that it is from.
type heldSample struct {
	series    int64
	connector string
	health.Sample
}

// sampleColumns goes from the series to their samples: SQLite keeps the order of a CROSS JOIN, and would else go
// through the samples of all services within the time asked about.
const sampleColumns = `SELECT r.id, r.connector, r.service, r.environment, r.version, s.at, s.step, s.n, s.rate, s.errors, s.p50, s.p95, s.p99
	FROM sample_series r CROSS JOIN sample s WHERE s.series = r.id AND `

func scanSample(scan func(...any) error) (h heldSample, err error) {
	return h, scan(&h.series, &h.connector, &h.Service, &h.Environment, &h.Version, into{&h.At}, &h.Step, &h.N, &h.Rate, &h.Errors,
		&h.P50, &h.P95, &h.P99)
}

// chosen says which series are meant.
type chosen struct {
	where string
	args  []any
}

func slotOf(s port.Slot) chosen {
	return chosen{"r.service = ? AND r.environment = ?", []any{s.Service, s.Environment}}
}

func seriesOf(id int64) chosen { return chosen{"r.id = ?", []any{id}} }

// samples lists samples of a grain with after < at <= until, oldest first, by version. Those whose roll-up is
// due are rolled up here, by the same rule, so that what is read does not depend on when the last roll-up
// was.
func (r *reader) samples(ctx context.Context, c chosen, g grain, after, until time.Time) ([]heldSample, error) {
	within := append(append([]any{}, c.args...), g.seconds(), micros(after), micros(until))
	held, err := collect(ctx, r, scanSample, sampleColumns+c.where+` AND s.grain = ? AND s.at > ? AND s.at <= ?
		ORDER BY s.at, r.version, r.connector, s.step`, within...)
	if err != nil || g == raw {
		return held, err
	}
	due, err := collect(ctx, r, func(scan func(...any) error) (b bucket, err error) {
		return b, scan(&b.series, &b.end)
	}, `SELECT d.series, d.at FROM sample_due d JOIN sample_series r ON r.id = d.series
		WHERE `+c.where+" AND d.grain = ? AND d.at > ? AND d.at <= ? ORDER BY d.at", within...)
	if err != nil || len(due) == 0 {
		return held, err
	}
	first, last := time.UnixMicro(due[0].end).UTC(), time.UnixMicro(due[len(due)-1].end).UTC()
	finer, err := r.samples(ctx, c, g.finer(), first.Add(-time.Duration(g)), last)
	if err != nil {
		return nil, err
	}
	return merge(held, rollUp(finer, g), due), nil
}
