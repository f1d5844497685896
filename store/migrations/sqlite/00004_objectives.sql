-- +goose Up

-- Service level objectives as sources declare them. from_place is FILE:LINE; budget_window is in microseconds.
CREATE TABLE objective (
    source        TEXT    NOT NULL,
    id            TEXT    NOT NULL CHECK (id <> ''),
    service       TEXT    NOT NULL,
    environment   TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    target        REAL    NOT NULL,
    budget_window INTEGER NOT NULL CHECK (budget_window > 0),
    indicator     TEXT    NOT NULL CHECK (indicator IN ('availability', 'latency')),
    method        TEXT    NOT NULL,
    slice_target  REAL    NOT NULL,
    threshold     REAL    NOT NULL,
    from_place    TEXT    NOT NULL,
    PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;

-- What began to go into an environment, in the order of time.
CREATE INDEX rollout_started ON rollout (started_at);
