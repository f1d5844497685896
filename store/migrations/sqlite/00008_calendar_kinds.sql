-- +goose Up

-- More kinds of entries: end of life, deadlines and on-call cover.
CREATE TABLE calendar_entry_more (
    source      TEXT    NOT NULL REFERENCES calendar_source (name),
    external_id TEXT    NOT NULL CHECK (external_id <> ''),
    revision    INTEGER NOT NULL CHECK (revision > 0),
    kind        TEXT    NOT NULL CHECK (kind IN ('freeze', 'maintenance', 'peak', 'vendor', 'audit', 'batch', 'holiday', 'window', 'end-of-life', 'deadline', 'on-call')),
    hardness    TEXT    NOT NULL CHECK (hardness IN ('', 'hard', 'soft')),
    scope       TEXT    NOT NULL CHECK (scope <> ''),
    title       TEXT    NOT NULL,
    url         TEXT    NOT NULL,
    timing      TEXT    NOT NULL CHECK (json_valid(timing)),
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (source, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO calendar_entry_more (source, external_id, revision, kind, hardness, scope, title, url, timing, updated_at)
    SELECT source, external_id, revision, kind, hardness, scope, title, url, timing, updated_at FROM calendar_entry;
DROP TABLE calendar_entry;
ALTER TABLE calendar_entry_more RENAME TO calendar_entry;
