package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run executes a command line and returns what it printed.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := Run(t.Context(), args, &out, io.Discard)
	return out.String(), err
}

// served is a control plane that runs until the test ends.
type served struct {
	t     *testing.T
	dir   dataDir
	url   string
	token string
	http  *http.Client
}

// start runs the program on a data folder, with the token of the first
// administrator if it is new.
func start(t *testing.T, dir string, args ...string) *served {
	t.Helper()
	s := &served{t: t, dir: dataDir(dir), http: &http.Client{Transport: &http.Transport{}}}
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := Run(ctx, append([]string{"--data-dir", dir, "--listen", "127.0.0.1:0"}, args...), in, io.Discard)
		_ = in.CloseWithError(err)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		s.http.CloseIdleConnections()
		require.NoError(t, <-ended)
	})
	s.url = "http://" + s.address(out)
	return s
}

// address reads where the server listens.
func (s *served) address(out io.Reader) string {
	s.t.Helper()
	line := make([]byte, 256)
	n, err := out.Read(line)
	require.NoError(s.t, err)
	address, ok := strings.CutPrefix(strings.TrimSpace(string(line[:n])), "listening on ")
	require.True(s.t, ok, "%s", line[:n])
	return address
}

// exchange makes the first token the administrator's own.
func (s *served) exchange() {
	s.t.Helper()
	first, err := os.ReadFile(s.dir.firstToken())
	require.NoError(s.t, err)
	var issued struct{ Secret string }
	s.do("POST", "/api/v1/tokens/exchange", map[string]string{"token": strings.TrimSpace(string(first)), "subject": "ann"}, http.StatusCreated, &issued)
	s.token = issued.Secret
}

// do sends a request, requires a status, and decodes the answer into v unless
// that is nil.
func (s *served) do(method, path string, body any, status int, v any) {
	s.t.Helper()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		require.NoError(s.t, err)
		content = bytes.NewReader(text)
	}
	answer := s.send(method, path, content)
	require.Equal(s.t, status, answer.status, "%s %s: %s", method, path, answer.body)
	if v != nil {
		require.NoError(s.t, json.Unmarshal(answer.body, v), "%s", answer.body)
	}
}

// response is an answer that was read.
type response struct {
	status int
	body   []byte
}

func (s *served) send(method, path string, body io.Reader) response {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, body)
	require.NoError(s.t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	answer, err := s.http.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	return response{answer.StatusCode, text}
}

// deployment is one of the template topk.
func deployment(name string) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"tier": name}},
			"pipeline": map[string]any{"template": "process-topk-v1"},
		},
	}
}

func dir(t *testing.T) string { return filepath.Join(t.TempDir(), "data") }

// point is an export request with the memory of a collector.
func point(at time.Time) string {
	return fmt.Sprintf(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"otelcol_process_memory_rss","gauge":{"dataPoints":[{"asInt":"1000","timeUnixNano":"%d"}]}}]}]}]}`, at.UnixNano())
}

// enrol lets the agent a-1 of the host web-1 in and returns its token.
func (s *served) enrol() string {
	s.t.Helper()
	var enrolment httpapi.IssuedToken
	s.do("POST", "/api/v1/tokens", map[string]any{"purpose": "enrolment", "subject": "web", "labels": map[string]string{"tier": "web"}}, http.StatusCreated, &enrolment)
	var grant httpapi.Grant
	s.do("POST", "/api/v1/agents/enroll", map[string]string{"token": enrolment.Secret, "instance_uid": "a-1", "host": "web-1"}, http.StatusCreated, &grant)
	return grant.Token
}
