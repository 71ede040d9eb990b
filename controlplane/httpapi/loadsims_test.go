package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

const byWorker = controlplane.RoleWorker

func load(name string, spec map[string]any) map[string]any {
	return map[string]any{"metadata": map[string]any{"name": name}, "spec": spec}
}

// TestALifeOfALoad is the protocol of docs/loadsim-worker.md, from both sides.
func TestALifeOfALoad(t *testing.T) {
	s := newServer(t)
	ask := worker.AssignmentPath + "?host=web-1"
	require.Equal(t, http.StatusNoContent, s.as(byWorker, "GET", ask, nil).status)
	a := s.as(operator, "POST", "/api/v1/loadsims", load("busy", map[string]any{"profile": "realistic", "duration": "1m", "processCount": 60}))
	require.Equal(t, http.StatusCreated, a.status, "%s", a.body)

	var work worker.Assignment
	s.as(byWorker, "GET", ask, nil).into(&work)
	require.Equal(t, "realistic", work.Profile)
	require.InDelta(t, 60, work.DurationSeconds, 0)
	require.Equal(t, 60, work.ProcessCount)
	require.Equal(t, http.StatusNoContent, s.as(byWorker, "GET", ask, nil).status, "it is given once")

	tell := func(state string) (orders worker.Answer) {
		a := s.as(byWorker, "POST", worker.StatusPath(work.ID), map[string]any{
			"host": "web-1", "state": state, "at": noon, "progress": map[string]int{"processes": 60}, "what we do not know": 1,
		})
		require.Equal(t, http.StatusOK, a.status, "%s", a.body)
		a.into(&orders)
		return orders
	}
	require.False(t, tell("running").Stop)
	require.Equal(t, http.StatusOK, s.as(operator, "POST", "/api/v1/loadsims/busy/stop", nil).status)
	require.True(t, tell("running").Stop)
	tell("stopped")
	var done controlplane.LoadSimulation
	s.as(viewer, "GET", "/api/v1/loadsims/busy", nil).into(&done)
	require.Equal(t, controlplane.LoadStopped, done.Status.State)
	require.Equal(t, "web-1", done.Status.Host)
	require.JSONEq(t, `{"processes":60}`, string(done.Status.Progress))

	require.Equal(t, http.StatusNoContent, s.as(operator, "DELETE", "/api/v1/loadsims/busy", nil).status)
	s.as(viewer, "GET", "/api/v1/loadsims/busy", nil).problem(http.StatusNotFound)
}

// TestAWaitingWorkerGetsALoadAtOnce holds a question until there is work.
func TestAWaitingWorkerGetsALoadAtOnce(t *testing.T) {
	s := newServer(t)
	got := make(chan answer)
	go func() { got <- s.as(byWorker, "GET", worker.AssignmentPath+"?host=web-1&wait=30", nil) }()
	s.as(operator, "POST", "/api/v1/loadsims", load("busy", map[string]any{"profile": "realistic"}))
	a := <-got
	require.Equal(t, http.StatusOK, a.status, "%s", a.body)
}

func TestWrongLoadsAreRefused(t *testing.T) {
	s := newServer(t)
	for name, spec := range map[string]map[string]any{
		"no profile":      {},
		"unknown profile": {"profile": "none"},
		"too many":        {"profile": "realistic", "processCount": 1 << 30},
		"too long":        {"profile": "realistic", "duration": "25h"},
		"no duration":     {"profile": "realistic", "duration": "soon"},
		"unknown key":     {"profile": "realistic", "command": "id"},
	} {
		t.Run(name, func(t *testing.T) {
			s.as(operator, "POST", "/api/v1/loadsims", load("l", spec)).problem(http.StatusUnprocessableEntity)
		})
	}
	s.as(byWorker, "GET", worker.AssignmentPath+"?host=web-1&wait=31", nil).problem(http.StatusUnprocessableEntity)
	s.as(byWorker, "POST", worker.StatusPath("none"), map[string]any{"host": "web-1", "state": "running", "at": noon}).problem(http.StatusGone)
}
