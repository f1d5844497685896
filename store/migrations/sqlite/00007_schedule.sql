-- +goose Up

-- When a change is to be implemented, when that was asked for, and how long before and after it the change occupies
-- its service, in nanoseconds.
ALTER TABLE change ADD COLUMN planned_from INTEGER;
ALTER TABLE change ADD COLUMN planned_to INTEGER;
ALTER TABLE change ADD COLUMN planned_at INTEGER;
ALTER TABLE change ADD COLUMN prep INTEGER NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN verify INTEGER NOT NULL DEFAULT 0;
CREATE INDEX change_planned ON change (planned_to) WHERE planned_to IS NOT NULL;

-- Conflicts that somebody has to settle. A conflict that comes back after it was gone is another case.
CREATE TABLE conflict_case (
    id            TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    number        INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    name          TEXT NOT NULL CHECK (name <> ''), -- kind and parties, the same while they are
    state         TEXT NOT NULL CHECK (state IN ('open', 'waived', 'gone')),
    work          TEXT NOT NULL, -- the change that should yield
    body          TEXT    NOT NULL CHECK (json_valid(body)), -- the conflict as it was found last
    raised_at     INTEGER NOT NULL,
    gone_at       INTEGER,
    how           TEXT    NOT NULL,
    step          INTEGER NOT NULL, -- of the escalation path
    asked_at      INTEGER, -- when that step was taken
    answered_by   TEXT REFERENCES person (id),
    answered_at   INTEGER,
    waiver        TEXT    NOT NULL -- a JSON object, or empty
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX conflict_case_name ON conflict_case (name) WHERE state <> 'gone';
CREATE INDEX conflict_case_work ON conflict_case (work, number);
CREATE INDEX conflict_case_gone ON conflict_case (gone_at) WHERE gone_at IS NOT NULL;
