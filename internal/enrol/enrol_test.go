package enrol_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/internal/enrol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var request = enrol.Request{Token: "shared", InstanceUID: "0199-1", Host: "web-1"}

// server answers every request so, and notes what it was asked.
type server struct {
	*httptest.Server
	status int
	answer string
	asked  []string
}

func newServer(t *testing.T, status int, answer string) *server {
	s := &server{status: status, answer: answer}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.asked = append(s.asked, r.Method+" "+r.URL.Path+" "+string(body))
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, s.answer)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(s.Client().CloseIdleConnections)
	return s
}

func (s *server) client(t *testing.T) enrol.Client {
	endpoint, err := enrol.Endpoint("ws" + strings.TrimPrefix(s.URL, "http") + "/v1/opamp")
	require.NoError(t, err)
	return enrol.Client{HTTP: s.Client(), Endpoint: endpoint}
}

// certificate is that of an authority, as PEM.
func certificate() string {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestTheEndpointIsAtTheSameHost(t *testing.T) {
	for server, want := range map[string]string{
		"wss://phoenix.example.com/v1/opamp":        "https://phoenix.example.com/api/v1/agents/enroll",
		"https://phoenix.example.com:4320/v1/opamp": "https://phoenix.example.com:4320/api/v1/agents/enroll",
		"ws://[::1]:4320/":                          "http://[::1]:4320/api/v1/agents/enroll",
		"http://127.0.0.1":                          "http://127.0.0.1/api/v1/agents/enroll",
	} {
		got, err := enrol.Endpoint(server)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err := enrol.Endpoint("nowhere")
	require.ErrorContains(t, err, "endpoint: is not a URL")
}

func TestAGrantIsKeptForTheAgentAlone(t *testing.T) {
	ca := certificate()
	answer, err := json.Marshal(enrol.Grant{Token: "own", CA: ca})
	require.NoError(t, err)
	s := newServer(t, http.StatusCreated, string(answer))
	store := enrol.Store{Directory: t.TempDir()}
	enrolled, err := store.Enrolled()
	require.NoError(t, err)
	require.False(t, enrolled)

	keep, err := s.client(t).Enrol(t.Context(), store, request)
	require.NoError(t, err)
	require.NoError(t, keep())
	require.Equal(t, []string{`POST /api/v1/agents/enroll {"token":"shared","instance_uid":"0199-1","host":"web-1"}`}, s.asked)
	for file, want := range map[string]string{store.TokenFile(): "own\n", store.CAFile(): ca} {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	enrolled, err = store.Enrolled()
	require.NoError(t, err)
	require.True(t, enrolled)
	left, err := os.ReadDir(store.Directory)
	require.NoError(t, err)
	require.Len(t, left, 2, "nothing else is left")
}

func TestWhatIsNoGrantIsAnError(t *testing.T) {
	for _, c := range []struct {
		status int
		answer string
		want   string
	}{
		{200, `hello`, "no JSON with a token"},
		{200, `{}`, "granted no token of 1 to 4096"},
		{200, `{"token":"a b"}`, "granted no token of 1 to 4096"},
		{200, `{"token":"` + strings.Repeat("x", 4097) + `"}`, "granted no token of 1 to 4096"},
		{200, `{"token":"x","ca":"none"}`, "a CA that is no certificate"},
		{200, strings.Repeat(" ", 300<<10), "has more than 262144 bytes"},
		{204, ``, "answered 204"},
		{429, ``, "answered 429"},
		{500, `{"detail":"secret"}`, "the server answered 500 Internal Server Error when asked to enrol"},
	} {
		s := newServer(t, c.status, c.answer)
		_, err := s.client(t).Ask(t.Context(), request)
		require.ErrorContains(t, err, c.want)
		var refused *enrol.RefusedError
		require.False(t, errors.As(err, &refused), "%v", err)
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	for answer, want := range map[string]string{
		`{"title":"Forbidden","detail":"the token has expired"}`: "answered 403 Forbidden: the token has expired; put",
		`{"title":"no"}`: "answered 403 Forbidden: no; put",
		`<html>`:         "answered 403 Forbidden; put a valid token into enrolment_token_file",
	} {
		_, err := newServer(t, http.StatusForbidden, answer).client(t).Ask(t.Context(), request)
		var refused *enrol.RefusedError
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "shared")
	}
}

// A token that can be used once is not spent on a directory that keeps nothing.
func TestNobodyIsAskedForWhatCannotBeKept(t *testing.T) {
	s := newServer(t, http.StatusOK, `{"token":"own"}`)
	_, err := s.client(t).Enrol(t.Context(), enrol.Store{Directory: filepath.Join(t.TempDir(), "none")}, request)
	require.ErrorContains(t, err, "keep what the enrolment gives: ")
	require.Empty(t, s.asked)
}

func TestAGrantThatCannotBeKeptYetIsKeptLater(t *testing.T) {
	s := newServer(t, http.StatusOK, `{"token":"own"}`)
	store := enrol.Store{Directory: t.TempDir()}
	keep, err := s.client(t).Enrol(t.Context(), store, request)
	require.NoError(t, err)
	require.NoError(t, os.Remove(store.Directory))
	require.Error(t, keep())
	require.NoError(t, os.Mkdir(store.Directory, 0o700))
	require.NoError(t, keep())
	require.Len(t, s.asked, 1)
	enrolled, err := store.Enrolled()
	require.NoError(t, err)
	require.True(t, enrolled)
}

func TestAServerThatIsAwayIsAnError(t *testing.T) {
	s := newServer(t, http.StatusOK, "")
	c := s.client(t)
	s.Close()
	_, err := c.Ask(t.Context(), request)
	require.ErrorContains(t, err, "ask to enrol: ")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Ask(ctx, request)
	require.ErrorIs(t, err, context.Canceled)
}
