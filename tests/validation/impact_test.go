package validation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/internal/recording"
	"github.com/phoenix-platform/phoenix/tests/built"
)

// plane is the built control plane while it runs, with a token of its
// administrator.
type plane struct{ url, token string }

func startPlane(t *testing.T) *plane {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(built.Program(t, "phoenix-controlplane"), "--data-dir", dir, "--listen", "127.0.0.1:0", "--log-level", "warn")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		require.NoError(t, cmd.Wait())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, address, ok := strings.Cut(strings.TrimSpace(line), "listening on ")
	require.True(t, ok, line)
	first, err := os.ReadFile(filepath.Join(dir, "admin-token"))
	require.NoError(t, err)
	p := &plane{url: "http://" + address, token: strings.TrimSpace(string(first))}
	var issued struct{ Secret string }
	require.Equal(t, http.StatusCreated, p.post(t, "/api/v1/tokens/exchange", map[string]any{"token": p.token, "subject": "ada"}, &issued))
	p.token = issued.Secret
	return p
}

// post returns the status of the answer.
func (p *plane) post(t *testing.T, path string, content, into any) int {
	t.Helper()
	text, err := json.Marshal(content)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, bytes.NewReader(text))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+p.token)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.NoError(t, json.NewDecoder(resp.Body).Decode(into))
	return resp.StatusCode
}

const alerts = `
groups:
  - name: processes
    rules:
      - {alert: HostBusy, expr: 'sum by (host_name) (rate(process_cpu_time_seconds_total[5m])) > 3'}
      - {alert: CronGone, expr: 'absent(process_memory_usage_bytes{process_executable_name="IDLE"})'}
      - {record: each, expr: 'max by (process_executable_name) (process_memory_usage_bytes)'}
`

// The critical list that an impact prints keeps what the queries ask for.
func TestTheImpactOfATemplateEndsWithItsCriticalList(t *testing.T) {
	p := startPlane(t)
	in := map[string]any{"pipeline": map[string]any{"template": "process-topk-v1"}}
	var simulated httpapi.Simulation
	require.Equal(t, http.StatusOK, p.post(t, "/api/v1/pipelines/simulate", in, &simulated))
	require.Greater(t, simulated.SavedShare, 0.9)
	idle := simulated.Dropped[len(simulated.Dropped)-1].Name

	in["files"] = []httpapi.QueryFile{{Name: "alerts.yaml", Text: strings.ReplaceAll(alerts, "IDLE", idle)}}
	var lost httpapi.Impact
	require.Equal(t, http.StatusOK, p.post(t, "/api/v1/pipelines/impact", in, &lost))
	require.Equal(t, 3, lost.Queries)
	require.Empty(t, lost.Unread)
	require.Len(t, lost.Affected, 2, "the sum loses nothing")
	require.Equal(t, "named", lost.Affected[0].How)
	require.Equal(t, []string{idle}, lost.Affected[0].Lost)
	require.Equal(t, "each", lost.Affected[1].How)
	require.Len(t, lost.Critical, 1)

	in["critical"] = lost.Critical
	var kept httpapi.Impact
	require.Equal(t, http.StatusOK, p.post(t, "/api/v1/pipelines/impact", in, &kept))
	require.Len(t, kept.Affected, 1)
	require.Equal(t, "each", kept.Affected[0].How)
	require.Empty(t, kept.Critical)
}

// Somebody's own recording is simulated, and what is none is refused.
func TestAnUploadedRecordingIsSimulated(t *testing.T) {
	p := startPlane(t)
	var file bytes.Buffer
	require.NoError(t, recording.Write(&file, scrapes(t)[:3]))
	in := map[string]any{"pipeline": map[string]any{"template": "process-topk-v1"}, "recording": file.Bytes()}
	var simulated httpapi.Simulation
	require.Equal(t, http.StatusOK, p.post(t, "/api/v1/pipelines/simulate", in, &simulated))
	require.Equal(t, 3, simulated.Scrapes)

	for name, recorded := range map[string][]byte{"text": []byte("scrapes"), "cut off": file.Bytes()[:file.Len()/2]} {
		in["recording"] = recorded
		var problem struct {
			Code   string
			Errors []controlplane.Detail
		}
		require.Equal(t, http.StatusUnprocessableEntity, p.post(t, "/api/v1/pipelines/simulate", in, &problem), name)
		require.Equal(t, "invalid", problem.Code)
		require.Equal(t, "/recording", problem.Errors[0].Pointer)
		require.Contains(t, problem.Errors[0].Message, "cut off, or no recording")
	}
}
