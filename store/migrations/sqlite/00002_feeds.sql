-- Lengths of time are nanoseconds; instants are microseconds since 1970, UTC.

-- +goose Up

-- Feeds ---------------------------------------------------------------------------------------------

-- SQLite changes no CHECK of a table that is there, so the table is made again with its rows.
CREATE TABLE feed_again (
    name          TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    type          TEXT    NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('push', 'pull', 'out')),
    expect_every  INTEGER NOT NULL,
    last_good     INTEGER,
    accepted      INTEGER NOT NULL,
    repeated      INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    dead          INTEGER NOT NULL,
    last_error    TEXT    NOT NULL,
    last_error_at INTEGER,
    cursor        TEXT    NOT NULL DEFAULT '',
    next_at       INTEGER,
    tries         INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    class         TEXT    NOT NULL DEFAULT '' CHECK (class IN ('', 'retry', 'auth', 'config', 'bug')),
    took          INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER,
    fallen        INTEGER NOT NULL DEFAULT 0 CHECK (fallen IN (0, 1))
) STRICT, WITHOUT ROWID;
INSERT INTO feed_again (name, type, kind, expect_every, last_good, accepted, repeated, refused, dead, last_error, last_error_at)
    SELECT name, type, kind, expect_every, last_good, accepted, repeated, refused, dead, last_error, last_error_at FROM feed;
DROP TABLE feed;
ALTER TABLE feed_again RENAME TO feed;

-- What a feed did, line by line; the newest are kept.
CREATE TABLE feed_log (
    id   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    feed TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    sign TEXT    NOT NULL CHECK (sign IN ('good', 'tried', 'fell', 'back', 'turned', 'died')),
    text TEXT    NOT NULL,
    took INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_log_newest ON feed_log (feed, at, id);

-- How much a feed did in the minutes from an instant on.
CREATE TABLE feed_bucket (
    feed     TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    dead     INTEGER NOT NULL,
    failed   INTEGER NOT NULL,
    took     INTEGER NOT NULL,
    PRIMARY KEY (feed, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_bucket_at ON feed_bucket (at);

-- The services that a feed has told of, and when it last did.
CREATE TABLE feed_service (
    feed    TEXT    NOT NULL,
    service TEXT    NOT NULL CHECK (service <> ''),
    at      INTEGER NOT NULL,
    PRIMARY KEY (feed, service)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letter (
    id        TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number    INTEGER NOT NULL,
    feed      TEXT    NOT NULL,
    delivery  TEXT    NOT NULL,
    event     TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    body      BLOB    NOT NULL,
    size      INTEGER NOT NULL,
    truncated INTEGER NOT NULL CHECK (truncated IN (0, 1)),
    state     TEXT    NOT NULL CHECK (state IN ('kept', 'retried', 'dropped'))
) STRICT;
CREATE INDEX dead_letter_kept ON dead_letter (feed, at, number) WHERE state = 'kept';
CREATE INDEX dead_letter_at ON dead_letter (at, number);

-- What is told to the outside.
CREATE TABLE message (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number     INTEGER NOT NULL,
    target     TEXT    NOT NULL,
    event      TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    key        TEXT    NOT NULL UNIQUE CHECK (key <> ''),
    at         INTEGER NOT NULL,
    body       TEXT    NOT NULL CHECK (json_valid(body)),
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'unknown', 'failed', 'dropped')),
    attempts   INTEGER NOT NULL,
    last_error TEXT    NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_number ON message (number);
CREATE INDEX message_target ON message (target, number);
CREATE INDEX message_state ON message (state, number);

-- Outside calendars ---------------------------------------------------------------------------------

CREATE TABLE calendar_state (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO calendar_state (one, revision) VALUES (1, 0);

CREATE TABLE calendar_source (
    name    TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    read_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The timing is wall times and a zone, as JSON: a recurrence is local.
CREATE TABLE calendar_entry (
    source      TEXT    NOT NULL REFERENCES calendar_source (name),
    external_id TEXT    NOT NULL CHECK (external_id <> ''),
    revision    INTEGER NOT NULL CHECK (revision > 0),
    kind        TEXT    NOT NULL CHECK (kind IN ('freeze', 'maintenance', 'peak', 'vendor', 'audit', 'batch', 'holiday', 'window')),
    hardness    TEXT    NOT NULL CHECK (hardness IN ('', 'hard', 'soft')),
    scope       TEXT    NOT NULL CHECK (scope <> ''),
    title       TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    timing      TEXT    NOT NULL CHECK (json_valid(timing)),
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (source, external_id)
) STRICT, WITHOUT ROWID;

-- Health --------------------------------------------------------------------------------------------

-- What a monitor measures: one version of a service in an environment.
CREATE TABLE sample_series (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    service     TEXT    NOT NULL CHECK (service <> ''),
    environment TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    connector   TEXT    NOT NULL,
    UNIQUE (service, environment, version, connector)
) STRICT;

-- grain is the width of a roll-up in seconds; 0 is what was measured. A signal that was not is NULL.
CREATE TABLE sample (
    series INTEGER NOT NULL REFERENCES sample_series (id),
    grain  INTEGER NOT NULL CHECK (grain IN (0, 300, 3600)),
    at     INTEGER NOT NULL,
    step   INTEGER NOT NULL CHECK (step > 0),
    n      INTEGER NOT NULL CHECK (n > 0),
    rate   REAL,
    errors REAL,
    p50    REAL,
    p95    REAL,
    p99    REAL,
    PRIMARY KEY (series, grain, at, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_at ON sample (grain, at);

-- The roll-ups that are to be written, or written again, once their time is over.
CREATE TABLE sample_due (
    grain  INTEGER NOT NULL CHECK (grain IN (300, 3600)),
    at     INTEGER NOT NULL,
    series INTEGER NOT NULL REFERENCES sample_series (id),
    PRIMARY KEY (grain, at, series)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_due_series ON sample_due (series, grain, at);

CREATE TABLE alert (
    connector   TEXT    NOT NULL,
    id          TEXT    NOT NULL CHECK (id <> ''),
    starts_at   INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    service     TEXT    NOT NULL,
    environment TEXT    NOT NULL,
    severity    TEXT    NOT NULL,
    summary     TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('firing', 'resolved')),
    ends_at     INTEGER,
    url         TEXT    NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (connector, id, starts_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_firing ON alert (starts_at) WHERE state = 'firing';
CREATE INDEX alert_updated ON alert (updated_at) WHERE state = 'resolved';

-- Sessions ------------------------------------------------------------------------------------------

-- Who is in, by whichever process.
CREATE TABLE visit (
    id       TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number   INTEGER NOT NULL,
    person   TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    host     TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    seen_at  INTEGER NOT NULL,
    ended_by TEXT
) STRICT, WITHOUT ROWID;
