-- +goose Up

-- When a change is to be implemented, and how long before and after that it occupies its service, in nanoseconds.
ALTER TABLE change ADD COLUMN planned_from BIGINT;
ALTER TABLE change ADD COLUMN planned_to BIGINT;
ALTER TABLE change ADD COLUMN prep BIGINT NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN verify BIGINT NOT NULL DEFAULT 0;
CREATE INDEX change_planned ON change (planned_to) WHERE planned_to IS NOT NULL;
