-- name: NextRevision :one
UPDATE revision SET value = value + 1 WHERE id = 1 RETURNING value;

-- name: Deployment :one
SELECT body FROM deployment WHERE name = ? AND ended_at IS NULL;

-- name: Deployments :many
SELECT body FROM deployment WHERE ended_at IS NULL AND name > sqlc.arg(after) ORDER BY name LIMIT sqlc.arg(most);

-- name: DeploymentsDown :many
SELECT body FROM deployment WHERE ended_at IS NULL AND (CAST(sqlc.arg(after) AS TEXT) = '' OR name < sqlc.arg(after)) ORDER BY name DESC LIMIT sqlc.arg(most);

-- name: PutDeployment :exec
INSERT INTO deployment (uid, name, body) VALUES (?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET name = excluded.name, body = excluded.body;

-- name: EndDeployment :execrows
UPDATE deployment SET ended_at = sqlc.arg(at) WHERE uid = sqlc.arg(uid) AND ended_at IS NULL;

-- name: Version :one
SELECT body FROM version WHERE deployment = ? AND number = ?;

-- name: Versions :many
SELECT body FROM version WHERE deployment = sqlc.arg(deployment) AND number > sqlc.arg(after) ORDER BY number LIMIT sqlc.arg(most);

-- name: VersionsDown :many
SELECT body FROM version WHERE deployment = sqlc.arg(deployment) AND (CAST(sqlc.arg(after) AS INTEGER) = 0 OR number < sqlc.arg(after)) ORDER BY number DESC LIMIT sqlc.arg(most);

-- name: AddVersion :exec
INSERT INTO version (deployment, number, config_hash, body) VALUES (?, ?, ?, ?);

-- name: Configuration :one
SELECT * FROM configuration WHERE hash = ?;

-- name: AddConfiguration :exec
INSERT INTO configuration (hash, text, template, template_hash, created_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (hash) DO NOTHING;

-- name: ConfigurationHashes :many
SELECT hash FROM configuration ORDER BY hash;

-- name: SkipRevisions :exec
UPDATE revision SET value = value + ? WHERE id = 1;
