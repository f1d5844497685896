package store

import (
	"context"
	"time"

	"signalbox/release"
	"signalbox/release/port"
	"signalbox/release/rollout"
)

const rolloutColumns = `SELECT id, connector, external_id, service, environment, version, digest, change, state, url,
	started_at, updated_at FROM rollout `

func scanRollout(scan func(...any) error) (o rollout.Observed, err error) {
	return o, scan(&o.ID, &o.Connector, &o.ExternalID, &o.Service, &o.Environment, &o.Version, &o.Digest, perhaps(&o.Change),
		&o.State, &o.URL, into{&o.StartedAt}, into{&o.UpdatedAt})
}

// RolloutByExternal finds the rollout of a connector's object.
func (r *reader) RolloutByExternal(ctx context.Context, connector, externalID string) (rollout.Observed, error) {
	os, err := collect(ctx, r, scanRollout, rolloutColumns+"WHERE connector = ? AND external_id = ?", connector, externalID)
	if err != nil {
		return rollout.Observed{}, err
	}
	if len(os) == 0 {
		return rollout.Observed{}, release.Errorf(release.NotFound, "no rollout of %s %s was seen", connector, release.Clean(externalID, 60))
	}
	return os[0], nil
}

// LiveRollouts lists rollouts that are not over, oldest first.
func (r *reader) LiveRollouts(ctx context.Context) ([]rollout.Observed, error) {
	return collect(ctx, r, scanRollout, rolloutColumns+"WHERE state IN ('pending', 'queued', 'in_progress') ORDER BY started_at, number, id")
}

// RolloutsSince lists rollouts that were updated at or after an instant, newest first.
func (r *reader) RolloutsSince(ctx context.Context, since time.Time) ([]rollout.Observed, error) {
	return collect(ctx, r, scanRollout, rolloutColumns+"WHERE updated_at >= ? ORDER BY updated_at DESC, number DESC, id", micros(since))
}

// Deployed returns the rollout into each slot that succeeded last.
func (r *reader) Deployed(ctx context.Context, slots []port.Slot) (map[port.Slot]rollout.Observed, error) {
	out := map[port.Slot]rollout.Observed{}
	for _, s := range slots {
		if _, asked := out[s]; asked {
			continue
		}
		last, err := collect(ctx, r, scanRollout, rolloutColumns+`WHERE state = 'success' AND service = ? AND environment = ?
			ORDER BY updated_at DESC, number DESC LIMIT 1`, s.Service, s.Environment)
		if err != nil {
			return nil, err
		}
		if len(last) > 0 {
			out[s] = last[0]
		}
	}
	return out, nil
}

// PutRollout writes a rollout; one of the same id is replaced.
func (t *tx) PutRollout(ctx context.Context, o rollout.Observed) error {
	_, err := t.exec(ctx, port.Rollouts, `INSERT INTO rollout (id, number, connector, external_id, service, environment, version,
		digest, change, state, url, started_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET connector = excluded.connector, external_id = excluded.external_id,
		service = excluded.service, environment = excluded.environment, version = excluded.version, digest = excluded.digest,
		change = excluded.change, state = excluded.state, url = excluded.url, started_at = excluded.started_at,
		updated_at = excluded.updated_at`,
		o.ID, number(o.ID), o.Connector, o.ExternalID, o.Service, o.Environment, o.Version, string(o.Digest), optional(o.Change),
		string(o.State), o.URL, micros(o.StartedAt), micros(o.UpdatedAt))
	return err
}
