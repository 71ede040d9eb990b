package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/cost"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/metrics"
)

// measurements is the store of metrics as the API needs it.
type measurements struct {
	store   *metrics.Store
	service *controlplane.Service
}

var _ httpapi.Metrics = measurements{}

// Query evaluates PromQL at a time.
func (m measurements) Query(ctx context.Context, query string, at time.Time) (httpapi.MetricsAnswer, error) {
	a, err := m.store.Query(ctx, query, at)
	return httpapi.MetricsAnswer{Type: a.Type, Result: a.Result, Warnings: a.Warnings}, err
}

// QueryRange evaluates PromQL at each step of a range.
func (m measurements) QueryRange(ctx context.Context, query string, from, to time.Time, step time.Duration) (httpapi.MetricsAnswer, error) {
	a, err := m.store.QueryRange(ctx, query, metrics.Range{Start: from, End: to, Step: step})
	return httpapi.MetricsAnswer{Type: a.Type, Result: a.Result, Warnings: a.Warnings}, err
}

// Savings computes what was saved in a window.
func (m measurements) Savings(ctx context.Context, prices controlplane.Prices, w cost.Window) (cost.Report, error) {
	return cost.Savings(ctx, m.store, prices, w)
}

// source says which agent sends a request, as this server knows it.
func (m measurements) source(r *http.Request) (metrics.Source, error) {
	by := controlplane.Caller{Subject: "metrics", Role: controlplane.RoleViewer}
	a, err := m.service.Agent(r.Context(), by, httpapi.CallerOf(r.Context()).Subject)
	if err != nil {
		return metrics.Source{}, err
	}
	return metrics.Source{
		Agent: a.Metadata.Name, Host: a.Spec.Host, Labels: a.Metadata.Labels,
		Deployment: a.Status.Deployment, Version: running(a.Status),
	}, nil
}

// running is the version that an agent says it runs; 0 while it is not the one
// that is wanted, as during a rollout or after a refusal.
func running(s controlplane.AgentStatus) int64 {
	if s.State != controlplane.AgentApplied {
		return 0
	}
	return int64(s.Wanted.Version)
}

// conditions are what went wrong with the metrics.
func (m measurements) conditions() []controlplane.Condition {
	var conditions []controlplane.Condition
	for _, p := range m.store.Problems() {
		conditions = append(conditions, controlplane.Condition{
			Type: "MetricsProblem", Status: true, Reason: "Problem", Message: p.What + " (" + p.Path + "): " + p.Remedy,
		})
	}
	return conditions
}
