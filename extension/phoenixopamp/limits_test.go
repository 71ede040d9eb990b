package phoenixopamp

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/client/types"
	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"golang.org/x/time/rate"
)

// A server that says years would be rid of the agent for good.
func TestAServerCannotSilenceTheAgentForGood(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			s.refuse, s.header = http.StatusServiceUnavailable, map[string]string{"Retry-After": "99999999"}
			e := build(configure(t, transports(s)[transport]))
			e.timing.silence = 50 * time.Millisecond
			e.cfg.HeartbeatInterval = time.Millisecond
			require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
			defer e.Shutdown(context.Background())
			s.await("another attempt", func() bool { return len(s.tokens) >= 2 })
			s.set(func() { s.refuse = 0 })
			s.await("a report", func() bool { return s.told.AgentDescription != nil })
		})
	}
}

// By plain HTTP the server says how often it is asked.
func TestAServerThatWantsToBeAskedSeldomIsAskedAllTheSame(t *testing.T) {
	s := newServer(t, nil)
	e := build(configure(t, transports(s)["plain HTTP"]))
	e.timing.silence = 50 * time.Millisecond
	e.cfg.HeartbeatInterval = 10 * time.Millisecond
	s.reply = &protobufs.ServerToAgent{ConnectionSettings: &protobufs.ConnectionSettingsOffers{
		Hash: []byte("x"), Opamp: &protobufs.OpAMPConnectionSettings{HeartbeatIntervalSeconds: 1 << 30},
	}}
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	defer e.Shutdown(context.Background())
	s.await("farewells to what it was told", func() bool { return s.messages > 4 })
	require.NotEmpty(t, e.agent.state.standing().Refused["connection_settings"])
}

func TestAConnectionThatLastsIsNotRenewed(t *testing.T) {
	s := newServer(t, nil)
	e := build(configure(t, transports(s)["WebSocket"]))
	e.timing.silence = 10 * time.Millisecond
	e.cfg.HeartbeatInterval = time.Millisecond
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	defer e.Shutdown(context.Background())
	s.await("a connection", func() bool { return s.connections == 1 })
	require.Never(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.connections > 1 }, 100*time.Millisecond, 10*time.Millisecond)
}

// A server that gives another id with every answer would have the agent write
// and answer for ever.
func TestIDsAreTakenAtAPace(t *testing.T) {
	s := newServer(t, nil)
	e := build(configure(t, transports(s)["WebSocket"]))
	e.timing.rename = time.Hour
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	defer e.Shutdown(context.Background())
	s.await("a connection", func() bool { return s.told.Health != nil })
	first := uuid.Must(uuid.NewV7())
	give := func(uid uuid.UUID) {
		s.send(&protobufs.ServerToAgent{AgentIdentification: &protobufs.AgentIdentification{NewInstanceUid: uid[:]}})
	}
	give(first)
	await(t, "the id", func() bool { return e.agent.identity.current() == first })
	await(t, "its description", func() bool { return e.agent.state.standing().Reports["description"] == 1 })
	before := e.agent.state.standing()
	const more = 20
	for range more {
		give(uuid.Must(uuid.NewV7()))
	}
	await(t, "the rest", func() bool { return e.agent.state.standing().Received >= before.Received+more })
	require.Equal(t, first, e.agent.identity.current())
	require.Equal(t, before.Reports["description"], e.agent.state.standing().Reports["description"])
}

func TestTheLatestIDIsTaken(t *testing.T) {
	e := start(t, configure(t, ""))
	c := &connection{agent: e.agent, given: make(chan uuid.UUID, 1)}
	one, two := uuid.New(), uuid.New()
	c.renamed(one)
	c.renamed(two)
	require.Equal(t, two, <-c.given)
}

func TestQuestionsAreAnsweredAtAPace(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a connection", func() bool { return s.told.Health != nil })
	before := e.agent.state.standing()
	const questions = 150
	for range questions {
		s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{Capability: "io.phoenix.explain", Type: "question", Data: []byte("{}")}})
	}
	await(t, "the questions", func() bool { return e.agent.state.standing().Received >= before.Received+questions })
	require.Less(t, e.agent.state.standing().Reports["message"], int64(questions))
	require.Equal(t, 1, e.logs.FilterMessage("a message of the OpAMP server is dropped: there are too many").Len(), "it is said once a minute")
}

// What a server asks for without a pause waits at the server.
func TestMessagesAreReadAtAPace(t *testing.T) {
	e := start(t, configure(t, ""))
	c := &connection{agent: e.agent, limits: limits{messages: rate.NewLimiter(rate.Every(time.Hour), 1)}}
	ctx, end := context.WithCancel(t.Context())
	c.onMessage(ctx, &types.MessageData{})
	time.AfterFunc(10*time.Millisecond, end)
	c.onMessage(ctx, &types.MessageData{})
	require.EqualValues(t, 1, e.agent.state.standing().Received)
}

func TestThePageIsReadByALimitedNumber(t *testing.T) {
	e := start(t, configure(t, ""))
	var conns []net.Conn
	for range mostReaders {
		c, err := net.Dial("unix", e.cfg.socket())
		require.NoError(t, err)
		conns = append(conns, c)
	}
	client := socketClient(t, e.cfg.socket())
	client.Timeout = 100 * time.Millisecond
	_, err := client.Get("http://page/status")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	for _, c := range conns {
		require.NoError(t, c.Close())
	}
	status, _ := get(t, socketClient(t, e.cfg.socket()), "http://page/status")
	require.Equal(t, http.StatusOK, status)
}

// Between its birth and a change of its mode anybody could connect to a socket.
func TestTheSocketIsNeverOpenToOthers(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "page.sock")
	l, err := (&net.ListenConfig{Control: restrict}).Listen(t.Context(), "unix", path)
	require.NoError(t, err)
	defer l.Close()
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(socketMode), info.Mode().Perm())
}
