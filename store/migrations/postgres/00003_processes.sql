-- +goose Up

-- Since when a feed is expected, as its promise says.
ALTER TABLE feed ADD COLUMN since BIGINT;

-- The processes that have a feed in their configuration, and when they last said so.
CREATE TABLE feed_process (
    feed    TEXT COLLATE "C" NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (feed, process)
);

-- The freezes of outside calendars that were said to have begun and not yet to be over.
CREATE TABLE freeze_begun (
    source      TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('hard', 'soft')),
    scope       TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    from_at     BIGINT NOT NULL,
    to_at       BIGINT NOT NULL,
    PRIMARY KEY (source, external_id)
);
