package httpapi_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// TestAnAgentEnrolsAsItsClientAsks uses the body of internal/enrol.
func TestAnAgentEnrolsAsItsClientAsks(t *testing.T) {
	s := newServer(t, func(set *httpapi.Settings) { set.CA = "a certificate" })
	var issued httpapi.IssuedToken
	s.as(root, "POST", "/api/v1/tokens", map[string]any{"purpose": "enrolment", "subject": "web hosts", "uses": 1, "labels": map[string]string{"tier": "web"}}).into(&issued)
	ask := func(token, uid string) answer {
		return s.send("POST", "/api/v1/agents/enroll", map[string]string{"token": token, "instance_uid": uid, "host": "web-1"})
	}
	a := ask(issued.Secret, "0199-1")
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)
	var grant httpapi.Grant
	a.into(&grant)
	require.Equal(t, "a certificate", grant.CA)
	var agent controlplane.Agent
	s.as(viewer, "GET", "/api/v1/agents/0199-1", nil).into(&agent)
	require.Equal(t, map[string]string{"tier": "web"}, agent.Metadata.Labels)

	ask(issued.Secret, "0199-2").problem(http.StatusUnauthorized)
	s.send("GET", "/api/v1/agents", nil, "Authorization", "Bearer "+grant.Token).problem(http.StatusForbidden)
	for range 9 {
		ask(issued.Secret, "0199-2").problem(http.StatusUnauthorized)
	}
	ask(issued.Secret, "0199-2").problem(http.StatusTooManyRequests)
}

func TestAgentsAreFoundByLabelsAndState(t *testing.T) {
	s := newServer(t)
	s.enrol("a", "web-1", map[string]string{"tier": "web", "zone": "a"})
	s.enrol("b", "web-2", map[string]string{"tier": "web", "zone": "b"})
	s.enrol("c", "db-1", map[string]string{"tier": "db"})
	for query, want := range map[string][]string{
		"":                               {"a", "b", "c"},
		"?selector=tier%3Dweb":           {"a", "b"},
		"?selector=tier%3Dweb,zone!%3Da": {"b"},
		"?selector=!zone":                {"c"},
		"?selector=zone":                 {"a", "b"},
		"?host=db-1":                     {"c"},
		"?state=applied&host=db-1":       {},
	} {
		var list controlplane.List[controlplane.Agent]
		s.as(viewer, "GET", "/api/v1/agents"+query, nil).into(&list)
		names := []string{}
		for _, a := range list.Items {
			names = append(names, a.Metadata.Name)
		}
		require.Equal(t, want, names, query)
	}
	s.as(viewer, "GET", "/api/v1/agents?selector=,", nil).problem(http.StatusUnprocessableEntity)
}

// TestWhatWasWantedIsTold asks at times before and after a change.
func TestWhatWasWantedIsTold(t *testing.T) {
	s := newServer(t)
	s.enrol("a", "web-1", map[string]string{"tier": "web"})
	s.now = s.now.Add(time.Hour)
	d := s.create("web")
	at := func(moment time.Time) (list controlplane.List[controlplane.Moment]) {
		s.as(viewer, "GET", "/api/v1/hosts/web-1?at="+moment.Format(time.RFC3339), nil).into(&list)
		return list
	}
	require.Empty(t, at(noon.Add(-time.Minute)).Items)
	require.Empty(t, at(noon.Add(time.Minute)).Items[0].Wanted.Deployment)
	require.Equal(t, "web", at(s.now).Items[0].Wanted.Deployment)

	var config httpapi.AgentConfig
	s.as(viewer, "GET", "/api/v1/agents/a/config?wanted=true", nil).into(&config)
	require.Equal(t, d.Status.ConfigHash, config.Hash)
	require.Contains(t, config.Text, "topk")
	config = httpapi.AgentConfig{}
	s.as(viewer, "GET", "/api/v1/agents/a/config", nil).into(&config)
	require.Empty(t, config.Hash, "it said nothing yet")
}

func TestWithoutAConnectionNobodyIsAsked(t *testing.T) {
	s := newServer(t)
	s.enrol("a", "web-1", nil)
	hash := controlplane.HashConfiguration([]byte("x"))
	for path, body := range map[string]any{
		"release": map[string]any{"configHash": hash}, "resync": map[string]any{},
		"reveal": map[string]any{"until": noon.Add(time.Minute)},
	} {
		p := s.as(operator, "POST", "/api/v1/agents/a/"+path, body).problem(http.StatusServiceUnavailable)
		require.Contains(t, p.Detail, "not connected")
		require.NotEmpty(t, p.Hint)
	}
	s.as(viewer, "GET", "/api/v1/agents/a/explain?name=nginx", nil).problem(http.StatusServiceUnavailable)
	s.as(viewer, "GET", "/api/v1/agents/a/explain", nil).problem(http.StatusUnprocessableEntity)
	s.as(viewer, "GET", "/api/v1/agents/none/explain?pid=1", nil).problem(http.StatusNotFound)
}

func TestAgentsGetOtherLabelsAndGo(t *testing.T) {
	s := newServer(t)
	token := s.enrol("a", "web-1", nil)
	a := s.as(root, "PUT", "/api/v1/agents/a/labels", map[string]any{"labels": map[string]string{"tier": "db"}})
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	require.Equal(t, http.StatusNoContent, s.as(root, "DELETE", "/api/v1/agents/a", nil).status)
	s.send("POST", "/otlp/v1/metrics", nil, "Authorization", "Bearer "+token).problem(http.StatusUnauthorized)
}

// TestTheFirstTokenIsExchangedOnce also shows that a secret is told once.
func TestTheFirstTokenIsExchangedOnce(t *testing.T) {
	s := newServer(t)
	first, err := s.service.FirstToken(t.Context())
	require.NoError(t, err)
	s.send("GET", "/api/v1/me", nil, "Authorization", "Bearer "+first).problem(http.StatusUnauthorized)
	exchange := func() answer {
		return s.send("POST", "/api/v1/tokens/exchange", map[string]string{"token": first, "subject": "ann"}, "Idempotency-Key", "k")
	}
	var mine httpapi.IssuedToken
	exchange().into(&mine)
	var me httpapi.Me
	s.send("GET", "/api/v1/me", nil, "Authorization", "Bearer "+mine.Secret).into(&me)
	require.Equal(t, httpapi.Me{Subject: "ann", Role: root, TokenID: mine.ID, Address: "192.0.2.1"}, me)
	exchange().problem(http.StatusUnauthorized)

	draft := map[string]any{"purpose": "api", "subject": "bob", "role": "viewer"}
	var bob, again httpapi.IssuedToken
	s.as(root, "POST", "/api/v1/tokens", draft, "Idempotency-Key", "b").into(&bob)
	s.as(root, "POST", "/api/v1/tokens", draft, "Idempotency-Key", "b").into(&again)
	require.Equal(t, bob.ID, again.ID)
	require.Empty(t, again.Secret)
	list := s.as(root, "GET", "/api/v1/tokens", nil)
	require.NotContains(t, string(list.body), bob.Secret)
	require.Equal(t, http.StatusNoContent, s.as(root, "DELETE", "/api/v1/tokens/"+bob.ID, nil).status)
	s.send("GET", "/api/v1/me", nil, "Authorization", "Bearer "+bob.Secret).problem(http.StatusUnauthorized)
}

// TestTheClientsDocumentIsThisOne keeps the generated client from falling behind.
func TestTheClientsDocumentIsThisOne(t *testing.T) {
	text, err := newServer(t).api.OpenAPI().Downgrade()
	require.NoError(t, err)
	const file = "../client/openapi-3.0.json"
	if *update {
		require.NoError(t, os.WriteFile(file, text, 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text), "run go generate ./controlplane/client")
}
