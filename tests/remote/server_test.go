//go:build linux

package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
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
	// conn is the latest connection, offer what is to run, and statuses are the
	// answers, in order.
	conn     types.Connection
	offer    *protobufs.AgentRemoteConfig
	statuses []*protobufs.RemoteConfigStatus
	attempts []byte // as last told, in JSON
	messages []string
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
		OnConnected: func(_ context.Context, c types.Connection) { s.with(func() { s.connections++; s.conn = c }) },
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
	if status := m.RemoteConfigStatus; status != nil && status.Status != protobufs.RemoteConfigStatuses_RemoteConfigStatuses_UNSET {
		s.statuses = append(s.statuses, status)
	}
	if c := m.CustomMessage; c.GetType() == "attempts" {
		s.attempts = c.Data
	}
	s.messages = append(s.messages, m.String())
	answer := &protobufs.ServerToAgent{InstanceUid: m.InstanceUid}
	if m.AgentDescription != nil { // it is new here
		answer.RemoteConfig = s.offer
	}
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

// push offers a configuration to the agent that is connected, and to whoever
// connects later. The hash that it goes by is the content's. Older answers are
// forgotten.
func (s *opampServer) push(content string) string {
	token := sha256.Sum256([]byte(content))
	files := map[string]*protobufs.AgentConfigObject{}
	if content != "" {
		files["phoenix.yaml"] = &protobufs.AgentConfigObject{Body: []byte(content), ContentType: "text/yaml"}
	}
	offer := &protobufs.AgentRemoteConfig{
		Config: &protobufs.AgentConfigMap{ConfigMap: files}, ConfigHash: token[:],
	}
	var conn types.Connection
	s.with(func() { s.offer, conn, s.statuses = offer, s.conn, nil })
	if conn != nil {
		_ = conn.Send(context.Background(), &protobufs.ServerToAgent{RemoteConfig: offer}) // or when it connects
	}
	return hex.EncodeToString(token[:])
}

// repeat offers the same as before.
func (s *opampServer) repeat() {
	var conn types.Connection
	var offer *protobufs.AgentRemoteConfig
	s.with(func() { conn, offer = s.conn, s.offer })
	_ = conn.Send(context.Background(), &protobufs.ServerToAgent{RemoteConfig: offer}) // what comes of it is seen
}

// statusOf is the latest answer about a configuration; nil if there is none.
func (s *opampServer) statusOf(token string) *protobufs.RemoteConfigStatus {
	for _, status := range slices.Backward(s.statuses) {
		if hex.EncodeToString(status.LastRemoteConfigHash) == token {
			return status
		}
	}
	return nil
}

// awaitStatus waits for an answer about a configuration, and returns its message.
func (s *opampServer) awaitStatus(t *testing.T, token string, want protobufs.RemoteConfigStatuses) (message string) {
	t.Helper()
	s.await(t, want.String()+" of "+token[:8], func() bool {
		status := s.statusOf(token)
		message = status.GetErrorMessage()
		if want == applied {
			require.NotEqual(t, failed, status.GetStatus(), "%s", message)
		}
		return status.GetStatus() == want
	})
	return message
}
