-- +goose Up

-- More kinds of entries: end of life, deadlines and on-call cover.
ALTER TABLE calendar_entry DROP CONSTRAINT calendar_entry_kind_check;
ALTER TABLE calendar_entry ADD CONSTRAINT calendar_entry_kind_check
    CHECK (kind IN ('freeze', 'maintenance', 'peak', 'vendor', 'audit', 'batch', 'holiday', 'window', 'end-of-life', 'deadline', 'on-call'));
