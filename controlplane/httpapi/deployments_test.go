package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

const (
	viewer   = controlplane.RoleViewer
	operator = controlplane.RoleOperator
	root     = controlplane.RoleAdmin
)

// TestALifeOfADeployment goes from creation through update and rollback to the
// deletion.
func TestALifeOfADeployment(t *testing.T) {
	s := newServer(t)
	s.enrol("agent-1", "web-1", map[string]string{"tier": "web"})
	d := s.create("web")
	require.Equal(t, 1, d.Status.Version)

	a := s.as(viewer, "GET", "/api/v1/deployments/web", nil)
	tag := a.header.Get("ETag")
	a.into(&d)
	require.Equal(t, `"`+d.Metadata.ResourceVersion+`"`, tag)
	require.Equal(t, 1, d.Status.Agents.Total)

	change := web("web", "web")
	change["spec"].(map[string]any)["pipeline"].(map[string]any)["parameters"] = map[string]any{"k": 50}
	change["reason"] = "more names"
	var reach controlplane.Reach
	s.as(operator, "POST", "/api/v1/deployments/web/plan", change).into(&reach)
	require.Equal(t, []controlplane.Reached{{Name: "agent-1", Host: "web-1"}}, reach.Agents)

	a = s.as(operator, "PUT", "/api/v1/deployments/web", change, "If-Match", tag)
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	stale := s.as(operator, "PUT", "/api/v1/deployments/web", change, "If-Match", tag).problem(http.StatusPreconditionFailed)
	require.Equal(t, "stale", stale.Code)

	var diff controlplane.Diff
	s.as(viewer, "GET", "/api/v1/deployments/web/diff", nil).into(&diff)
	require.Equal(t, 1, diff.From)
	require.Contains(t, diff.Text, "+")

	a = s.as(operator, "POST", "/api/v1/deployments/web/rollback", map[string]any{"version": 1, "reason": "too many"})
	a.into(&d)
	require.Equal(t, 3, d.Status.Version)
	var versions controlplane.List[controlplane.Version]
	s.as(viewer, "GET", "/api/v1/deployments/web/versions", nil).into(&versions)
	require.Len(t, versions.Items, 3)
	require.Equal(t, 1, versions.Items[2].RolledBackTo)
	require.Equal(t, "more names", versions.Items[1].Reason)

	s.as(operator, "DELETE", "/api/v1/deployments/web?dryRun=true", nil).into(&reach)
	require.Len(t, reach.Agents, 1)
	require.Equal(t, http.StatusOK, s.as(viewer, "GET", "/api/v1/deployments/web", nil).status, "a dry run changes nothing")
	require.Equal(t, http.StatusOK, s.as(operator, "DELETE", "/api/v1/deployments/web?reason=over", nil).status)
	s.as(viewer, "GET", "/api/v1/deployments/web", nil).problem(http.StatusNotFound)
}

// TestWhatWasReadCanBeSentAgain replaces a deployment with itself.
func TestWhatWasReadCanBeSentAgain(t *testing.T) {
	s := newServer(t)
	s.create("web")
	read := s.as(viewer, "GET", "/api/v1/deployments/web", nil)
	a := s.as(operator, "PUT", "/api/v1/deployments/web", string(read.body))
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
	var d controlplane.PipelineDeployment
	a.into(&d)
	require.Equal(t, 1, d.Status.Version, "nothing changed")
}

func TestASecondDeploymentForTheSameHostsIsRefused(t *testing.T) {
	s := newServer(t)
	s.enrol("agent-1", "web-1", map[string]string{"tier": "web"})
	s.create("web")
	p := s.as(operator, "POST", "/api/v1/deployments", web("other", "web")).problem(http.StatusConflict)
	require.Equal(t, "conflict", p.Code)
	require.Contains(t, p.Detail, "other")
	require.Contains(t, p.Detail, "deployment web")
}

// TestAnIdempotencyKeyMakesOneOfTwoRequests is a client that did not hear the
// first answer.
func TestAnIdempotencyKeyMakesOneOfTwoRequests(t *testing.T) {
	s := newServer(t)
	first := s.as(operator, "POST", "/api/v1/deployments", web("web", "web"), "Idempotency-Key", "k1")
	again := s.as(operator, "POST", "/api/v1/deployments", web("web", "web"), "Idempotency-Key", "k1")
	require.Equal(t, http.StatusCreated, again.status)
	require.JSONEq(t, string(first.body), string(again.body))
	other := s.as(operator, "POST", "/api/v1/deployments", web("db", "db"), "Idempotency-Key", "k1").problem(http.StatusUnprocessableEntity)
	require.Equal(t, "key_reused", other.Code)
	s.as(operator, "POST", "/api/v1/deployments", web("web", "web"), "Idempotency-Key", "k2").problem(http.StatusConflict)
}

func TestListsComeInPages(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		s.create(name)
	}
	var names []string
	for cursor, first := "", true; first || cursor != ""; first = false {
		var list controlplane.List[controlplane.PipelineDeployment]
		s.as(viewer, "GET", "/api/v1/deployments?limit=2&sort=-up&cursor="+cursor, nil).into(&list)
		require.LessOrEqual(t, len(list.Items), 2)
		for _, d := range list.Items {
			names = append(names, d.Metadata.Name)
		}
		cursor = list.Next
	}
	require.Equal(t, []string{"e", "d", "c", "b", "a"}, names)
	for _, limit := range []string{"0", "1001", "-1", "x"} {
		p := s.as(viewer, "GET", "/api/v1/deployments?limit="+limit, nil).problem(http.StatusUnprocessableEntity)
		require.Equal(t, "query.limit", p.Errors[0].Pointer)
	}
	s.as(viewer, "GET", "/api/v1/deployments/a/versions?cursor=zz", nil).problem(http.StatusUnprocessableEntity)
}

func TestEveryProblemOfADeploymentIsTold(t *testing.T) {
	s := newServer(t)
	p := s.as(operator, "POST", "/api/v1/deployments", map[string]any{
		"metadata": map[string]any{"name": "WEB"},
		"spec":     map[string]any{"selector": map[string]any{}, "pipeline": map[string]any{}},
	}).problem(http.StatusUnprocessableEntity)
	require.Equal(t, "invalid", p.Code)
	var places []string
	for _, d := range p.Errors {
		places = append(places, d.Pointer)
	}
	require.Equal(t, []string{"/metadata/name", "/spec/selector", "/spec/pipeline"}, places)
}

func TestPipelinesAreRendered(t *testing.T) {
	s := newServer(t)
	var c httpapi.ConfigurationText
	s.as(viewer, "POST", "/api/v1/pipelines/render", map[string]any{"pipeline": map[string]any{"template": "process-topk-v1", "parameters": map[string]any{"k": 7}}}).into(&c)
	require.Contains(t, c.Text, "k: 7")
	require.Equal(t, controlplane.HashConfiguration([]byte(c.Text)), c.Hash)
	s.as(viewer, "POST", "/api/v1/pipelines/render", map[string]any{"pipeline": map[string]any{}}).problem(http.StatusUnprocessableEntity)
	s.as(viewer, "POST", "/api/v1/pipelines/validate", map[string]any{"pipeline": map[string]any{"inline": "a: b"}}).problem(http.StatusServiceUnavailable)
}

func TestTheCatalogIsSentOnce(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/api/v1/catalog", "/api/v1/catalog/process-topk-v1", "/api/v1/loadsim-profiles", "/openapi.json", "/docs"} {
		a := s.as(viewer, "GET", path, nil)
		require.Equal(t, http.StatusOK, a.status)
		again := s.as(viewer, "GET", path, nil, "If-None-Match", a.header.Get("ETag"))
		require.Equal(t, http.StatusNotModified, again.status, path)
		require.Empty(t, again.body)
	}
	s.as(viewer, "GET", "/api/v1/catalog/none", nil).problem(http.StatusNotFound)
}
