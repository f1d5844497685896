-- Instants are microseconds since 1970, UTC; NULL is "not set". Flags are 0 and 1.

-- +goose Up

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sequence (
    kind  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value > 0)
) STRICT, WITHOUT ROWID;

-- How often each topic changed: what tells another process which screens to paint again.
CREATE TABLE topic (
    name     TEXT    NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;

-- Catalog -------------------------------------------------------------------------------------------

CREATE TABLE catalog_state (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO catalog_state (one, revision) VALUES (1, 0);

CREATE TABLE catalog_source (
    name    TEXT    NOT NULL PRIMARY KEY,
    read_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE unit (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT NOT NULL REFERENCES catalog_source (name),
    name   TEXT NOT NULL,
    parent TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE region (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT NOT NULL REFERENCES catalog_source (name),
    name   TEXT NOT NULL,
    zone   TEXT NOT NULL,
    place  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE team (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT NOT NULL REFERENCES catalog_source (name),
    name   TEXT NOT NULL,
    unit   TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE team_member (
    team   TEXT    NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    n      INTEGER NOT NULL,
    person TEXT    NOT NULL,
    PRIMARY KEY (team, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE service (
    id              TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    source          TEXT    NOT NULL REFERENCES catalog_source (name),
    title           TEXT    NOT NULL,
    tier            INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),
    team            TEXT,
    system          TEXT,
    lifecycle       TEXT,
    customer_facing INTEGER NOT NULL CHECK (customer_facing IN (0, 1)),
    personal_data   INTEGER NOT NULL CHECK (personal_data IN (0, 1)),
    declared_in     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE service_region (
    service TEXT    NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    region  TEXT    NOT NULL,
    PRIMARY KEY (service, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_tag (
    service TEXT    NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    tag     TEXT    NOT NULL,
    PRIMARY KEY (service, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_repo (
    service TEXT NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    forge   TEXT NOT NULL,
    slug    TEXT NOT NULL,
    PRIMARY KEY (service, forge)
) STRICT, WITHOUT ROWID;

CREATE TABLE vendor (
    id     TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT NOT NULL REFERENCES catalog_source (name),
    name   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE edge (
    consumer TEXT NOT NULL,
    provider TEXT NOT NULL,
    source   TEXT NOT NULL REFERENCES catalog_source (name),
    kind     TEXT NOT NULL CHECK (kind IN ('hard', 'soft', 'async')),
    ruled    INTEGER NOT NULL CHECK (ruled IN (0, 1)),
    PRIMARY KEY (consumer, provider, ruled)
) STRICT, WITHOUT ROWID;

CREATE TABLE placement (
    service     TEXT    NOT NULL PRIMARY KEY CHECK (service <> ''),
    source      TEXT    NOT NULL REFERENCES catalog_source (name),
    tier        INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),
    declared_in TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE placement_region (
    service TEXT    NOT NULL REFERENCES placement (service) ON DELETE CASCADE,
    n       INTEGER NOT NULL,
    region  TEXT    NOT NULL,
    PRIMARY KEY (service, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposal (
    id          TEXT NOT NULL PRIMARY KEY CHECK (id <> ''),
    source      TEXT NOT NULL REFERENCES catalog_source (name),
    name        TEXT NOT NULL,
    email       TEXT,
    declared_in TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE proposal_team (
    proposal TEXT    NOT NULL REFERENCES proposal (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    team     TEXT    NOT NULL,
    PRIMARY KEY (proposal, n)
) STRICT, WITHOUT ROWID;

-- People --------------------------------------------------------------------------------------------

CREATE TABLE people_state (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;
INSERT INTO people_state (one, revision) VALUES (1, 0);

CREATE TABLE person (
    id       TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    revision INTEGER NOT NULL CHECK (revision > 0),
    name     TEXT    NOT NULL,
    email    TEXT,
    zone     TEXT,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE person_team (
    person TEXT    NOT NULL REFERENCES person (id),
    n      INTEGER NOT NULL,
    team   TEXT    NOT NULL,
    PRIMARY KEY (person, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE person_key (
    fingerprint TEXT    NOT NULL PRIMARY KEY CHECK (fingerprint <> ''),
    person      TEXT    NOT NULL REFERENCES person (id),
    authorized  TEXT    NOT NULL,
    comment     TEXT    NOT NULL,
    added_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_key_person ON person_key (person);

CREATE TABLE person_identity (
    system TEXT    NOT NULL CHECK (system IN ('github', 'gitlab', 'email', 'os')),
    value  TEXT    NOT NULL CHECK (value <> ''),
    person TEXT    NOT NULL REFERENCES person (id),
    bot    INTEGER NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (system, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_identity_person ON person_identity (person);

CREATE TABLE person_grant (
    person   TEXT NOT NULL REFERENCES person (id),
    role     TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'approver', 'executor', 'coordinator',
                                           'commander', 'auditor', 'trainer', 'admin')),
    scope    TEXT NOT NULL CHECK (scope <> ''),
    until_at INTEGER,
    PRIMARY KEY (person, role, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE access_token (
    name       TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    scope      TEXT    NOT NULL CHECK (scope IN ('gate', 'hooks', 'ics')),
    hash       TEXT    NOT NULL UNIQUE CHECK (hash <> ''),
    made_by    TEXT REFERENCES person (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- Changes -------------------------------------------------------------------------------------------

-- number repeats the digits of the id, so that CHG-10 stands after CHG-9.
CREATE TABLE change (
    id           TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number       INTEGER NOT NULL,
    revision     INTEGER NOT NULL CHECK (revision > 0),
    state        TEXT    NOT NULL CHECK (state IN ('draft', 'requested', 'authorised', 'scheduled',
                                                   'implementing', 'review', 'closed', 'cancelled')),
    result       TEXT CHECK (result IN ('done', 'failed', 'rolled-back')),
    kind         TEXT    NOT NULL CHECK (kind IN ('normal', 'emergency', 'standard')),
    service      TEXT    NOT NULL CHECK (service <> ''),
    environment  TEXT    NOT NULL CHECK (environment <> ''),
    version      TEXT    NOT NULL,
    digest       TEXT    NOT NULL,
    forge        TEXT    NOT NULL,
    repo         TEXT    NOT NULL,
    sha          TEXT    NOT NULL,
    ref          TEXT    NOT NULL,
    title        TEXT    NOT NULL,
    plan         TEXT    NOT NULL,
    slot         TEXT    NOT NULL,
    requester    TEXT REFERENCES person (id),
    executor     TEXT REFERENCES person (id),
    connector    TEXT    NOT NULL,
    external_id  TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    risk         INTEGER NOT NULL,
    risk_factors TEXT    NOT NULL CHECK (json_valid(risk_factors)),
    created_at   INTEGER NOT NULL,
    requested_at INTEGER,
    updated_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX change_open ON change (service, environment, digest) WHERE state NOT IN ('closed', 'cancelled');
CREATE INDEX change_number ON change (number, id);
CREATE INDEX change_state ON change (state, number, id);
CREATE INDEX change_subject ON change (service, environment, digest, number);
CREATE INDEX change_commit ON change (forge, repo, sha, number);

CREATE TABLE change_by (
    change TEXT    NOT NULL REFERENCES change (id),
    n      INTEGER NOT NULL,
    system TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    bot    INTEGER NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (change, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE approval (
    change       TEXT    NOT NULL REFERENCES change (id),
    round        INTEGER NOT NULL CHECK (round > 0),
    state        TEXT    NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'withdrawn', 'expired',
                                                   'consumed', 'lapsed', 'void')),
    needed       INTEGER NOT NULL CHECK (needed > 0),
    policy       TEXT    NOT NULL,
    binding      TEXT    NOT NULL,
    band         INTEGER NOT NULL CHECK (band BETWEEN 0 AND 3),
    requested_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    grant_until  INTEGER,
    PRIMARY KEY (change, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
    change        TEXT    NOT NULL,
    round         INTEGER NOT NULL,
    n             INTEGER NOT NULL,
    person        TEXT    NOT NULL REFERENCES person (id),
    verdict       TEXT    NOT NULL CHECK (verdict IN ('approve', 'reject')),
    reason_code   TEXT    NOT NULL,
    reason_text   TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    door          TEXT    NOT NULL CHECK (door IN ('ssh', 'local', 'http', 'connector', 'system')),
    fingerprint   TEXT    NOT NULL,
    taken_back_at INTEGER,
    PRIMARY KEY (change, round, n),
    FOREIGN KEY (change, round) REFERENCES approval (change, round)
) STRICT, WITHOUT ROWID;
-- One person counts once, whatever two processes think.
CREATE UNIQUE INDEX decision_once ON decision (change, round, person) WHERE taken_back_at IS NULL;
CREATE INDEX decision_at ON decision (at);

CREATE TABLE change_note (
    id     INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    change TEXT    NOT NULL REFERENCES change (id),
    person TEXT,
    kind   TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    body   TEXT    NOT NULL
) STRICT;
CREATE INDEX change_note_change ON change_note (change, at, id);

-- Evidence: keyed by commit, without foreign keys, because a forge's events come in any order ---------

CREATE TABLE git_commit (
    forge TEXT    NOT NULL,
    repo  TEXT    NOT NULL,
    sha   TEXT    NOT NULL,
    title TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (forge, repo, sha)
) STRICT, WITHOUT ROWID;

CREATE TABLE git_author (
    forge  TEXT    NOT NULL,
    repo   TEXT    NOT NULL,
    sha    TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    system TEXT    NOT NULL,
    value  TEXT    NOT NULL,
    bot    INTEGER NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (forge, repo, sha, n),
    FOREIGN KEY (forge, repo, sha) REFERENCES git_commit (forge, repo, sha)
) STRICT, WITHOUT ROWID;

CREATE TABLE pull_request (
    forge         TEXT    NOT NULL,
    repo          TEXT    NOT NULL,
    number        INTEGER NOT NULL,
    title         TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
    author_system TEXT    NOT NULL,
    author_value  TEXT    NOT NULL,
    author_bot    INTEGER NOT NULL CHECK (author_bot IN (0, 1)),
    head_sha      TEXT    NOT NULL,
    merge_sha     TEXT    NOT NULL,
    lines         INTEGER NOT NULL,
    files         INTEGER NOT NULL,
    url           TEXT    NOT NULL,
    at            INTEGER NOT NULL,
    PRIMARY KEY (forge, repo, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX pull_request_head ON pull_request (forge, repo, head_sha);
CREATE INDEX pull_request_merge ON pull_request (forge, repo, merge_sha);

CREATE TABLE pull_review (
    forge           TEXT    NOT NULL,
    repo            TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    sha             TEXT    NOT NULL,
    reviewer_system TEXT    NOT NULL,
    reviewer_value  TEXT    NOT NULL,
    reviewer_bot    INTEGER NOT NULL CHECK (reviewer_bot IN (0, 1)),
    state           TEXT    NOT NULL CHECK (state IN ('approved', 'changes_requested', 'commented', 'dismissed')),
    at              INTEGER NOT NULL,
    PRIMARY KEY (forge, repo, number, sha, reviewer_system, reviewer_value)
) STRICT, WITHOUT ROWID;

CREATE TABLE check_run (
    forge  TEXT    NOT NULL,
    repo   TEXT    NOT NULL,
    sha    TEXT    NOT NULL,
    kind   TEXT    NOT NULL,
    name   TEXT    NOT NULL,
    result TEXT    NOT NULL CHECK (result IN ('pass', 'fail', 'pending', 'neutral')),
    detail TEXT    NOT NULL,
    url    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (forge, repo, sha, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE known_version (
    forge      TEXT    NOT NULL,
    repo       TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    sha        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    prerelease INTEGER NOT NULL CHECK (prerelease IN (0, 1)),
    url        TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (forge, repo, version)
) STRICT, WITHOUT ROWID;

-- Rollouts and freezes ------------------------------------------------------------------------------

CREATE TABLE rollout (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number      INTEGER NOT NULL,
    connector   TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    service     TEXT    NOT NULL CHECK (service <> ''),
    environment TEXT    NOT NULL CHECK (environment <> ''),
    version     TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    change      TEXT REFERENCES change (id),
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'queued', 'in_progress', 'success', 'failure',
                                                  'error', 'inactive')),
    url         TEXT    NOT NULL,
    started_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (connector, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rollout_state ON rollout (state, service, environment, updated_at, number);

CREATE TABLE calendar_freeze (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (id <> ''),
    number      INTEGER NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision > 0),
    kind        TEXT    NOT NULL CHECK (kind IN ('hard', 'soft')),
    scope       TEXT    NOT NULL CHECK (scope <> ''),
    from_at     INTEGER NOT NULL,
    to_at       INTEGER NOT NULL,
    reason      TEXT    NOT NULL,
    declared_by TEXT REFERENCES person (id),
    declared_at INTEGER NOT NULL,
    lifted_by   TEXT REFERENCES person (id),
    lifted_at   INTEGER,
    CHECK (from_at < to_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_freeze_to ON calendar_freeze (to_at);

-- Feeds ---------------------------------------------------------------------------------------------

CREATE TABLE feed (
    name          TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    type          TEXT    NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('push', 'pull')),
    expect_every  INTEGER NOT NULL,
    last_good     INTEGER,
    accepted      INTEGER NOT NULL,
    repeated      INTEGER NOT NULL,
    refused       INTEGER NOT NULL,
    dead          INTEGER NOT NULL,
    last_error    TEXT    NOT NULL,
    last_error_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
    connector TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (connector, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_at ON delivery (at);

-- Work to do later ----------------------------------------------------------------------------------

CREATE TABLE followup (
    id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    args    TEXT    NOT NULL CHECK (json_valid(args)),
    due_at  INTEGER NOT NULL,
    key     TEXT UNIQUE,
    done_at INTEGER,
    outcome TEXT    NOT NULL
) STRICT;
CREATE INDEX followup_due ON followup (due_at, id) WHERE done_at IS NULL;

-- Audit ---------------------------------------------------------------------------------------------

CREATE TABLE audit_head (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    size INTEGER NOT NULL
) STRICT;
INSERT INTO audit_head (one, size) VALUES (1, 0);

CREATE TABLE audit_entry (
    seq     INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    verb    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    leaf    BLOB    NOT NULL
) STRICT;
CREATE INDEX audit_entry_subject ON audit_entry (subject, seq);
CREATE INDEX audit_entry_outcome ON audit_entry (outcome, seq);

CREATE TABLE audit_hash (
    idx  INTEGER NOT NULL PRIMARY KEY CHECK (idx >= 0),
    hash BLOB    NOT NULL
) STRICT;

CREATE TABLE audit_key (
    key TEXT NOT NULL PRIMARY KEY CHECK (key <> '')
) STRICT, WITHOUT ROWID;

-- The log only grows at its end. INSERT OR REPLACE is caught by the guards on INSERT, and by the ones on
-- DELETE because recursive_triggers is on.

-- +goose StatementBegin
CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_entry)
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: an entry must follow the last'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entry_update BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: an entry is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entry_delete BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: an entry is never removed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_hash_insert BEFORE INSERT ON audit_hash
WHEN NEW.idx IS NOT (SELECT COALESCE(MAX(idx), -1) + 1 FROM audit_hash)
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: a hash must follow the last'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_hash_update BEFORE UPDATE ON audit_hash
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: a hash is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_hash_delete BEFORE DELETE ON audit_hash
BEGIN SELECT RAISE(ABORT, 'the audit log only grows: a hash is never removed'); END;
-- +goose StatementEnd
