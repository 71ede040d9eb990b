-- name: PriceBook :one
SELECT body FROM price_book WHERE id = 1;

-- name: PutPriceBook :exec
INSERT INTO price_book (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body;

-- name: Audit :many
SELECT body FROM audit
WHERE sequence > sqlc.arg(after)
    AND (CAST(sqlc.arg(action) AS TEXT) = '' OR action = sqlc.arg(action))
    AND (CAST(sqlc.arg(subject) AS TEXT) = '' OR subject = sqlc.arg(subject))
    AND (CAST(sqlc.arg(object) AS TEXT) = '' OR object = sqlc.arg(object))
ORDER BY sequence LIMIT sqlc.arg(most);

-- name: AuditDown :many
SELECT body FROM audit
WHERE (CAST(sqlc.arg(after) AS INTEGER) = 0 OR sequence < sqlc.arg(after))
    AND (CAST(sqlc.arg(action) AS TEXT) = '' OR action = sqlc.arg(action))
    AND (CAST(sqlc.arg(subject) AS TEXT) = '' OR subject = sqlc.arg(subject))
    AND (CAST(sqlc.arg(object) AS TEXT) = '' OR object = sqlc.arg(object))
ORDER BY sequence DESC LIMIT sqlc.arg(most);

-- name: AuditHead :one
SELECT sequence, mac FROM audit ORDER BY sequence DESC LIMIT 1;

-- name: AddAudit :exec
INSERT INTO audit (sequence, subject, object, action, mac, body) VALUES (?, ?, ?, ?, ?, ?);

-- name: Events :many
SELECT CAST(json_set(body, '$.sequence', sequence) AS TEXT) AS body FROM event WHERE sequence > sqlc.arg(after) ORDER BY sequence LIMIT sqlc.arg(most);

-- name: EventsDown :many
SELECT CAST(json_set(body, '$.sequence', sequence) AS TEXT) AS body FROM event WHERE (CAST(sqlc.arg(after) AS INTEGER) = 0 OR sequence < sqlc.arg(after)) ORDER BY sequence DESC LIMIT sqlc.arg(most);

-- name: AddEvent :exec
INSERT INTO event (body) VALUES (?);

-- name: TrimEvents :exec
DELETE FROM event WHERE sequence <= (SELECT e.sequence FROM event e ORDER BY e.sequence DESC LIMIT 1 OFFSET sqlc.arg(keep));

-- name: Result :one
SELECT fingerprint, result FROM result WHERE token_id = ? AND key = ?;

-- name: AddResult :exec
INSERT INTO result (token_id, key, fingerprint, result, at) VALUES (?, ?, ?, ?, ?);

-- name: TrimResults :exec
DELETE FROM result WHERE at < ?;
