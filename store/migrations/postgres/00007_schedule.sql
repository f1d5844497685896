-- +goose Up

-- When a change is to be implemented, when that was asked for, and how long before and after it the change occupies
-- its service, in nanoseconds.
ALTER TABLE change ADD COLUMN planned_from BIGINT;
ALTER TABLE change ADD COLUMN planned_to BIGINT;
ALTER TABLE change ADD COLUMN planned_at BIGINT;
ALTER TABLE change ADD COLUMN prep BIGINT NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN verify BIGINT NOT NULL DEFAULT 0;
CREATE INDEX change_planned ON change (planned_to) WHERE planned_to IS NOT NULL;

-- Conflicts that somebody has to settle. A conflict that comes back after it was gone is another case.
CREATE TABLE conflict_case (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    number        BIGINT NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision > 0),
    name          TEXT COLLATE "C" NOT NULL CHECK (name <> ''), -- kind and parties, the same while they are
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'waived', 'gone')),
    work          TEXT COLLATE "C" NOT NULL, -- the change that should yield
    body          TEXT    NOT NULL , -- the conflict as it was found last
    raised_at     BIGINT NOT NULL,
    gone_at       BIGINT,
    how           TEXT    NOT NULL,
    step          BIGINT NOT NULL, -- of the escalation path
    asked_at      BIGINT, -- when that step was taken
    answered_by   TEXT COLLATE "C" REFERENCES person (id),
    answered_at   BIGINT,
    waiver        TEXT    NOT NULL -- a JSON object, or empty
);
CREATE UNIQUE INDEX conflict_case_name ON conflict_case (name) WHERE state <> 'gone';
CREATE INDEX conflict_case_work ON conflict_case (work, number);
CREATE INDEX conflict_case_gone ON conflict_case (gone_at) WHERE gone_at IS NOT NULL;
