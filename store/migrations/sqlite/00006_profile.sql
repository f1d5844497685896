-- +goose Up

-- How each person wants the screens to be, a setting a row.
CREATE TABLE person_setting (
    person TEXT NOT NULL REFERENCES person (id),
    name   TEXT NOT NULL CHECK (name <> ''),
    value  TEXT NOT NULL CHECK (value <> ''),
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;
