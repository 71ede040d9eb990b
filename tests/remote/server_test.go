//go:build linux

package remote

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/open-telemetry/opamp-go/server"
	"github.com/open-telemetry/opamp-go/server/types"
	"github.com/stretchr/testify/require"
)

// patience is how long anything may take that a test waits for.
const patience = time.Minute

// opampServer remembers the latest of what an agent told it.
type opampServer struct {
	endpoint string

	mu          sync.Mutex
	description *protobufs.AgentDescription
	health      *protobufs.ComponentHealth
	components  *protobufs.AvailableComponents
	config      string
	connections int
	farewells   int
}

func newServer(t *testing.T) *opampServer {
	s := &opampServer{}
	handler, conn, err := server.New(nil).Attach(server.Settings{Callbacks: types.Callbacks{OnConnecting: s.connecting}})
	require.NoError(t, err)
	h := httptest.NewUnstartedServer(http.HandlerFunc(handler))
	h.Config.ConnContext = conn
	h.Start()
	t.Cleanup(h.Close)
	s.endpoint = strings.Replace(h.URL, "http", "ws", 1) + "/v1/opamp"
	return s
}

func (s *opampServer) connecting(*http.Request) types.ConnectionResponse {
	return types.ConnectionResponse{Accept: true, ConnectionCallbacks: types.ConnectionCallbacks{
		OnConnected: func(context.Context, types.Connection) { s.with(func() { s.connections++ }) },
		OnMessage:   s.message,
	}}
}

func (s *opampServer) message(_ context.Context, _ types.Connection, m *protobufs.AgentToServer) *protobufs.ServerToAgent {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.AgentDescription != nil {
		s.description = m.AgentDescription
	}
	if m.Health != nil {
		s.health = m.Health
	}
	if m.EffectiveConfig != nil {
		s.config = string(m.EffectiveConfig.ConfigMap.ConfigMap[""].Body)
	}
	if m.AgentDisconnect != nil {
		s.farewells++
	}
	answer := &protobufs.ServerToAgent{InstanceUid: m.InstanceUid}
	if m.AvailableComponents.GetComponents() != nil {
		s.components = m.AvailableComponents
	} else if m.AvailableComponents != nil {
		answer.Flags = uint64(protobufs.ServerToAgentFlags_ServerToAgentFlags_ReportAvailableComponents)
	}
	return answer
}

func (s *opampServer) with(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// await waits until what the server knows is as it should be.
func (s *opampServer) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		done := false
		s.with(func() { done = ok() })
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
