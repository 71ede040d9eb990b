//go:build linux

package remote

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
	"github.com/phoenix-platform/phoenix/tests/built"
)

const (
	applied = protobufs.RemoteConfigStatuses_RemoteConfigStatuses_APPLIED
	failed  = protobufs.RemoteConfigStatuses_RemoteConfigStatuses_FAILED
)

// host runs the built collector from an agent file, under phoenix agent
// supervise, which starts it again whenever it ends.
type host struct {
	t      *testing.T
	dir    string
	server *opampServer
	sink   *sink
	cmd    *exec.Cmd
	log    string // the path of what both say
	// agentFile and owner are what the owner of the host wrote.
	agentFile, owner string
}

// ownersConfig passes traces on, and says a little about the host.
const ownersConfig = `
receivers:
  otlp: {protocols: {http: {endpoint: OTLP}}}
exporters:
  otlphttp/own: {endpoint: SINK, sending_queue: {enabled: true}, retry_on_failure: {enabled: true}}
service:
  pipelines:
    traces/own: {receivers: [otlp], exporters: [otlphttp/own]}
  telemetry:
    metrics: {readers: []}
`

const ownersAgentFile = `
server: {endpoint: ENDPOINT}
state_directory: DIR/state
min_healthy_time: 2s
config_files: [DIR/owner.yaml]
destinations:
  destination: {endpoint: SINK}
allow:
  templates: true
ALLOW`

// newHost prepares a host; start runs its collector. Allow is further lines of
// allow in its agent file.
func newHost(t *testing.T, allow string) *host {
	h := &host{t: t, dir: t.TempDir(), server: newServer(t), sink: newSink(t)}
	h.log = filepath.Join(h.dir, "log")
	h.agentFile, h.owner = h.fill(strings.Replace(ownersAgentFile, "ALLOW", allow, 1)), h.fill(ownersConfig)
	return h
}

// fill puts what is known of the host into a text.
func (h *host) fill(text string) string {
	return strings.NewReplacer("ENDPOINT", h.server.endpoint, "DIR", h.dir, "SINK", h.sink.endpoint, "OTLP", h.sink.inbound).Replace(text)
}

// start runs the collector, and waits until it is connected.
func (h *host) start(arguments ...string) {
	h.t.Helper()
	h.write()
	out, err := os.Create(h.log)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { out.Close() })
	program := append([]string{built.Program(h.t, "otelcol-phoenix"), "--config", "phoenix:" + h.dir + "/agent.yaml"}, arguments...)
	h.cmd = exec.Command(built.Program(h.t, "phoenix"), append([]string{"agent", "supervise", "--"}, program...)...)
	h.cmd.Stdout, h.cmd.Stderr = out, out
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(h.t, h.cmd.Start())
	h.t.Cleanup(h.stop)
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("the end of what the collector said:\n%s", h.said())
		}
	})
}

func (h *host) write() {
	require.NoError(h.t, os.WriteFile(h.dir+"/owner.yaml", []byte(h.owner), 0o600))
	require.NoError(h.t, os.WriteFile(h.dir+"/agent.yaml", []byte(h.agentFile), 0o600))
}

// stop ends both in order, or by force if they do not.
func (h *host) stop() {
	if h.cmd == nil {
		return
	}
	cmd := h.cmd
	h.cmd = nil
	_ = cmd.Process.Signal(syscall.SIGTERM)
	force := time.AfterFunc(20*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	_ = cmd.Wait() // its status is the collector's last one
	force.Stop()
}

// said is the end of the log.
func (h *host) said() []byte {
	text, _ := os.ReadFile(h.log)
	return text[max(0, len(text)-6000):]
}

// pid is the collector's process; 0 while there is none.
func (h *host) pid() int {
	out, err := exec.Command("pgrep", "-P", fmt.Sprint(h.cmd.Process.Pid), "-f", "otelcol-phoenix").Output()
	if err != nil {
		return 0
	}
	var pid int
	_, _ = fmt.Sscan(string(bytes.TrimSpace(out)), &pid)
	return pid
}

// kill ends the collector without a word.
func (h *host) kill() { _ = syscall.Kill(h.pid(), syscall.SIGKILL) }

// state is what the disk says.
func (h *host) state() *remoteconfig.Reading {
	h.t.Helper()
	reading, err := remoteconfig.Read(h.dir + "/state")
	require.NoError(h.t, err)
	return reading
}

// status is what the local page says; ok is false while there is none.
func (h *host) status() (status pageStatus, ok bool) {
	out, err := exec.Command(built.Program(h.t, "phoenix"), "agent", "status", "--agent-file", h.dir+"/agent.yaml", "--json").Output()
	return status, err == nil && json.Unmarshal(out, &status) == nil
}

type pageStatus struct {
	Remote struct {
		Runs  remoteconfig.Run   `json:"runs"`
		Phase remoteconfig.Phase `json:"phase"`
	} `json:"remote"`
}

// apply offers a configuration and waits until it is applied.
func (h *host) apply(content string) (token string) {
	h.t.Helper()
	token = h.server.push(content)
	h.server.awaitStatus(h.t, token, applied)
	return token
}

// refuse offers a configuration, waits until it failed, and returns why.
func (h *host) refuse(content string) (why string) {
	h.t.Helper()
	return h.server.awaitStatus(h.t, h.server.push(content), failed)
}

// keeping is a remote configuration that keeps k processes.
func keeping(k int) string {
	return strings.Replace(processes, "K", fmt.Sprint(k), 1)
}

const processes = `
receivers:
  hostmetrics/phoenix:
    collection_interval: 1s
    scrapers:
      process: {mute_process_all_errors: true}
processors:
  topk/phoenix:
    rank_by: [{metric: cpu, k: K}]
    critical: [{name: supervisor, conditions: ['resource.attributes["process.executable.name"] == "phoenix"']}]
service:
  pipelines:
    metrics/phoenix:
      receivers: [hostmetrics/phoenix]
      processors: [topk/phoenix]
      exporters: [otlphttp/destination]
`

// slower is keeping with a scrape every other second, which no live change
// leads to.
func slower(k int) string {
	return strings.Replace(keeping(k), "collection_interval: 1s", "collection_interval: 2s", 1)
}

// count is how often a text was said.
func (h *host) count(text string) int {
	said, err := os.ReadFile(h.log)
	require.NoError(h.t, err)
	return bytes.Count(said, []byte(text))
}

func contains(text, part string) bool { return strings.Contains(text, part) }
