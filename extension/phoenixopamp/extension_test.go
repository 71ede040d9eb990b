package phoenixopamp

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pipeline"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadata"
)

// instance is an extension under test and what it logs.
type instance struct {
	*Extension
	logs *observer.ObservedLogs
}

// configure returns the configuration of a server's agent in a new directory.
func configure(t *testing.T, endpoint string) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.StateDirectory = filepath.Join(t.TempDir(), "state")
	cfg.Server.Endpoint = endpoint
	cfg.Labels = map[string]string{"site": "north"}
	t.Cleanup(func() { forget(cfg.StateDirectory) })
	return cfg
}

// forget ends the agent of a state directory, as the end of a process does.
func forget(directory string) {
	agents.Lock()
	defer agents.Unlock()
	if a := agents.of[directory]; a != nil {
		delete(agents.of, directory)
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.waiting != nil {
			a.waiting.Stop()
		}
		a.end(context.Background())
	}
}

// build makes an extension that waits less than usual.
func build(cfg *Config) *instance {
	set := extensiontest.NewNopSettings(metadata.Type)
	core, logs := observer.New(zap.DebugLevel)
	set.Logger = zap.New(core)
	set.BuildInfo = component.BuildInfo{Command: "otelcol-phoenix", Version: "1.2.3"}
	e := newExtension(set, cfg)
	e.timing = timing{
		firstWait: 10 * time.Millisecond, longestWait: 50 * time.Millisecond,
		settle: time.Millisecond, grace: time.Minute, goodbye: 3 * time.Second,
		rename: time.Millisecond, silence: time.Minute,
	}
	return &instance{e, logs}
}

// start starts an extension, with a configuration and a component, and ends it
// with the test.
func start(t *testing.T, cfg *Config) *instance {
	t.Helper()
	e := build(cfg)
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, e.Shutdown(context.Background())) })
	e.run()
	return e
}

// run does what the collector does once it has started.
func (e *instance) run() {
	topk := componentstatus.NewInstanceID(component.MustNewID("topk"), component.KindProcessor, pipeline.NewID(pipeline.SignalMetrics))
	e.ComponentStatusChanged(topk, componentstatus.NewEvent(componentstatus.StatusOK))
	conf := map[string]any{"exporters": map[string]any{"otlphttp": map[string]any{
		"endpoint": "https://me:hunter2@example.com", "api_token": "hunter2", "timeout": "${env:TIMEOUT}",
	}}}
	if err := e.NotifyConfigSnapshot(context.Background(), extensioncapabilities.NewConfigSnapshot(nil, confmap.NewFromStringMap(conf))); err != nil {
		panic(err)
	}
}

func transports(s *opampServer) map[string]string {
	return map[string]string{"WebSocket": "ws://" + s.address + "/v1/opamp", "plain HTTP": "http://" + s.address + "/v1/opamp"}
}

func TestTheServerIsTold(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			e := start(t, configure(t, transports(s)[transport]))
			s.await("health and configuration", func() bool {
				return s.told.Health.GetHealthy() && s.told.EffectiveConfig != nil
			})
			s.set(func() {
				uid := e.agent.identity.current()
				require.Equal(t, uid[:], s.told.InstanceUid)
				require.Equal(t, map[string]string{
					"service.name": "otelcol-phoenix", "service.version": "1.2.3", "service.instance.id": e.agent.identity.current().String(),
				}, values(s.told.AgentDescription.IdentifyingAttributes))
				rest := values(s.told.AgentDescription.NonIdentifyingAttributes)
				require.Equal(t, "north", rest["site"])
				require.NotEmpty(t, rest["host.name"])
				require.NotEmpty(t, rest["os.type"])
				require.Equal(t, uint64(capabilities), s.told.Capabilities)
				part := s.told.Health.ComponentHealthMap["pipeline:metrics"].ComponentHealthMap["processor:topk"]
				require.Equal(t, "StatusOK", part.Status)
				require.True(t, part.Healthy)
				text := string(s.told.EffectiveConfig.ConfigMap.ConfigMap[""].Body)
				require.Equal(t, "exporters:\n    otlphttp:\n        api_token: '[REDACTED]'\n        endpoint: https://[REDACTED]@example.com\n        timeout: ${env:TIMEOUT}\n", text)
				require.NotEmpty(t, s.told.AvailableComponents.Hash)
			})
			await(t, "the state to say so", func() bool { return e.agent.state.standing().Connected })
		})
	}
}

func values(attributes []*protobufs.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range attributes {
		m[a.Key] = a.Value.GetStringValue()
	}
	return m
}

func TestAReloadKeepsTheConnection(t *testing.T) {
	s := newServer(t, nil)
	cfg := configure(t, transports(s)["WebSocket"])
	first := start(t, cfg)
	s.await("a connection", func() bool { return s.told.EffectiveConfig != nil })
	uid := first.agent.identity.current()
	require.NoError(t, first.Shutdown(t.Context()))

	changed := *cfg
	changed.Labels = map[string]string{"site": "south"}
	second := start(t, &changed)
	s.await("the new label", func() bool {
		return values(s.told.AgentDescription.GetNonIdentifyingAttributes())["site"] == "south"
	})
	require.Equal(t, uid, second.agent.identity.current())
	s.set(func() { require.Equal(t, 1, s.connections) })
}

func TestAnotherServerIsAnotherConnection(t *testing.T) {
	one, two := newServer(t, nil), newServer(t, nil)
	cfg := configure(t, transports(one)["WebSocket"])
	first := start(t, cfg)
	one.await("a report", func() bool { return one.told.Health.GetHealthy() })
	require.NoError(t, first.Shutdown(t.Context()))
	changed := *cfg
	changed.Server.Endpoint = transports(two)["WebSocket"]
	start(t, &changed)
	two.await("a report", func() bool { return two.told.Health.GetHealthy() })
	one.await("a farewell", func() bool { return one.told.AgentDisconnect != nil && len(one.conns) == 0 })
}

func TestTheEndOfTheProcessEndsTheConnection(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a connection", func() bool { return s.told.Health != nil })
	e.agent.signals <- syscall.SIGTERM
	require.NoError(t, e.Shutdown(t.Context()))
	s.await("a farewell", func() bool { return s.told.AgentDisconnect != nil && len(s.conns) == 0 })
}

// A collector that is told to end while it reloads starts once more before it
// ends.
func TestTheEndDuringAReloadEndsTheConnection(t *testing.T) {
	s := newServer(t, nil)
	cfg := configure(t, transports(s)["WebSocket"])
	first := start(t, cfg)
	s.await("a connection", func() bool { return s.told.Health != nil })
	first.agent.signals <- syscall.SIGTERM
	require.NoError(t, first.Shutdown(t.Context()))
	s.await("a farewell", func() bool { return s.told.AgentDisconnect != nil && len(s.conns) == 0 })
	s.set(func() { s.told.AgentDisconnect = nil })

	second := start(t, cfg)
	s.await("another connection", func() bool { return len(s.conns) == 1 })
	require.NoError(t, second.Shutdown(t.Context()))
	s.await("another farewell", func() bool { return s.told.AgentDisconnect != nil && len(s.conns) == 0 })
}

func TestAnAgentThatNobodyTakesEnds(t *testing.T) {
	s := newServer(t, nil)
	cfg := configure(t, transports(s)["WebSocket"])
	e := build(cfg)
	e.timing.grace = 0
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	s.await("a connection", func() bool { return len(s.conns) == 1 })
	require.NoError(t, e.Shutdown(t.Context()))
	s.await("a farewell", func() bool { return s.told.AgentDisconnect != nil && len(s.conns) == 0 })
	await(t, "the agent to be forgotten", func() bool {
		agents.Lock()
		defer agents.Unlock()
		return agents.of[cfg.StateDirectory] == nil
	})
}

func TestAStateDirectoryIsOfOneExtension(t *testing.T) {
	cfg := configure(t, "")
	start(t, cfg)
	e := build(cfg)
	require.EqualError(t, e.Start(t.Context(), componenttest.NewNopHost()),
		"two phoenix_opamp extensions have the state directory "+cfg.StateDirectory+"; give each its own state_directory")
	require.NoError(t, e.Shutdown(t.Context()))
}

func TestShutdownWithoutStartAndAgain(t *testing.T) {
	e := build(configure(t, ""))
	require.NoError(t, e.Shutdown(t.Context()))
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, e.Shutdown(t.Context()))
	require.NoError(t, e.Shutdown(t.Context()))
}

func TestADirectoryThatCannotBeMadeFailsTheStart(t *testing.T) {
	cfg := configure(t, "")
	require.NoError(t, os.WriteFile(cfg.StateDirectory, nil, 0o600))
	err := build(cfg).Start(t.Context(), componenttest.NewNopHost())
	require.ErrorContains(t, err, "make the state directory: ")
	require.ErrorContains(t, err, "change state_directory")
}
