package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// judge finds what it was made to find, and keeps what it was asked.
type judge struct {
	found httpapi.Validation
	asked *httpapi.Candidate
	// recording is what it was to be tried on.
	recording *string
}

func (j judge) Validate(_ context.Context, c httpapi.Candidate) (httpapi.Validation, error) {
	*j.asked = c
	return j.found, nil
}

func (j judge) Simulate(_ context.Context, c httpapi.Candidate, recording []byte) (httpapi.Simulation, error) {
	*j.asked, *j.recording = c, string(recording)
	return httpapi.Simulation{Series: httpapi.Flow{In: 1000, Out: 60}, Dropped: []httpapi.Dropped{{Name: "sh", Reason: "below the 20 busiest"}}, SavedShare: 0.94}, nil
}

func (j judge) Impact(_ context.Context, c httpapi.Candidate, recording []byte, files []httpapi.QueryFile) (httpapi.Impact, error) {
	*j.asked, *j.recording = c, string(recording)
	answer := httpapi.Impact{Affected: []httpapi.AffectedQuery{}, Critical: []controlplane.CriticalEntry{}, SavedShare: 0.94}
	for _, f := range files {
		answer.Queries++
		answer.Unread = append(answer.Unread, httpapi.UnreadQuery{PlacedQuery: httpapi.PlacedQuery{File: f.Name, Expr: f.Text}, Problem: "it is none"})
	}
	return answer, nil
}

func TestPipelinesAreValidatedAndSimulatedAsRendered(t *testing.T) {
	j := judge{
		found: httpapi.Validation{Findings: []httpapi.Finding{{Code: "unused", Level: "warning", Line: 3, Column: 1, Path: "receivers::otlp", Message: "does nothing", Remedy: "remove it"}}, NotAsked: "there is none"},
		asked: &httpapi.Candidate{}, recording: new(string),
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
	require.Empty(t, *j.recording)

	pipeline["recording"] = []byte("scrapes")
	s.as(viewer, "POST", "/api/v1/pipelines/simulate", pipeline).into(&simulated)
	require.Equal(t, "scrapes", *j.recording)

	pipeline["files"] = []map[string]any{{"name": "alerts.yaml", "text": "groups: []"}}
	var lost httpapi.Impact
	s.as(viewer, "POST", "/api/v1/pipelines/impact", pipeline).into(&lost)
	require.Equal(t, 1, lost.Queries)
	require.Equal(t, "alerts.yaml", lost.Unread[0].File)
	require.Equal(t, "scrapes", *j.recording)
}

// TestARecordingMayBeLarger than what other bodies may be, up to a limit.
func TestARecordingMayBeLarger(t *testing.T) {
	j := judge{asked: &httpapi.Candidate{}, recording: new(string)}
	s := newServer(t, func(set *httpapi.Settings) { set.Simulator = j })
	send := func(path string, bytes int) answer {
		return s.as(viewer, "POST", "/api/v1/pipelines/"+path, map[string]any{
			"pipeline": map[string]any{"template": "process-topk-v1"}, "recording": make([]byte, bytes),
		})
	}
	require.Equal(t, http.StatusOK, send("simulate", 11<<20).status)
	require.Len(t, *j.recording, 11<<20)
	send("simulate", 12<<20).problem(http.StatusRequestEntityTooLarge)
	send("validate", 1<<20).problem(http.StatusRequestEntityTooLarge)
}

// TestWhatIsMissingIsSaid is a server without a validator, a simulator, metrics
// and a place for backups.
func TestWhatIsMissingIsSaid(t *testing.T) {
	s := newServer(t)
	agent := s.enrol("a", "web-1", nil)
	pipeline := map[string]any{"pipeline": map[string]any{"template": "process-topk-v1"}}
	for _, a := range []answer{
		s.as(viewer, "POST", "/api/v1/pipelines/validate", pipeline), s.as(viewer, "POST", "/api/v1/pipelines/simulate", pipeline),
		s.as(viewer, "POST", "/api/v1/pipelines/impact", map[string]any{"pipeline": pipeline["pipeline"], "files": []map[string]any{{"name": "a", "text": "{}"}}}),
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
