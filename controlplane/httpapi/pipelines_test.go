package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// judge finds what it was made to find, and keeps what it was asked.
type judge struct {
	found httpapi.Validation
	asked *httpapi.Candidate
}

func (j judge) Validate(_ context.Context, c httpapi.Candidate) (httpapi.Validation, error) {
	*j.asked = c
	return j.found, nil
}

func (j judge) Simulate(_ context.Context, c httpapi.Candidate) (httpapi.Simulation, error) {
	*j.asked = c
	return httpapi.Simulation{Series: httpapi.Flow{In: 1000, Out: 60}, Dropped: []httpapi.Dropped{{Name: "sh", Reason: "below the 20 busiest"}}, SavedShare: 0.94}, nil
}

func TestPipelinesAreValidatedAndSimulatedAsRendered(t *testing.T) {
	j := judge{
		found: httpapi.Validation{Findings: []httpapi.Finding{{Code: "unused", Level: "warning", Line: 3, Column: 1, Path: "receivers::otlp", Message: "does nothing", Remedy: "remove it"}}, NotAsked: "there is none"},
		asked: &httpapi.Candidate{},
	}
	s := newServer(t, func(set *httpapi.Settings) { set.Validator, set.Simulator = j, j })
	pipeline := map[string]any{"pipeline": map[string]any{"template": "process-topk-v1", "parameters": map[string]any{"k": 7}}, "strict": true}

	var v httpapi.Validation
	s.as(viewer, "POST", "/api/v1/pipelines/validate", pipeline).into(&v)
	require.Equal(t, j.found, v)
	require.Contains(t, string(j.asked.Text), "k: 7")
	require.True(t, j.asked.Strict)

	*j.asked = httpapi.Candidate{}
	var simulated httpapi.Simulation
	s.as(viewer, "POST", "/api/v1/pipelines/simulate", pipeline).into(&simulated)
	require.Equal(t, 60, simulated.Series.Out)
	require.Contains(t, string(j.asked.Text), "k: 7")
}

// TestWhatIsMissingIsSaid is a server without a validator, a simulator, metrics
// and a place for backups.
func TestWhatIsMissingIsSaid(t *testing.T) {
	s := newServer(t)
	agent := s.enrol("a", "web-1", nil)
	pipeline := map[string]any{"pipeline": map[string]any{"template": "process-topk-v1"}}
	for _, a := range []answer{
		s.as(viewer, "POST", "/api/v1/pipelines/validate", pipeline), s.as(viewer, "POST", "/api/v1/pipelines/simulate", pipeline),
		s.as(viewer, "GET", "/api/v1/metrics/query?query=up", nil), s.as(viewer, "GET", "/api/v1/savings", nil),
		s.as(root, "POST", "/api/v1/backup", nil), s.send("POST", "/otlp/v1/metrics", nil, "Authorization", "Bearer "+agent),
	} {
		require.NotEmpty(t, a.problem(http.StatusServiceUnavailable).Hint)
		require.NotEmpty(t, a.header.Get("Retry-After"))
	}
}

// TestPricesAreReplaced refuses a change of what somebody else changed.
func TestPricesAreReplaced(t *testing.T) {
	s := newServer(t)
	tag := s.as(viewer, "GET", "/api/v1/pricebook", nil).header.Get("ETag")
	prices := map[string]any{"spec": map[string]any{"currency": "EUR", "perMillionPoints": 0.1, "perActiveSeriesMonth": 0.01, "perGB": 0.5, "source": "the contract"}}
	require.Equal(t, http.StatusOK, s.as(root, "PUT", "/api/v1/pricebook", prices, "If-Match", tag).status)
	s.as(root, "PUT", "/api/v1/pricebook", prices, "If-Match", tag).problem(http.StatusPreconditionFailed)
	prices["spec"].(map[string]any)["perGB"] = -1
	s.as(root, "PUT", "/api/v1/pricebook", prices).problem(http.StatusUnprocessableEntity)
}
