package phoenixopamp

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/open-telemetry/opamp-go/protobufs"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.uber.org/zap"
)

func TestAServerThatIsAwayDisturbsNothing(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			s.stop()
			e := start(t, configure(t, transports(s)[transport]))
			await(t, "attempts", func() bool { return e.agent.state.standing().Errors >= 3 })
			require.Len(t, e.logs.FilterLevelExact(zap.WarnLevel).All(), 1, "it is said once")

			s.start(nil)
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
		})
	}
}

func TestTheConnectionComesBack(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.stop()
	await(t, "the loss to be seen", func() bool { return !e.agent.state.standing().Connected })
	extension := componentstatus.NewInstanceID(component.MustNewID("zpages"), component.KindExtension)
	e.ComponentStatusChanged(extension, componentstatus.NewEvent(componentstatus.StatusOK))
	s.start(nil)
	s.await("what happened meanwhile", func() bool {
		return s.told.Health.ComponentHealthMap["extensions"] != nil
	})
	require.EqualValues(t, 2, e.agent.state.standing().Connections)
}

// A server that takes a connection only to drop it is not besieged.
func TestConnectionsThatDoNotLastAreWaitedFor(t *testing.T) {
	s := newServer(t, nil)
	e := build(configure(t, transports(s)["WebSocket"]))
	e.timing.firstWait, e.timing.longestWait = patience, patience
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	s.await("a connection", func() bool { return len(s.conns) == 1 })
	s.stop()
	s.start(nil)
	require.Never(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.connections > 1 }, 200*time.Millisecond, 10*time.Millisecond)
	require.NoError(t, e.Shutdown(t.Context()))
	forget(e.cfg.StateDirectory) // which does not wait
	s.set(func() { require.Equal(t, 1, s.connections) })
}

func TestTheTokenIsReadAtEachConnection(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			s.refuse = http.StatusUnauthorized
			cfg := configure(t, transports(s)[transport])
			cfg.Server.TokenFile = filepath.Join(t.TempDir(), "token")
			e := start(t, cfg)
			await(t, "the missing file to be told", func() bool {
				return strings.Contains(e.agent.state.standing().LastError, "token_file: open "+cfg.Server.TokenFile)
			})
			require.NoError(t, os.WriteFile(cfg.Server.TokenFile, []byte("old\n"), 0o600))
			s.await("the token", func() bool { return len(s.tokens) > 0 && s.tokens[len(s.tokens)-1] == "Bearer old" })
			await(t, "the refusal to be told", func() bool {
				return strings.Contains(e.agent.state.standing().LastError, "the server answered 401 Unauthorized")
			})
			require.NoError(t, os.WriteFile(cfg.Server.TokenFile, []byte("new\n"), 0o600))
			s.await("the new token", func() bool { return s.tokens[len(s.tokens)-1] == "Bearer new" })
			s.set(func() { s.refuse = 0 })
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
			require.Equal(t, 1, e.logs.FilterMessageSnippet("unencrypted").Len())
			require.LessOrEqual(t, e.logs.FilterMessageSnippet("cannot reach").FilterLevelExact(zap.WarnLevel).Len(), 3, "each trouble is said once")
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			s.refuse, s.header = http.StatusServiceUnavailable, map[string]string{"Retry-After": "3600"}
			e := start(t, configure(t, transports(s)[transport]))
			await(t, "the refusal", func() bool { return e.agent.state.standing().Errors > 0 })
			require.Never(t, func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.tokens) > 1 }, 200*time.Millisecond, 10*time.Millisecond)
		})
	}
}

func TestAMessageThatIsTooLargeIsNotTaken(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.send(&protobufs.ServerToAgent{CustomMessage: &protobufs.CustomMessage{
		Capability: "io.phoenix.explain", Type: "question", Data: make([]byte, largestMessage),
	}})
	await(t, "another connection", func() bool { return e.agent.state.standing().Connections == 2 })
	s.set(func() { require.Empty(t, s.custom, "it was answered") })
}

func TestRedirectsAreRefused(t *testing.T) {
	elsewhere := newServer(t, nil)
	redirecting := httptest.NewServer(http.RedirectHandler("http://"+elsewhere.address+"/v1/opamp", http.StatusTemporaryRedirect))
	defer redirecting.Close()
	for _, scheme := range []string{"ws", "http"} {
		t.Run(scheme, func(t *testing.T) {
			e := start(t, configure(t, scheme+strings.TrimPrefix(redirecting.URL, "http")))
			await(t, "attempts", func() bool { return e.agent.state.standing().Errors >= 2 })
			require.Contains(t, e.agent.state.standing().LastError, "the server redirects to http://"+elsewhere.address+"; redirects are refused")
			require.Len(t, e.logs.FilterLevelExact(zap.WarnLevel).All(), 1, "it is said once")
			elsewhere.set(func() { require.Empty(t, elsewhere.tokens, "it was asked") })
		})
	}
}

func TestTheServerMayGiveAnotherID(t *testing.T) {
	s := newServer(t, nil)
	uid := uuid.Must(uuid.NewV7())
	s.reply = &protobufs.ServerToAgent{AgentIdentification: &protobufs.AgentIdentification{NewInstanceUid: uid[:]}}
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("the new id", func() bool {
		return string(s.told.InstanceUid) == string(uid[:]) && values(s.told.AgentDescription.IdentifyingAttributes)["service.instance.id"] == uid.String()
	})
	kept, err := readIdentity(e.cfg.StateDirectory)
	require.NoError(t, err)
	require.Equal(t, uid, kept.uid)
}

// A server that gives the id with every answer is not answered for ever.
func TestTheSameIDAgainIsNoNews(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	uid := e.agent.identity.current()
	state := &e.agent.state
	before := state.standing()
	for range 3 {
		s.send(&protobufs.ServerToAgent{AgentIdentification: &protobufs.AgentIdentification{NewInstanceUid: uid[:]}})
	}
	await(t, "the id", func() bool { return state.standing().Received >= before.Received+3 })
	forget(e.cfg.StateDirectory) // which waits for the messages under way
	require.Equal(t, before.Reports["description"], state.standing().Reports["description"])
}

// What a server sends as often as it likes, the log has once a minute.
func TestAFloodOfOffersIsNoneOfLogs(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a connection", func() bool { return s.told.Health != nil })
	const flood = 100
	for range flood {
		s.send(&protobufs.ServerToAgent{RemoteConfig: &protobufs.AgentRemoteConfig{}, PackagesAvailable: &protobufs.PackagesAvailable{}})
	}
	await(t, "the refusals", func() bool { return e.agent.state.standing().Refused["packages"] == flood })
	require.LessOrEqual(t, e.logs.FilterLevelExact(zap.WarnLevel).Len(), 3, "one for each offer, and one for what is dropped")
}

func TestWhatTheServerWritesIsNoLogMessage(t *testing.T) {
	e := start(t, configure(t, ""))
	l := &logger{&connection{agent: e.agent}}
	for i := range 3 {
		l.Errorf(t.Context(), "cannot unmarshal response: %v", fmt.Sprint("\x1b[2J", i))
	}
	require.Len(t, e.logs.FilterMessage("opamp: cannot unmarshal response").All(), 1, "once a minute")
	l.Debugf(t.Context(), "Ignoring CustomMessage, agent does not have %s capability", "\x1b[2J")
	require.Len(t, e.logs.FilterMessage("opamp: Ignoring CustomMessage, agent does not have").All(), 1)
}

func TestOffersAreRefused(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a connection", func() bool { return s.told.Health != nil })
	s.send(&protobufs.ServerToAgent{
		Command:            &protobufs.ServerToAgentCommand{Type: protobufs.CommandType_CommandType_Restart},
		PackagesAvailable:  &protobufs.PackagesAvailable{AllPackagesHash: []byte("p")},
		RemoteConfig:       &protobufs.AgentRemoteConfig{ConfigHash: []byte("c")},
		ConnectionSettings: &protobufs.ConnectionSettingsOffers{Hash: []byte("s"), OwnMetrics: &protobufs.TelemetryConnectionSettings{}},
	})
	s.await("the refusals", func() bool { return len(s.custom) == 3 && s.told.ConnectionSettingsStatus != nil })
	s.set(func() {
		require.Equal(t, protobufs.ConnectionSettingsStatuses_ConnectionSettingsStatuses_FAILED, s.told.ConnectionSettingsStatus.Status)
		require.NotEmpty(t, s.told.ConnectionSettingsStatus.ErrorMessage)
		var told []string
		for _, m := range s.custom {
			require.Equal(t, "io.phoenix.offers", m.Capability)
			told = append(told, string(m.Data))
		}
		const why = `,"error":"this agent does not take it; its capabilities say so"}`
		require.ElementsMatch(t, []string{`{"offer":"command"` + why, `{"offer":"packages"` + why, `{"offer":"remote_configuration"` + why}, told)
	})
	require.Equal(t, map[string]int64{"command": 1, "packages": 1, "remote_configuration": 1, "connection_settings": 1}, e.agent.state.standing().Refused)
}

func TestAServersErrorIsTold(t *testing.T) {
	s := newServer(t, nil)
	e := start(t, configure(t, transports(s)["WebSocket"]))
	s.await("a connection", func() bool { return s.told.Health != nil })
	s.send(&protobufs.ServerToAgent{ErrorResponse: &protobufs.ServerErrorResponse{
		Type: protobufs.ServerErrorResponseType_ServerErrorResponseType_BadRequest, ErrorMessage: "no such tenant",
	}})
	await(t, "the error", func() bool { return strings.HasSuffix(e.agent.state.standing().LastError, ": no such tenant") })
}
