-- Instants are microseconds since 1970, UTC; NULL is "not set". Flags are 0 and 1. Text is ordered by its
-- bytes, whatever the database's locale.

-- +goose Up

CREATE TABLE meta (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sequence (
    kind  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL CHECK (value > 0)
);

-- A transaction leaves its id here, so that one whose COMMIT was cut off can be looked up.
CREATE TABLE request (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
CREATE INDEX request_at ON request (at);

-- Catalog -------------------------------------------------------------------------------------------

CREATE TABLE catalog_state (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    revision BIGINT NOT NULL
);
INSERT INTO catalog_state (one, revision) VALUES (1, 0);

CREATE TABLE catalog_source (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    read_at BIGINT NOT NULL
);

CREATE TABLE unit (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    name   TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C"
);

CREATE TABLE region (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    name   TEXT COLLATE "C" NOT NULL,
    zone   TEXT COLLATE "C" NOT NULL,
    place  TEXT COLLATE "C" NOT NULL
);

CREATE TABLE team (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    name   TEXT COLLATE "C" NOT NULL,
    unit   TEXT COLLATE "C"
);

CREATE TABLE team_member (
    team   TEXT COLLATE "C" NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    n      BIGINT NOT NULL,
    person TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (team, n)
);

CREATE TABLE service (
    id              TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source          TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    title           TEXT COLLATE "C" NOT NULL,
    tier            BIGINT NOT NULL CHECK (tier BETWEEN 0 AND 3),
    team            TEXT COLLATE "C",
    system          TEXT COLLATE "C",
    lifecycle       TEXT COLLATE "C",
    customer_facing BIGINT NOT NULL CHECK (customer_facing IN (0, 1)),
    personal_data   BIGINT NOT NULL CHECK (personal_data IN (0, 1)),
    declared_in     TEXT COLLATE "C" NOT NULL
);

CREATE TABLE service_region (
    service TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    n       BIGINT NOT NULL,
    region  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (service, n)
);

CREATE TABLE service_tag (
    service TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    n       BIGINT NOT NULL,
    tag     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (service, n)
);

CREATE TABLE service_repo (
    service TEXT COLLATE "C" NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    forge   TEXT COLLATE "C" NOT NULL,
    slug    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (service, forge)
);

CREATE TABLE vendor (
    id     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    name   TEXT COLLATE "C" NOT NULL
);

CREATE TABLE edge (
    consumer TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    source   TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    kind     TEXT COLLATE "C" NOT NULL CHECK (kind IN ('hard', 'soft', 'async')),
    ruled    BIGINT NOT NULL CHECK (ruled IN (0, 1)),
    PRIMARY KEY (consumer, provider, ruled)
);

CREATE TABLE placement (
    service     TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (service <> ''),
    source      TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    tier        BIGINT NOT NULL CHECK (tier BETWEEN 0 AND 3),
    declared_in TEXT COLLATE "C" NOT NULL
);

CREATE TABLE placement_region (
    service TEXT COLLATE "C" NOT NULL REFERENCES placement (service) ON DELETE CASCADE,
    n       BIGINT NOT NULL,
    region  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (service, n)
);

CREATE TABLE proposal (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    source      TEXT COLLATE "C" NOT NULL REFERENCES catalog_source (name),
    name        TEXT COLLATE "C" NOT NULL,
    email       TEXT COLLATE "C",
    declared_in TEXT COLLATE "C" NOT NULL
);

CREATE TABLE proposal_team (
    proposal TEXT COLLATE "C" NOT NULL REFERENCES proposal (id) ON DELETE CASCADE,
    n        BIGINT NOT NULL,
    team     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (proposal, n)
);

-- People --------------------------------------------------------------------------------------------

CREATE TABLE people_state (
    one      BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    revision BIGINT NOT NULL
);
INSERT INTO people_state (one, revision) VALUES (1, 0);

CREATE TABLE person (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    revision BIGINT NOT NULL CHECK (revision > 0),
    name     TEXT COLLATE "C" NOT NULL,
    email    TEXT COLLATE "C",
    zone     TEXT COLLATE "C",
    disabled BIGINT NOT NULL CHECK (disabled IN (0, 1))
);

CREATE TABLE person_team (
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    n      BIGINT NOT NULL,
    team   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person, n)
);

CREATE TABLE person_key (
    fingerprint TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (fingerprint <> ''),
    person      TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    authorized  TEXT COLLATE "C" NOT NULL,
    comment     TEXT COLLATE "C" NOT NULL,
    added_at    BIGINT NOT NULL
);
CREATE INDEX person_key_person ON person_key (person);

CREATE TABLE person_identity (
    system TEXT COLLATE "C" NOT NULL CHECK (system IN ('github', 'gitlab', 'email', 'os')),
    value  TEXT COLLATE "C" NOT NULL CHECK (value <> ''),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    bot    BIGINT NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (system, value)
);
CREATE INDEX person_identity_person ON person_identity (person);

CREATE TABLE person_grant (
    person   TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    role     TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'developer', 'approver', 'executor', 'coordinator',
                                           'commander', 'auditor', 'trainer', 'admin')),
    scope    TEXT COLLATE "C" NOT NULL CHECK (scope <> ''),
    until_at BIGINT,
    PRIMARY KEY (person, role, scope)
);

CREATE TABLE access_token (
    name       TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (name <> ''),
    scope      TEXT COLLATE "C" NOT NULL CHECK (scope IN ('gate', 'hooks', 'ics')),
    hash       TEXT COLLATE "C" NOT NULL UNIQUE CHECK (hash <> ''),
    made_by    TEXT COLLATE "C" REFERENCES person (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Changes -------------------------------------------------------------------------------------------

-- number repeats the digits of the id, so that CHG-10 stands after CHG-9.
CREATE TABLE change (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    number       BIGINT NOT NULL,
    revision     BIGINT NOT NULL CHECK (revision > 0),
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('draft', 'requested', 'authorised', 'scheduled',
                                                   'implementing', 'review', 'closed', 'cancelled')),
    result       TEXT COLLATE "C" CHECK (result IN ('done', 'failed', 'rolled-back')),
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('normal', 'emergency', 'standard')),
    service      TEXT COLLATE "C" NOT NULL CHECK (service <> ''),
    environment  TEXT COLLATE "C" NOT NULL CHECK (environment <> ''),
    version      TEXT COLLATE "C" NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL,
    forge        TEXT COLLATE "C" NOT NULL,
    repo         TEXT COLLATE "C" NOT NULL,
    sha          TEXT COLLATE "C" NOT NULL,
    ref          TEXT COLLATE "C" NOT NULL,
    title        TEXT COLLATE "C" NOT NULL,
    plan         TEXT COLLATE "C" NOT NULL,
    slot         TEXT COLLATE "C" NOT NULL,
    requester    TEXT COLLATE "C" REFERENCES person (id),
    executor     TEXT COLLATE "C" REFERENCES person (id),
    connector    TEXT COLLATE "C" NOT NULL,
    external_id  TEXT COLLATE "C" NOT NULL,
    url          TEXT COLLATE "C" NOT NULL,
    risk         BIGINT NOT NULL,
    risk_factors TEXT COLLATE "C" NOT NULL CHECK (risk_factors::json IS NOT NULL),
    created_at   BIGINT NOT NULL,
    requested_at BIGINT,
    updated_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX change_open ON change (service, environment, digest) WHERE state NOT IN ('closed', 'cancelled');
CREATE INDEX change_number ON change (number, id);
CREATE INDEX change_state ON change (state, number, id);
CREATE INDEX change_subject ON change (service, environment, digest, number);
CREATE INDEX change_commit ON change (forge, repo, sha, number);

CREATE TABLE change_by (
    change TEXT COLLATE "C" NOT NULL REFERENCES change (id),
    n      BIGINT NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    bot    BIGINT NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (change, n)
);

CREATE TABLE approval (
    change       TEXT COLLATE "C" NOT NULL REFERENCES change (id),
    round        BIGINT NOT NULL CHECK (round > 0),
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'withdrawn', 'expired',
                                                   'consumed', 'lapsed', 'void')),
    needed       BIGINT NOT NULL CHECK (needed > 0),
    policy       TEXT COLLATE "C" NOT NULL,
    binding      TEXT COLLATE "C" NOT NULL,
    band         BIGINT NOT NULL CHECK (band BETWEEN 0 AND 3),
    requested_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    grant_until  BIGINT,
    PRIMARY KEY (change, round)
);

CREATE TABLE decision (
    change        TEXT COLLATE "C" NOT NULL,
    round         BIGINT NOT NULL,
    n             BIGINT NOT NULL,
    person        TEXT COLLATE "C" NOT NULL REFERENCES person (id),
    verdict       TEXT COLLATE "C" NOT NULL CHECK (verdict IN ('approve', 'reject')),
    reason_code   TEXT COLLATE "C" NOT NULL,
    reason_text   TEXT COLLATE "C" NOT NULL,
    at            BIGINT NOT NULL,
    door          TEXT COLLATE "C" NOT NULL CHECK (door IN ('ssh', 'local', 'http', 'connector', 'system')),
    fingerprint   TEXT COLLATE "C" NOT NULL,
    taken_back_at BIGINT,
    PRIMARY KEY (change, round, n),
    FOREIGN KEY (change, round) REFERENCES approval (change, round)
);
-- One person counts once, whatever two processes think.
CREATE UNIQUE INDEX decision_once ON decision (change, round, person) WHERE taken_back_at IS NULL;
CREATE INDEX decision_at ON decision (at);

CREATE TABLE change_note (
    id     BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    change TEXT COLLATE "C" NOT NULL REFERENCES change (id),
    person TEXT COLLATE "C",
    kind   TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,
    body   TEXT COLLATE "C" NOT NULL
);
CREATE INDEX change_note_change ON change_note (change, at, id);

-- Evidence: keyed by commit, without foreign keys, because a forge's events come in any order ---------

CREATE TABLE git_commit (
    forge TEXT COLLATE "C" NOT NULL,
    repo  TEXT COLLATE "C" NOT NULL,
    sha   TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (forge, repo, sha)
);

CREATE TABLE git_author (
    forge  TEXT COLLATE "C" NOT NULL,
    repo   TEXT COLLATE "C" NOT NULL,
    sha    TEXT COLLATE "C" NOT NULL,
    n      BIGINT NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    value  TEXT COLLATE "C" NOT NULL,
    bot    BIGINT NOT NULL CHECK (bot IN (0, 1)),
    PRIMARY KEY (forge, repo, sha, n),
    FOREIGN KEY (forge, repo, sha) REFERENCES git_commit (forge, repo, sha)
);

CREATE TABLE pull_request (
    forge         TEXT COLLATE "C" NOT NULL,
    repo          TEXT COLLATE "C" NOT NULL,
    number        BIGINT NOT NULL,
    title         TEXT COLLATE "C" NOT NULL,
    state         TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'merged', 'closed')),
    author_system TEXT COLLATE "C" NOT NULL,
    author_value  TEXT COLLATE "C" NOT NULL,
    author_bot    BIGINT NOT NULL CHECK (author_bot IN (0, 1)),
    head_sha      TEXT COLLATE "C" NOT NULL,
    merge_sha     TEXT COLLATE "C" NOT NULL,
    lines         BIGINT NOT NULL,
    files         BIGINT NOT NULL,
    url           TEXT COLLATE "C" NOT NULL,
    at            BIGINT NOT NULL,
    PRIMARY KEY (forge, repo, number)
);
CREATE INDEX pull_request_head ON pull_request (forge, repo, head_sha);
CREATE INDEX pull_request_merge ON pull_request (forge, repo, merge_sha);

CREATE TABLE pull_review (
    forge           TEXT COLLATE "C" NOT NULL,
    repo            TEXT COLLATE "C" NOT NULL,
    number          BIGINT NOT NULL,
    sha             TEXT COLLATE "C" NOT NULL,
    reviewer_system TEXT COLLATE "C" NOT NULL,
    reviewer_value  TEXT COLLATE "C" NOT NULL,
    reviewer_bot    BIGINT NOT NULL CHECK (reviewer_bot IN (0, 1)),
    state           TEXT COLLATE "C" NOT NULL CHECK (state IN ('approved', 'changes_requested', 'commented', 'dismissed')),
    at              BIGINT NOT NULL,
    PRIMARY KEY (forge, repo, number, sha, reviewer_system, reviewer_value)
);

CREATE TABLE check_run (
    forge  TEXT COLLATE "C" NOT NULL,
    repo   TEXT COLLATE "C" NOT NULL,
    sha    TEXT COLLATE "C" NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C" NOT NULL CHECK (result IN ('pass', 'fail', 'pending', 'neutral')),
    detail TEXT COLLATE "C" NOT NULL,
    url    TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (forge, repo, sha, kind, name)
);

CREATE TABLE known_version (
    forge      TEXT COLLATE "C" NOT NULL,
    repo       TEXT COLLATE "C" NOT NULL,
    version    TEXT COLLATE "C" NOT NULL,
    sha        TEXT COLLATE "C" NOT NULL,
    title      TEXT COLLATE "C" NOT NULL,
    prerelease BIGINT NOT NULL CHECK (prerelease IN (0, 1)),
    url        TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (forge, repo, version)
);

-- Rollouts and freezes ------------------------------------------------------------------------------

CREATE TABLE rollout (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    number      BIGINT NOT NULL,
    connector   TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    service     TEXT COLLATE "C" NOT NULL CHECK (service <> ''),
    environment TEXT COLLATE "C" NOT NULL CHECK (environment <> ''),
    version     TEXT COLLATE "C" NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    change      TEXT COLLATE "C" REFERENCES change (id),
    state       TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'queued', 'in_progress', 'success', 'failure',
                                                  'error', 'inactive')),
    url         TEXT COLLATE "C" NOT NULL,
    started_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    UNIQUE (connector, external_id)
);
CREATE INDEX rollout_state ON rollout (state, service, environment, updated_at, number);

CREATE TABLE calendar_freeze (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (id <> ''),
    number      BIGINT NOT NULL,
    revision    BIGINT NOT NULL CHECK (revision > 0),
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('hard', 'soft')),
    scope       TEXT COLLATE "C" NOT NULL CHECK (scope <> ''),
    from_at     BIGINT NOT NULL,
    to_at       BIGINT NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL,
    declared_by TEXT COLLATE "C" REFERENCES person (id),
    declared_at BIGINT NOT NULL,
    lifted_by   TEXT COLLATE "C" REFERENCES person (id),
    lifted_at   BIGINT,
    CHECK (from_at < to_at)
);
CREATE INDEX calendar_freeze_to ON calendar_freeze (to_at);

-- Feeds ---------------------------------------------------------------------------------------------

CREATE TABLE feed (
    name          TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (name <> ''),
    type          TEXT COLLATE "C" NOT NULL,
    kind          TEXT COLLATE "C" NOT NULL CHECK (kind IN ('push', 'pull')),
    expect_every  BIGINT NOT NULL,
    last_good     BIGINT,
    accepted      BIGINT NOT NULL,
    repeated      BIGINT NOT NULL,
    refused       BIGINT NOT NULL,
    dead          BIGINT NOT NULL,
    last_error    TEXT COLLATE "C" NOT NULL,
    last_error_at BIGINT
);

CREATE TABLE delivery (
    connector TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (connector, id)
);
CREATE INDEX delivery_at ON delivery (at);

-- Work to do later ----------------------------------------------------------------------------------

CREATE TABLE followup (
    id      BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    args    TEXT COLLATE "C" NOT NULL CHECK (args::json IS NOT NULL),
    due_at  BIGINT NOT NULL,
    key     TEXT COLLATE "C" UNIQUE,
    done_at BIGINT,
    outcome TEXT COLLATE "C" NOT NULL
);
CREATE INDEX followup_due ON followup (due_at, id) WHERE done_at IS NULL;

-- Audit ---------------------------------------------------------------------------------------------

CREATE TABLE audit_head (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL
);
INSERT INTO audit_head (one, size) VALUES (1, 0);

CREATE TABLE audit_entry (
    seq     BIGINT NOT NULL PRIMARY KEY CHECK (seq > 0),
    at      BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL,
    verb    TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    body    TEXT COLLATE "C" NOT NULL,
    leaf    BYTEA NOT NULL
);
CREATE INDEX audit_entry_subject ON audit_entry (subject, seq);
CREATE INDEX audit_entry_outcome ON audit_entry (outcome, seq);

CREATE TABLE audit_hash (
    idx  BIGINT NOT NULL PRIMARY KEY CHECK (idx >= 0),
    hash BYTEA NOT NULL
);

CREATE TABLE audit_key (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (key <> '')
);

-- The log only grows at its end.

-- +goose StatementBegin
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_entry_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq IS DISTINCT FROM (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_entry) THEN
        RAISE EXCEPTION 'the audit log only grows: an entry must follow the last' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_hash_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.idx IS DISTINCT FROM (SELECT COALESCE(MAX(idx), -1) + 1 FROM audit_hash) THEN
        RAISE EXCEPTION 'the audit log only grows: a hash must follow the last' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd

CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_follows();
CREATE TRIGGER audit_entry_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_hash_insert BEFORE INSERT ON audit_hash FOR EACH ROW EXECUTE FUNCTION audit_hash_follows();
CREATE TRIGGER audit_hash_change BEFORE UPDATE OR DELETE ON audit_hash FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_hash_truncate BEFORE TRUNCATE ON audit_hash FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();
