-- +goose Up
CREATE TABLE agent_effective (
    agent TEXT PRIMARY KEY REFERENCES agent (name) ON DELETE CASCADE,
    text  BLOB NOT NULL
) STRICT;
