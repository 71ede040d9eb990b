package redact

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// What is written, and what of it is shown.
func TestSecretsAreNotShown(t *testing.T) {
	for name, c := range map[string]struct{ written, shown string }{
		"keys named like secrets": {
			"{api_key: a, Bearer_Token: b, password: c, client_secret: d, sasl_passphrase: e, key_pem: f}",
			"{api_key: '[REDACTED]', Bearer_Token: '[REDACTED]', password: '[REDACTED]', client_secret: '[REDACTED]', sasl_passphrase: '[REDACTED]', key_pem: '[REDACTED]'}",
		},
		"all below them": {
			"{headers: {Authorization: a, X-Scope: [b, {c: d}]}, tokens: [1, 2.5, true, null, '']}",
			"{headers: {Authorization: '[REDACTED]', X-Scope: ['[REDACTED]', {c: '[REDACTED]'}]}, tokens: ['[REDACTED]', '[REDACTED]', true, null, '']}",
		},
		"files of secrets are no secrets": {
			"{token_file: /t, key_file: /k, password_path: /p}",
			"{token_file: /t, key_file: /k, password_path: /p}",
		},
		"an attribute's name is none": {
			"{actions: [{key: host.name, value: web, action: insert}]}",
			"{actions: [{key: host.name, value: web, action: insert}]}",
		},
		"where a secret comes from is none, what is used instead is": {
			"{token: '${env:TOKEN}', password: '${file:/run/password}', key_pem: '${env:KEY:-hunter2}', secret: 'a${env:B}'}",
			"{token: '${env:TOKEN}', password: '${file:/run/password}', key_pem: '[REDACTED]', secret: '[REDACTED]'}",
		},
		"URLs": {
			"{endpoint: 'https://me:hunter2@example.com/a?x=1&api_key=hunter2&y=2', url: 'http://example.com/@me', mail: me@example.com}",
			"{endpoint: 'https://[REDACTED]@example.com/a?x=1&api_key=[REDACTED]&y=2', url: 'http://example.com/@me', mail: me@example.com}",
		},
		"URLs that cannot be read, and those without secrets": {
			"{a: 'https://u:p%zz@example.com', b: 'https://example.com:4318/x?sig=1#f', c: 'https://example.com:4318/x'}",
			"{a: 'https://[REDACTED]@example.com', b: 'https://example.com:4318/x?sig=[REDACTED]#f', c: 'https://example.com:4318/x'}",
		},
		"arguments and environments": {
			"{argv: [a], args: [b], env: {C: d}, environment: [e]}",
			"{argv: ['[REDACTED]'], args: ['[REDACTED]'], env: {C: '[REDACTED]'}, environment: ['[REDACTED]']}",
		},
		"URLs whose passwords are not as they should be": {
			"{endpoint: 'https://me:hunt@er2@example.com/a', both: 'http://a@b@example.com, http://c:d@example.org/@me'}",
			"{endpoint: 'https://[REDACTED]@example.com/a', both: 'http://[REDACTED]@example.com, http://[REDACTED]@example.org/@me'}",
		},
		"a private key is one, an attribute's name is none": {
			"{tls_config: {key: \"-----BEGIN PRIVATE KEY-----\\nhunter2\\n\", key_ref: k}, actions: [{key: api_key, from_attribute: x}]}",
			"{tls_config: {key: '[REDACTED]', key_ref: '[REDACTED]'}, actions: [{key: api_key, from_attribute: x}]}",
		},
		"what Prometheus has": {
			"{proxy_connect_header: {Proxy-Authorization: [a]}, basic_auth_users: {me: b}, params: {pass: [c], pwd: [d]}}",
			"{proxy_connect_header: {Proxy-Authorization: ['[REDACTED]']}, basic_auth_users: {me: '[REDACTED]'}, params: {pass: ['[REDACTED]'], pwd: ['[REDACTED]']}}",
		},
		"the rest": {
			"{timeout: 5s, k: 20, drop_attributes: [process.command_line], enabled: true}",
			"{timeout: 5s, k: 20, drop_attributes: [process.command_line], enabled: true}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var written, want map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(c.written), &written))
			require.NoError(t, yaml.Unmarshal([]byte(c.shown), &want))
			require.Equal(t, want, of(written))
		})
	}
}

func TestAComponentMayBeNamedLikeASecret(t *testing.T) {
	conf := func(token string) map[string]any {
		return map[string]any{
			"extensions": map[string]any{"bearertokenauth": map[string]any{"scheme": "Bearer", "token": token}},
			"service":    map[string]any{"telemetry": map[string]any{"auth_token": token}},
			"token":      token,
		}
	}
	require.Equal(t, conf(Hidden), Configuration(conf("hunter2")))
}
