-- +goose Up

-- Rollouts of today, and those before one into the same place.
CREATE INDEX rollout_updated ON rollout (updated_at, number);
CREATE INDEX rollout_slot ON rollout (service, environment, started_at, number);
