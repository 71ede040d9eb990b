-- name: Load :one
SELECT body FROM load WHERE name = ?;

-- name: LoadByUID :one
SELECT body FROM load WHERE uid = ?;

-- name: Loads :many
SELECT body FROM load WHERE name > sqlc.arg(after) ORDER BY name LIMIT sqlc.arg(most);

-- name: LoadsDown :many
SELECT body FROM load WHERE (CAST(sqlc.arg(after) AS TEXT) = '' OR name < sqlc.arg(after)) ORDER BY name DESC LIMIT sqlc.arg(most);

-- name: ClaimableLoad :one
SELECT body FROM load
WHERE state IN ('pending', 'claimed', 'running') AND (host = '' OR host = sqlc.arg(host))
    AND (state = 'pending' OR lease_until < sqlc.arg(now))
ORDER BY created_at, uid LIMIT 1;

-- name: PutLoad :exec
INSERT INTO load (uid, name, host, state, lease_until, created_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET name = excluded.name, host = excluded.host, state = excluded.state, lease_until = excluded.lease_until, body = excluded.body;

-- name: DeleteLoad :execrows
DELETE FROM load WHERE name = ?;
