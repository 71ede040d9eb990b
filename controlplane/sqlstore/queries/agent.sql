-- name: Agent :one
SELECT body FROM agent WHERE name = ?;

-- name: Agents :many
SELECT body FROM agent WHERE name > sqlc.arg(after) ORDER BY name LIMIT sqlc.arg(most);

-- name: AgentsDown :many
SELECT body FROM agent WHERE (CAST(sqlc.arg(after) AS TEXT) = '' OR name < sqlc.arg(after)) ORDER BY name DESC LIMIT sqlc.arg(most);

-- name: CountAgents :many
SELECT CAST(json_extract(body, '$.status.state') AS TEXT) AS state, CAST(coalesce(json_type(body, '$.status.conflict'), '') AS TEXT) AS rivals, count(*) AS agents
FROM agent WHERE deployment = ? GROUP BY json_extract(body, '$.status.state'), json_type(body, '$.status.conflict');

-- name: PutAgent :exec
INSERT INTO agent (name, deployment, body) VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET deployment = excluded.deployment, body = excluded.body;

-- name: DeleteAgent :execrows
DELETE FROM agent WHERE name = ?;

-- name: Effective :one
SELECT text FROM agent_effective WHERE agent = ?;

-- name: PutEffective :exec
INSERT INTO agent_effective (agent, text) VALUES (?, ?)
ON CONFLICT (agent) DO UPDATE SET text = excluded.text;

-- name: DesiredAt :one
SELECT body FROM agent_desired WHERE agent = ? AND at <= ? ORDER BY generation DESC LIMIT 1;

-- name: DesiredOnHost :many
SELECT d.body FROM agent_desired d
WHERE d.agent IN (SELECT h.agent FROM agent_desired h WHERE h.host = sqlc.arg(host))
    AND d.generation = (SELECT max(n.generation) FROM agent_desired n WHERE n.agent = d.agent AND n.at <= sqlc.arg(at))
ORDER BY d.agent;

-- name: DesiredOf :many
SELECT body FROM agent_desired WHERE agent = sqlc.arg(agent) AND generation > sqlc.arg(after) ORDER BY generation LIMIT sqlc.arg(most);

-- name: DesiredOfDown :many
SELECT body FROM agent_desired WHERE agent = sqlc.arg(agent) AND (CAST(sqlc.arg(after) AS INTEGER) = 0 OR generation < sqlc.arg(after)) ORDER BY generation DESC LIMIT sqlc.arg(most);

-- name: AddDesired :exec
INSERT INTO agent_desired (agent, generation, host, at, config_hash, body) VALUES (?, ?, ?, ?, ?, ?);

-- name: Attempts :many
SELECT CAST(json_set(body, '$.sequence', sequence) AS TEXT) AS body FROM attempt WHERE agent = sqlc.arg(agent) AND sequence > sqlc.arg(after) ORDER BY sequence LIMIT sqlc.arg(most);

-- name: AttemptsDown :many
SELECT CAST(json_set(body, '$.sequence', sequence) AS TEXT) AS body FROM attempt WHERE agent = sqlc.arg(agent) AND (CAST(sqlc.arg(after) AS INTEGER) = 0 OR sequence < sqlc.arg(after)) ORDER BY sequence DESC LIMIT sqlc.arg(most);

-- name: AttemptAt :one
SELECT CAST(json_set(body, '$.sequence', sequence) AS TEXT) AS body FROM attempt WHERE agent = ? AND outcome = ? AND at <= ? ORDER BY sequence DESC LIMIT 1;

-- name: AddAttempt :exec
INSERT INTO attempt (agent, outcome, at, body) VALUES (?, ?, ?, ?);
