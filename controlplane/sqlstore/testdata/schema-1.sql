-- What a control plane of schema 1 had written.
INSERT INTO configuration (hash, text, template, template_hash, created_at) VALUES
    ('16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824', x'613a2031', 'process-topk-v1', 'abc', 1795694400000000);
INSERT INTO deployment (uid, name, ended_at, body) VALUES
    ('0197-1', 'web-topk', NULL, '{"apiVersion":"phoenix.io/v1alpha1","kind":"PipelineDeployment","metadata":{"name":"web-topk","uid":"0197-1","resourceVersion":"2","generation":1,"createdAt":"2026-11-26T12:00:00Z","updatedAt":"2026-11-26T12:00:00Z"},"spec":{"selector":{"matchLabels":{"tier":"web"}},"pipeline":{"template":"process-topk-v1","parameters":{"k":20}}},"status":{"version":1,"configHash":"16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824"}}'),
    ('0197-0', 'old', 1795694300000000, '{"metadata":{"name":"old","uid":"0197-0"}}');
INSERT INTO version (deployment, number, config_hash, body) VALUES
    ('0197-1', 1, '16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824', '{"deployment":"0197-1","version":1,"spec":{"selector":{"matchLabels":{"tier":"web"}},"pipeline":{"template":"process-topk-v1","parameters":{"k":20}}},"configHash":"16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824","origin":"create","author":"ana","at":"2026-11-26T12:00:00Z"}');
INSERT INTO agent (name, deployment, body) VALUES
    ('0196-a', 'web-topk', '{"metadata":{"name":"0196-a"},"spec":{"host":"web-1"},"status":{"deployment":"web-topk"}}');
INSERT INTO agent_desired (agent, generation, host, at, config_hash, body) VALUES
    ('0196-a', 1, 'web-1', 1795694300000000, NULL, '{"agent":"0196-a","host":"web-1","generation":1,"reason":"enrolled","at":"2026-11-26T11:58:20Z"}'),
    ('0196-a', 2, 'web-1', 1795694400000000, '16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824', '{"agent":"0196-a","host":"web-1","generation":2,"configHash":"16c3c6d78678d53d39ab2c7a5a7bc4596567b46a1a57000a2d707334f779b824","deployment":"web-topk","deploymentUID":"0197-1","version":1,"reason":"version 1 of web-topk (create)","at":"2026-11-26T12:00:00Z"}');
INSERT INTO audit (sequence, subject, object, action, mac, body) VALUES
    (1, 'ana', 'deployment/web-topk', 'deployment.create', x'01', '{"sequence":1,"at":"2026-11-26T12:00:00Z","subject":"ana","role":"operator","action":"deployment.create","object":"deployment/web-topk","verdict":"done","mac":"AQ=="}'),
    (2, 'ben', 'agent/0196-a', 'agent.label', x'02', '{"sequence":2,"at":"2026-11-26T12:01:00Z","subject":"ben","role":"viewer","action":"agent.label","object":"agent/0196-a","verdict":"denied","mac":"Ag=="}'),
    (3, 'ben', 'deployment/web-topk', 'deployment.update', x'03', '{"sequence":3,"at":"2026-11-26T12:02:00Z","subject":"ben","role":"viewer","action":"deployment.update","object":"deployment/web-topk","verdict":"denied","mac":"Aw=="}');
