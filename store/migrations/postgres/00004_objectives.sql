-- +goose Up

-- Service level objectives as sources declare them. from_place is FILE:LINE; budget_window is in microseconds.
CREATE TABLE objective (
    source        TEXT COLLATE "C" NOT NULL,
    id            TEXT COLLATE "C" NOT NULL CHECK (id <> ''),
    service       TEXT COLLATE "C" NOT NULL,
    environment   TEXT COLLATE "C" NOT NULL,
    title         TEXT COLLATE "C" NOT NULL,
    target        DOUBLE PRECISION NOT NULL,
    budget_window BIGINT NOT NULL CHECK (budget_window > 0),
    indicator     TEXT COLLATE "C" NOT NULL CHECK (indicator IN ('availability', 'latency')),
    method        TEXT COLLATE "C" NOT NULL,
    slice_target  DOUBLE PRECISION NOT NULL,
    threshold     DOUBLE PRECISION NOT NULL,
    from_place    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, id)
);

-- What began to go into an environment, in the order of time.
CREATE INDEX rollout_started ON rollout (started_at);
