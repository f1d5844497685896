package store

import (
	"context"
	"slices"
	"time"

	"signalbox/release"
	"signalbox/release/fact"
	"signalbox/release/health"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

const objectiveColumns = `SELECT source, id, service, environment, title, target, budget_window, indicator, method, slice_target, threshold,
	from_place FROM objective `

func scanObjective(scan func(...any) error) (o health.Objective, err error) {
	var window int64
	err = scan(&o.Source, &o.ID, &o.Service, &o.Environment, &o.Title, &o.Target, &window, &o.Indicator, &o.Method, &o.SliceTarget, &o.Threshold, &o.From)
	o.Window = time.Duration(window) * time.Microsecond
	return o, err
}

// Objectives lists those of all sources by service, environment, source and id.
func (r *reader) Objectives(ctx context.Context) ([]health.Objective, error) {
	return collect(ctx, r, scanObjective, objectiveColumns+"ORDER BY service, environment, source, id")
}

// objectives is how objectives are kept.
var objectives = part[health.Objective]{
	key: func(o health.Objective) string { return o.ID },
	put: func(ctx context.Context, t *tx, source string, o health.Objective) error {
		_, err := t.exec(ctx, port.Health, `INSERT INTO objective (source, id, service, environment, title, target, budget_window, indicator, method,
			slice_target, threshold, from_place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (source, id) DO UPDATE SET service = excluded.service, environment = excluded.environment, title = excluded.title,
			target = excluded.target, budget_window = excluded.budget_window, indicator = excluded.indicator, method = excluded.method,
			slice_target = excluded.slice_target, threshold = excluded.threshold, from_place = excluded.from_place`,
			source, o.ID, o.Service, o.Environment, o.Title, o.Target, int64(o.Window/time.Microsecond), string(o.Indicator), string(o.Method),
			o.SliceTarget, o.Threshold, o.From)
		return err
	},
	drop: func(ctx context.Context, t *tx, o health.Objective) error {
		_, err := t.exec(ctx, port.Health, "DELETE FROM objective WHERE source = ? AND id = ?", o.Source, o.ID)
		return err
	},
}

// PutObjectives replaces what one source declares. One that a source declares twice counts once, as it is
// declared first; one that it declares and that could not be read stays as it was.
func (t *tx) PutObjectives(ctx context.Context, f fact.ObjectivesSeen) (port.Imported, error) {
	held, err := collect(ctx, &t.reader, func(scan func(...any) error) (holding[health.Objective], error) {
		o, err := scanObjective(scan)
		return holding[health.Objective]{o.Source, o}, err
	}, objectiveColumns+"WHERE source = ? ORDER BY id", f.Source)
	if err != nil {
		return port.Imported{}, err
	}
	seen := make([]health.Objective, len(f.Objectives))
	for k, o := range f.Objectives {
		seen[k], seen[k].Source = o, f.Source
	}
	for _, h := range held {
		if slices.Contains(f.Unread, h.thing.ID) && !slices.ContainsFunc(seen, func(o health.Objective) bool { return o.ID == h.thing.ID }) {
			seen = append(seen, h.thing)
		}
	}
	return replace(ctx, t, objectives, f.Source, seen, held)
}

// RollUps lists the roll-ups of a width whose time ends in (from, to]. What is due and not yet written is
// rolled up here.
func (r *reader) RollUps(ctx context.Context, s port.Slot, width time.Duration, from, to time.Time) ([]health.Sample, error) {
	g := grain(width)
	if g != five && g != hourly {
		return nil, release.Errorf(release.Internal, "there are no roll-ups of %s", width)
	}
	if !from.Before(to) {
		return nil, nil
	}
	held, err := r.samples(ctx, slotOf(s), g, from, to)
	if err != nil {
		return nil, err
	}
	out := make([]health.Sample, len(held))
	for i, h := range held {
		out[i] = h.Sample
	}
	return out, nil
}

// RolloutsBegunSince lists the rollouts that began at or after an instant, oldest first.
func (r *reader) RolloutsBegunSince(ctx context.Context, since time.Time) ([]rollout.Observed, error) {
	return collect(ctx, r, scanRollout, rolloutColumns+"WHERE started_at >= ? ORDER BY started_at, number, id", micros(since))
}
