package agentfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

func files(t testing.TB, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func TestBadFilesSayWhatToDo(t *testing.T) {
	for _, file := range files(t, "testdata/*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			_, err = agentfile.Parse(content)
			require.Error(t, err)
			if *update {
				require.NoError(t, os.WriteFile(strings.TrimSuffix(file, ".yaml")+".txt", []byte(lines(err)), 0o644))
			}
			want, readErr := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			require.NoError(t, readErr)
			require.Equal(t, string(want), lines(err))
			_, err = agentfile.Read(file)
			require.ErrorContains(t, err, file)
		})
	}
}

// lines is an error with each part on a line of its own.
func lines(err error) string { return strings.ReplaceAll(err.Error(), "; ", ";\n") + "\n" }

func TestDefaults(t *testing.T) {
	f, err := agentfile.Read("testdata/minimal.good.yaml")
	require.NoError(t, err)
	require.Equal(t, "/var/lib/otelcol-phoenix", f.StateDir)
	require.Equal(t, "/var/lib/otelcol-phoenix/page.sock", f.Page.Socket)
	require.Equal(t, 10*time.Second, f.MinHealthyTime)
	require.Equal(t, 30*time.Second, f.Telemetry.Interval)
	require.True(t, f.Allow.Templates)
}

func TestEverythingIsRead(t *testing.T) {
	f, err := agentfile.Read("testdata/everything.good.yaml")
	require.NoError(t, err)
	d := f.Destinations["destination"]
	require.Equal(t, "otlphttp/destination", d.ID("destination"))
	require.Equal(t, "otlp/grpc", f.Destinations["grpc"].ID("grpc"))
	require.Equal(t, map[string]any{
		"endpoint": "https://otel.example.com:4318",
		"headers":  map[string]any{"api-key": "${file:/etc/otelcol-phoenix/key}"},
		"tls":      map[string]any{"ca_file": "/etc/otelcol-phoenix/ca.pem"},
		"auth":     map[string]any{"authenticator": "oauth2client"},
		"timeout":  "5s",
		"sending_queue": map[string]any{
			"enabled": true, "num_consumers": 1, "batch": map[string]any{"flush_timeout": "5s", "min_size": 8192},
		},
	}, d.Exporter())
	require.Equal(t, "50", f.Allow.Components["processors/topk"]["rank_by[]::k"].Max)
	require.Equal(t, time.Minute, f.Telemetry.Interval)
}

func TestTheFingerprintIsThatOfTheContent(t *testing.T) {
	read := func(text string) string {
		f, err := agentfile.Parse([]byte(text))
		require.NoError(t, err)
		return f.Fingerprint()
	}
	const text = `server: {endpoint: "wss://phoenix.example.com"}`
	require.Len(t, read(text), 64)
	require.Equal(t, read(text), read(text))
	require.NotEqual(t, read(text), read(text+"\nmin_healthy_time: 11s\n"))
}

func TestAFileThatIsTooLongOrNotThereIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agent.yaml")
	_, err := agentfile.Read(file)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat("#", 1<<20+1)), 0o600))
	_, err = agentfile.Read(file)
	require.ErrorContains(t, err, "longer than")
}

func TestAdviceNamesWhoCanReadAndWrite(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		require.NoError(t, os.Chmod(path, mode))
		return path
	}
	token := write("token", "x", 0o644)
	text := "server: {endpoint: \"ws://phoenix.example.com\", token_file: " + token + ", enrolment_token_file: " + dir + "/none}\n"
	path := write("agent.yaml", text, 0o666)
	f, err := agentfile.Read(path)
	require.NoError(t, err)
	require.Equal(t, []string{
		path + " can be written by others than its owner, and the agent obeys it; run chmod go-w " + path,
		"stat " + dir + "/none: no such file or directory; create the file, or correct the path in the agent file",
		token + " can be read by everybody on this host, and holds a secret; run chmod o-r " + token,
		"server::endpoint: ws://phoenix.example.com is not encrypted, so that everybody on the way can read the token; write wss:// or https://",
	}, agentfile.Advice(path, f))

	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.Chmod(token, 0o600))
	f.Server.Endpoint, f.Server.EnrolmentTokenFile = "ws://127.0.0.1:4320", ""
	require.Empty(t, agentfile.Advice(path, f))
}

func TestSplitReadsValuesAsTheCollectorDoes(t *testing.T) {
	parts, err := agentfile.Split("a$$b$c ${env:X}$${y}")
	require.NoError(t, err)
	require.Equal(t, []agentfile.Part{{Text: "a$b$c "}, {Reference: &agentfile.Reference{Scheme: "env", Name: "X"}}, {Text: "${y}"}}, parts)
	for _, bad := range []string{"${X}", "${env:}", "${env:A-B}", "${file:a}", "${file:/a/../b}", "${http://x}", "${env:X", "$$${X}", "${env:${env:X}}"} {
		_, err := agentfile.Split(bad)
		require.Error(t, err, bad)
	}
}

func FuzzParse(f *testing.F) {
	for _, file := range files(f, "testdata/*.yaml") {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file, err := agentfile.Parse(content)
		if err != nil {
			return
		}
		require.NotEmpty(t, file.Page.Socket)
		require.Len(t, file.Fingerprint(), 64)
	})
}
