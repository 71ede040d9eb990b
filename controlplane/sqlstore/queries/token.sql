-- name: Token :one
SELECT body FROM token WHERE id = ?;

-- name: Tokens :many
SELECT body FROM token WHERE id > sqlc.arg(after) ORDER BY id LIMIT sqlc.arg(most);

-- name: TokensDown :many
SELECT body FROM token WHERE (CAST(sqlc.arg(after) AS TEXT) = '' OR id < sqlc.arg(after)) ORDER BY id DESC LIMIT sqlc.arg(most);

-- name: HasTokens :one
SELECT EXISTS (SELECT 1 FROM token WHERE purpose = ?);

-- name: PutToken :exec
INSERT INTO token (id, purpose, subject, body) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET purpose = excluded.purpose, subject = excluded.subject, body = excluded.body;

-- name: RevokeTokensOf :exec
UPDATE token SET body = json_set(body, '$.revokedAt', CAST(sqlc.arg(at) AS TEXT))
WHERE purpose = sqlc.arg(purpose) AND subject = sqlc.arg(subject) AND json_extract(body, '$.revokedAt') IS NULL;
