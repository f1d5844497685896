-- +goose Up

-- How each person wants the screens to be, a setting a row.
CREATE TABLE person_setting (
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    name   TEXT COLLATE "C" NOT NULL CHECK (name <> ''),
    value  TEXT COLLATE "C" NOT NULL CHECK (value <> ''),
    PRIMARY KEY (person, name)
);
