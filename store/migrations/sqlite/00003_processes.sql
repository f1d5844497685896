-- +goose Up

-- Since when a feed is expected, as its promise says.
ALTER TABLE feed ADD COLUMN since INTEGER;

-- The processes that have a feed in their configuration, and when they last said so.
CREATE TABLE feed_process (
    feed    TEXT    NOT NULL,
    process TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (feed, process)
) STRICT, WITHOUT ROWID;

-- The freezes of outside calendars that were said to have begun and not yet to be over.
CREATE TABLE freeze_begun (
    source      TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN ('hard', 'soft')),
    scope       TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    from_at     INTEGER NOT NULL,
    to_at       INTEGER NOT NULL,
    PRIMARY KEY (source, external_id)
) STRICT, WITHOUT ROWID;
