package childvalidate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestSecretsAreHiddenInAnOutput(t *testing.T) {
	folder := t.TempDir()
	secret, include := filepath.Join(folder, "secret"), filepath.Join(folder, "include.yaml")
	require.NoError(t, os.WriteFile(secret, []byte("from-a-file\n"), 0o600))
	require.NoError(t, os.WriteFile(include, []byte("scrapers:\n  cpu:\n"), 0o600))
	config, err := yaml.Marshal(map[string]any{
		"exporters": map[string]any{"otlphttp": map[string]any{
			"endpoint": "https://me:in-a-url@example.com",
			"headers":  map[string]any{"a": "in-a-header", "b": "Bearer ${file:" + secret + "}", "c": "with$$dollar", "d": "two\nlines", "e": "abc"},
			"tls":      map[string]any{"key_pem": "-----BEGIN PRIVATE KEY-----\nin-a-key\n-----END PRIVATE KEY-----\n"},
			"lists":    []any{map[string]any{"password": 12345}},
		}},
		"receivers": map[string]any{"hostmetrics": "${file:" + include + "}", "x": "${file:/nowhere/at/all}"},
	})
	require.NoError(t, err)
	secrets := secretsOf(config, []string{"A=in-a-variable", "B=", "C=15s"})
	for said, want := range map[string]string{
		`invalid header "in-a-header"`:                                `invalid header "[REDACTED]"`,
		`from-a-file, in-a-variable, 12345`:                           `[REDACTED], [REDACTED], [REDACTED]`,
		`parse "https://me:in-a-url@example.com": x`:                  `parse "[REDACTED]": x`,
		`dial https://you:another@example.com`:                        `dial https://[REDACTED]@example.com`,
		`with$dollar with$$dollar`:                                    `[REDACTED] [REDACTED]`,
		`"two\nlines"`:                                                `"[REDACTED]"`,
		"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n": "[REDACTED]",
		`abc, 15s and scrapers: cpu:`:                                 `abc, 15s and scrapers: cpu:`,
	} {
		require.Equal(t, want, string(hide([]byte(said), secrets)))
	}
	require.Nil(t, secretsOf([]byte("\t"), nil))
}

func TestTheLongestSecretIsHiddenFirst(t *testing.T) {
	require.Equal(t, "[REDACTED] [REDACTED]", string(hide([]byte("hunter hunter2"), []string{"hunter", "hunter2"})))
}

func TestOnlyTheEndOfAnOutputIsKept(t *testing.T) {
	out := &tail{}
	for range 3 {
		n, err := out.Write([]byte(strings.Repeat("x", maxOutput/2) + "\n"))
		require.NoError(t, err)
		require.Equal(t, maxOutput/2+1, n)
	}
	require.Equal(t, strings.Repeat("x", maxOutput/2)+"\n", string(out.text()), "the half of a line is not")
	require.LessOrEqual(t, len(out.kept), maxOutput)

	out = &tail{}
	_, err := out.Write([]byte("half"))
	require.NoError(t, err)
	require.Equal(t, "half", string(out.text()))
	_, err = out.Write([]byte(strings.Repeat("x", maxOutput)))
	require.NoError(t, err)
	require.Empty(t, out.text(), "one line, of which the beginning is lost")
}
