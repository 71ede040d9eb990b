-- Rows are documents: what is looked up or kept unique has a column of its own,
-- the rest is JSON in body. Times in columns are microseconds since 1970, UTC.

-- +goose Up
CREATE TABLE revision (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, value) VALUES (1, 0);

CREATE TABLE configuration (
    hash          TEXT PRIMARY KEY,
    text          BLOB NOT NULL,
    template      TEXT NOT NULL,
    template_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE deployment (
    uid      TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    ended_at INTEGER,
    body     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX deployment_living ON deployment (name) WHERE ended_at IS NULL;

CREATE TABLE version (
    deployment  TEXT NOT NULL REFERENCES deployment (uid) DEFERRABLE INITIALLY DEFERRED,
    number      INTEGER NOT NULL,
    config_hash TEXT NOT NULL REFERENCES configuration (hash) DEFERRABLE INITIALLY DEFERRED,
    body        TEXT NOT NULL,
    PRIMARY KEY (deployment, number)
) STRICT;

CREATE TABLE agent (
    name       TEXT PRIMARY KEY,
    deployment TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;
CREATE INDEX agent_deployment ON agent (deployment, name);

CREATE TABLE agent_desired (
    agent       TEXT NOT NULL,
    generation  INTEGER NOT NULL,
    host        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    config_hash TEXT REFERENCES configuration (hash) DEFERRABLE INITIALLY DEFERRED,
    body        TEXT NOT NULL,
    PRIMARY KEY (agent, generation)
) STRICT;
CREATE INDEX agent_desired_host ON agent_desired (host, agent);

CREATE TABLE attempt (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    agent    TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE INDEX attempt_agent ON attempt (agent, sequence);

CREATE TABLE token (
    id      TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    subject TEXT NOT NULL,
    body    TEXT NOT NULL
) STRICT;
CREATE INDEX token_subject ON token (purpose, subject);

CREATE TABLE load (
    uid         TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    host        TEXT NOT NULL,
    state       TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX load_open ON load (created_at, uid) WHERE state IN ('pending', 'claimed', 'running');

CREATE TABLE price_book (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    body TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    subject  TEXT NOT NULL,
    object   TEXT NOT NULL,
    action   TEXT NOT NULL,
    mac      BLOB NOT NULL,
    body     TEXT NOT NULL
) STRICT;

CREATE TABLE event (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    body     TEXT NOT NULL
) STRICT;

CREATE TABLE result (
    token_id    TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    result      BLOB NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (token_id, key)
) STRICT;
CREATE INDEX result_at ON result (at);

-- History is written once.

-- +goose StatementBegin
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_lasts BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER version_stays BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'versions are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER version_lasts BEFORE DELETE ON version BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER agent_desired_stays BEFORE UPDATE ON agent_desired BEGIN SELECT RAISE(ABORT, 'what was wanted is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER agent_desired_lasts BEFORE DELETE ON agent_desired BEGIN SELECT RAISE(ABORT, 'what was wanted is never deleted'); END;
-- +goose StatementEnd
