package phoenixopamp

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/enrol"
)

// enrolling is the configuration of an agent that has no token yet.
func enrolling(t *testing.T, endpoint string) *Config {
	cfg := configure(t, endpoint)
	cfg.Server.EnrolmentTokenFile = filepath.Join(t.TempDir(), "enrolment")
	require.NoError(t, os.WriteFile(cfg.Server.EnrolmentTokenFile, []byte("shared\n"), 0o600))
	return cfg
}

// grants lets a server grant a token to who is not one of the first to be
// refused.
func grants(s *opampServer, refused int, g enrol.Grant) *atomic.Int64 {
	asked := &atomic.Int64{}
	s.set(func() {
		s.enrol = func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) <= int64(refused) {
				http.Error(w, `{"detail":"the token has expired"}`, http.StatusForbidden)
				return
			}
			_ = json.NewEncoder(w).Encode(g)
		}
	})
	return asked
}

func TestAnAgentWithoutATokenEnrolsOnce(t *testing.T) {
	for _, transport := range []string{"WebSocket", "plain HTTP"} {
		t.Run(transport, func(t *testing.T) {
			s := newServer(t, nil)
			asked := grants(s, 2, enrol.Grant{Token: "own"})
			cfg := enrolling(t, transports(s)[transport])
			cfg.Server.TokenFile = filepath.Join(t.TempDir(), "none") // is not there
			first := start(t, cfg)
			s.await("a report", func() bool { return s.told.Health.GetHealthy() })
			s.set(func() { require.Equal(t, "Bearer own", s.tokens[0], "it connects with its own token alone") })
			require.EqualValues(t, 3, asked.Load())
			told := first.logs.FilterMessageSnippet("not enrolled").FilterLevelExact(zap.WarnLevel).All()
			require.Len(t, told, 1, "it is said once")
			require.Contains(t, told[0].ContextMap()["error"], "answered 403 Forbidden: the token has expired; put a valid token into enrolment_token_file")
			require.NoError(t, first.Shutdown(t.Context()))
			forget(cfg.StateDirectory)

			start(t, cfg)
			s.await("another connection", func() bool { return len(s.tokens) > 1 && s.tokens[len(s.tokens)-1] == "Bearer own" })
			require.EqualValues(t, 3, asked.Load(), "nobody enrols twice")
		})
	}
}

func TestAReloadLetsAnEnrolmentGoOn(t *testing.T) {
	s := newServer(t, nil)
	asked, answer := &atomic.Int64{}, make(chan struct{})
	s.enrol = func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-answer
		_ = json.NewEncoder(w).Encode(enrol.Grant{Token: "own"})
	}
	cfg := enrolling(t, transports(s)["WebSocket"])
	first := start(t, cfg)
	await(t, "the question", func() bool { return asked.Load() == 1 })
	require.NoError(t, first.Shutdown(t.Context()))
	second := start(t, cfg)
	close(answer)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	require.EqualValues(t, 1, asked.Load())
	require.Equal(t, 1, second.logs.FilterMessageSnippet("enrolled with").Len())
}

func TestATokenThatIsThereGoesBeforeEnrolment(t *testing.T) {
	s := newServer(t, nil)
	asked := grants(s, 0, enrol.Grant{Token: "own"})
	cfg := enrolling(t, transports(s)["WebSocket"])
	cfg.Server.TokenFile = filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(cfg.Server.TokenFile, []byte("given"), 0o600))
	start(t, cfg)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.set(func() { require.Equal(t, "Bearer given", s.tokens[0]) })
	require.Zero(t, asked.Load())
}

func TestAMissingEnrolmentTokenIsToldAndWaitedFor(t *testing.T) {
	s := newServer(t, nil)
	asked := grants(s, 0, enrol.Grant{Token: "own"})
	cfg := enrolling(t, transports(s)["WebSocket"])
	require.NoError(t, os.Remove(cfg.Server.EnrolmentTokenFile))
	e := start(t, cfg)
	await(t, "the error", func() bool {
		return strings.HasPrefix(e.agent.state.standing().LastError, "enrolment_token_file: open "+cfg.Server.EnrolmentTokenFile)
	})
	require.Zero(t, asked.Load())
	require.NoError(t, os.WriteFile(cfg.Server.EnrolmentTokenFile, []byte("shared"), 0o600))
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
}

func TestAnEnrolmentEndsWithTheProcess(t *testing.T) {
	s := newServer(t, nil)
	asked := grants(s, 1<<30, enrol.Grant{})
	e := build(enrolling(t, transports(s)["WebSocket"]))
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	await(t, "a refusal", func() bool { return asked.Load() > 0 })
	n := e.agent.enrolling
	require.NoError(t, e.Shutdown(t.Context()))
	forget(e.cfg.StateDirectory)
	<-n.done
}

// The CA that comes with the token is trusted from then on.
func TestTheGrantedCAIsTrusted(t *testing.T) {
	a := newAuthority(t)
	security := a.server()
	security.ClientAuth, security.ClientCAs = 0, nil
	s := newServer(t, security)
	cfg := enrolling(t, "wss://"+s.address+"/v1/opamp")
	ca, err := os.ReadFile(a.file("CERTIFICATE", a.cert.Raw))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(cfg.StateDirectory, 0o700))
	require.NoError(t, os.WriteFile(cfg.store().TokenFile(), []byte("own"), 0o600))
	require.NoError(t, os.WriteFile(cfg.store().CAFile(), ca, 0o600))
	start(t, cfg)
	s.await("a report", func() bool { return s.told.Health.GetHealthy() })
	s.set(func() { require.Equal(t, "Bearer own", s.tokens[0]) })
}

func TestAnEnrolmentFollowsNoRedirect(t *testing.T) {
	s, elsewhere := newServer(t, nil), newServer(t, nil)
	asked := grants(elsewhere, 0, enrol.Grant{Token: "own"})
	s.enrol = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+elsewhere.address+r.URL.Path, http.StatusTemporaryRedirect)
	}
	e := start(t, enrolling(t, transports(s)["WebSocket"]))
	await(t, "the error", func() bool {
		return strings.Contains(e.agent.state.standing().LastError, "the server redirects to http://"+elsewhere.address)
	})
	require.Zero(t, asked.Load())
}
