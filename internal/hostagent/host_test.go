package hostagent

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap/zaptest"

	"github.com/phoenix-platform/phoenix/internal/dataflow"
	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is one with an agent file, and a collector that runs what its agent says.
// It is used within a bubble of package synctest.
type host struct {
	t    *testing.T
	path string

	mu       sync.Mutex
	agent    *Agent
	meter    *meter
	service  *service
	detach   func()
	config   map[string]any // that runs
	reloads  []time.Time
	exits    int
	answers  []remoteconfig.Answer
	news     int
	starting Health // while everything starts; the zero value: all start
	slow     time.Duration
	refusal  error           // of live changes
	invalid  map[string]bool // what no child takes, if it is in the configuration
	checks   int
}

const owners = `
receivers:
  hostmetrics/own: {collection_interval: 5s, scrapers: {cpu: {}}}
exporters:
  debug/own: {}
service:
  pipelines:
    metrics/own: {receivers: [hostmetrics/own], exporters: [debug/own]}
`

// agentFile has %s for the directory.
const agentFile = `
state_directory: %[1]s/state
min_healthy_time: 10s
config_files: [%[1]s/owner.yaml]
destinations:
  destination: {endpoint: "http://127.0.0.1:4318"}
allow:
  templates: true
  components:
    exporters/otlphttp: {endpoint: {type: endpoint}, "headers::key": {type: string}}
  endpoints: ["http://127.0.0.1:9"]
  secrets:
    - {use: "${env:PHOENIX_TEST_KEY}", component: otlphttp/phoenix, field: "headers::key", endpoint: "http://127.0.0.1:9"}
`

func newHost(t *testing.T) *host {
	dir := t.TempDir()
	h := &host{t: t, path: filepath.Join(dir, "agent.yaml"), invalid: map[string]bool{}}
	h.write("owner.yaml", owners)
	h.write("agent.yaml", fmt.Sprintf(agentFile, dir))
	t.Cleanup(h.kill)
	return h
}

func (h *host) write(name, content string) {
	require.NoError(h.t, os.WriteFile(filepath.Join(filepath.Dir(h.path), name), []byte(content), 0o600))
}

// keeping is a remote configuration that keeps k processes.
func keeping(k int) []byte { return remote(k, "otlphttp/destination") }

func remote(k int, exporter string) []byte {
	return fmt.Appendf(nil, `
receivers:
  processmetrics/phoenix:
    collection_interval: 5s
    selection:
      topk: {rank_by: [{metric: cpu, k: %d}], half_life: 30s}
service:
  pipelines:
    metrics/phoenix: {receivers: [processmetrics/phoenix], exporters: [%s]}
`, k, exporter)
}

// other is a remote configuration that no live change leads to.
func other() []byte {
	return []byte(strings.Replace(string(keeping(5)), "half_life: 30s", "half_life: 20s", 1))
}

// start starts a process.
func (h *host) start() {
	h.meter = newMeter()
	a, err := Of(h.path, Options{
		Logger:   zaptest.NewLogger(h.t),
		Listen:   func() (Meter, error) { return h.meter, nil },
		Validate: h.validate,
		Exit:     func(int) { h.exits++; go h.kill() },
	})
	require.NoError(h.t, err)
	h.agent = a
	h.serve()
	go h.meter.feed()
}

// serve starts a service, as the collector does at its start and when it reloads.
func (h *host) serve() {
	config, err := h.agent.Retrieve(h.t.Context(), h.reload)
	require.NoError(h.t, err)
	h.service = &service{host: h}
	time.Sleep(h.slow)
	if h.ended() {
		return
	}
	detach := h.agent.Attach(h.service)
	h.mu.Lock()
	h.config, h.detach = config, detach
	h.mu.Unlock()
	h.meter.run(config)
	if h.starting.Permanent {
		h.agent.Health(h.starting)
		h.kill()
		return
	}
	h.agent.Health(Health{OK: true})
	h.agent.Ready()
}

func (h *host) ended() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.agent == nil
}

func (h *host) reload() {
	h.mu.Lock()
	h.reloads = append(h.reloads, time.Now())
	h.mu.Unlock()
	h.detach()
	h.serve()
}

// kill ends the process without a word.
func (h *host) kill() {
	h.mu.Lock()
	a := h.agent
	h.agent = nil
	h.mu.Unlock()
	if a == nil {
		return
	}
	h.meter.stop()
	forget(a)
	a.stop()
	a.mu.Lock()
	a.unwatch()
	a.ended = true
	a.preparing.end()
	a.mu.Unlock()
	a.working.Wait()
	_ = a.life.Close() // a test may have closed it
}

// restart is a kill and a start.
func (h *host) restart() {
	h.kill()
	h.start()
}

func (h *host) validate(_ context.Context, config map[string]any, _ []string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks++
	for text := range h.invalid {
		if strings.Contains(fmt.Sprint(config), text) {
			return remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: text + " is no good"}
		}
	}
	return nil
}

// offer makes an offer; its token is its content's first letters of the hash.
func (h *host) offer(content []byte) remoteconfig.Hash {
	hash := remoteconfig.Sum(content)
	h.agent.Offer(Offer{Content: content, Token: []byte(hash[:8]), Reason: "test"})
	return hash
}

// told is the last answer about a configuration, as STATUS or STATUS code.
func (h *host) told(hash remoteconfig.Hash) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.answers) - 1; i >= 0; i-- {
		if a := h.answers[i]; a.Hash == hash {
			return strings.TrimSpace(string(a.Status) + " " + string(a.Cause.Code))
		}
	}
	return ""
}

// k is how many processes are kept by what runs; 0 if there is no choice.
func (h *host) k() any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return dig(h.config, "receivers", "processmetrics/phoenix", "selection", "topk", "rank_by")
}

func dig(value any, keys ...string) any {
	for _, key := range keys {
		m, _ := value.(map[string]any)
		value = m[key]
	}
	return value
}

func ranked(k int) any { return []any{map[string]any{"metric": "cpu", "k": k}} }

// refuse has the service refuse live changes from now on.
func (h *host) refuse(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusal = err
}

// service is one that takes what it is handed.
type service struct{ host *host }

func (s *service) Change(_ context.Context, settings []ownership.Setting) error {
	h := s.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refusal != nil {
		return h.refusal
	}
	config := maps.Clone(h.config)
	for _, setting := range settings {
		for _, kind := range []string{"receivers", "processors"} {
			if dig(config, kind, setting.ID) != nil {
				config[kind] = maps.Clone(config[kind].(map[string]any))
				config[kind].(map[string]any)[setting.ID] = setting.Config
			}
		}
	}
	h.config = config
	return nil
}

func (s *service) Answered(a remoteconfig.Answer) {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	s.host.answers = append(s.host.answers, a)
}

func (s *service) Reported() {
	s.host.mu.Lock()
	defer s.host.mu.Unlock()
	s.host.news++
}

// meter counts what flows: everything, but for exporters that are stuck.
type meter struct {
	changed chan struct{}
	end     chan struct{}

	mu     sync.Mutex
	counts dataflow.Counts
	config map[string]any
	stuck  map[string]bool
	closed bool
}

func newMeter() *meter {
	return &meter{changed: make(chan struct{}, 1), end: make(chan struct{}), stuck: map[string]bool{}}
}

func (m *meter) Reader() map[string]any   { return map[string]any{"periodic": map[string]any{}} }
func (m *meter) Changed() <-chan struct{} { return m.changed }
func (m *meter) Close() error             { return nil }

func (m *meter) Counts() dataflow.Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

func (m *meter) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		close(m.end)
		m.closed = true
	}
}

func (m *meter) run(config map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.config = config
}

func (m *meter) feed() {
	for {
		select {
		case <-m.end:
			return
		case <-time.After(dataflow.Interval):
			m.report()
		}
	}
}

func (m *meter) report() {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := dataflow.Counts{Report: m.counts.Report + 1, Receivers: map[string]dataflow.Receiver{}, Exporters: map[string]dataflow.Exporter{}}
	for id := range section(m.config, "receivers") {
		next.Receivers[id] = dataflow.Receiver{Accepted: int64(next.Report) * 10}
	}
	for id := range section(m.config, "exporters") {
		e := dataflow.Exporter{Sent: int64(next.Report) * 10}
		if m.stuck[id] {
			e = dataflow.Exporter{Failed: int64(next.Report) * 10, Waiting: 1}
		}
		next.Exporters[id] = e
	}
	m.counts = next
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

func section(config map[string]any, key string) map[string]any {
	m, _ := config[key].(map[string]any)
	return m
}

var errBusy = errors.New("topk: busy")
