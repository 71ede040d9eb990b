-- What is often asked for is found without reading all of it: the audit of one
-- object or one person, and the states of the agents of a deployment.

-- +goose Up
CREATE INDEX audit_object ON audit (object, sequence);
CREATE INDEX audit_subject ON audit (subject, sequence);

CREATE INDEX agent_state ON agent (deployment, json_extract(body, '$.status.state'), json_type(body, '$.status.conflict'));
