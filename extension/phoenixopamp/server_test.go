package phoenixopamp

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/open-telemetry/opamp-go/server"
	"github.com/open-telemetry/opamp-go/server/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// patience is how long anything may take that a test waits for.
const patience = 30 * time.Second

// opampServer is opamp-go's server on a real socket. It remembers the latest of
// everything that it was told.
type opampServer struct {
	t       *testing.T
	address string
	http    *http.Server

	mu          sync.Mutex
	told        protobufs.AgentToServer
	messages    int
	connections int
	custom      []*protobufs.CustomMessage
	statuses    []*protobufs.RemoteConfigStatus // in order, but for those of nothing
	tokens      []string
	conns       map[types.Connection]bool
	// reply is what the next message is answered with; nil: nothing.
	reply  *protobufs.ServerToAgent
	refuse int               // the HTTP status for every request; 0: they are welcome
	header map[string]string // of refusals
	enrol  http.HandlerFunc  // answers those who want to enrol; nil: nobody does
}

// newServer starts a server on a free port.
func newServer(t *testing.T, security *tls.Config) *opampServer {
	s := &opampServer{t: t, address: "127.0.0.1:0", conns: map[types.Connection]bool{}}
	s.start(security)
	t.Cleanup(s.stop)
	return s
}

func (s *opampServer) start(security *tls.Config) {
	l, err := net.Listen("tcp", s.address)
	require.NoError(s.t, err)
	s.address = l.Addr().String()
	handler, conn, err := server.New(nil).Attach(server.Settings{Callbacks: types.Callbacks{OnConnecting: s.connecting}})
	require.NoError(s.t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/opamp", handler)
	mux.HandleFunc("/api/v1/agents/enroll", func(w http.ResponseWriter, r *http.Request) { s.enrol(w, r) })
	s.http = &http.Server{Handler: mux, ConnContext: conn, ErrorLog: log.New(io.Discard, "", 0)}
	if security != nil {
		l = tls.NewListener(l, security)
	}
	go s.http.Serve(l)
}

// stop ends the server and its connections, as a crash does.
func (s *opampServer) stop() {
	s.http.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Disconnect()
	}
	clear(s.conns)
}

func (s *opampServer) connecting(r *http.Request) types.ConnectionResponse {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, r.Header.Get("Authorization"))
	if s.refuse != 0 {
		return types.ConnectionResponse{HTTPStatusCode: s.refuse, HTTPResponseHeader: s.header}
	}
	return types.ConnectionResponse{Accept: true, ConnectionCallbacks: types.ConnectionCallbacks{
		OnConnected: s.connected, OnMessage: s.message, OnConnectionClose: s.closed,
	}}
}

func (s *opampServer) connected(_ context.Context, c types.Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	s.conns[c] = true
}

func (s *opampServer) closed(c types.Connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

func (s *opampServer) message(_ context.Context, _ types.Connection, m *protobufs.AgentToServer) *protobufs.ServerToAgent {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages++
	if m.CustomMessage != nil {
		s.custom = append(s.custom, m.CustomMessage)
		m.CustomMessage = nil
	}
	if m.RemoteConfigStatus.GetLastRemoteConfigHash() != nil {
		s.statuses = append(s.statuses, m.RemoteConfigStatus)
		s.told.RemoteConfigStatus = nil
	}
	proto.Merge(&s.told, m)
	if m.Health != nil {
		s.told.Health = m.Health // merging would keep what is no more
	}
	if m.EffectiveConfig != nil {
		s.told.EffectiveConfig = m.EffectiveConfig
	}
	reply := s.reply
	s.reply = nil
	if reply == nil {
		reply = &protobufs.ServerToAgent{}
	}
	reply.InstanceUid = m.InstanceUid
	return reply
}

// send sends to every connection, or with plain HTTP at the next request.
func (s *opampServer) send(m *protobufs.ServerToAgent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.Send(context.Background(), m) == nil {
			return
		}
	}
	s.reply = m
}

func (s *opampServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// await waits until what the server knows is as it should be.
func (s *opampServer) await(what string, ok func() bool) {
	s.t.Helper()
	await(s.t, what, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return ok()
	})
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}
