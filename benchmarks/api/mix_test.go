package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

// route is one kind of request.
type route struct {
	name string
	// share is how many of 1,000 requests are of this kind.
	share  int
	status int // that it is answered with
	make   func() (*http.Request, error)
}

// mix is what people, scripts, workers and agents ask of a control plane, most of
// it reading.
func (h *history) mix(t *testing.T, base string) []route {
	read := func(path func() string) func() (*http.Request, error) {
		return func() (*http.Request, error) { return request(http.MethodGet, base+path(), h.admin, nil) }
	}
	fixed := func(path string) func() (*http.Request, error) { return read(func() string { return path }) }
	agent := func(tail string) func() (*http.Request, error) {
		return read(func() string { return "/api/v1/agents/" + h.some() + tail })
	}
	deployment := func(tail string) func() (*http.Request, error) {
		return read(func() string { return "/api/v1/deployments/" + deploymentOf(rand.IntN(groups)) + tail })
	}
	var number atomic.Int64
	number.Store(versions)
	metrics := otlp(t)
	return []route{
		{"GET /agents/{id}", 200, http.StatusOK, agent("")},
		{"GET /agents/{id}/config", 80, http.StatusOK, agent("/config?wanted=true")},
		{"GET /agents/{id}/wanted", 40, http.StatusOK, agent("/wanted?limit=20")},
		{"GET /agents/{id}/attempts", 40, http.StatusOK, agent("/attempts?limit=20")},
		{"GET /agents", 10, http.StatusOK, fixed("/api/v1/agents?limit=50")},
		{"GET /hosts/{host}", 60, http.StatusOK, read(func() string {
			at := time.Now().Add(-rand.N(time.Minute)).UTC().Format(time.RFC3339)
			return "/api/v1/hosts/" + hostOf(h.some()) + "?at=" + url.QueryEscape(at)
		})},
		{"GET /deployments", 5, http.StatusOK, fixed("/api/v1/deployments")},
		{"GET /deployments/{name}", 60, http.StatusOK, deployment("")},
		{"GET /deployments/{name}/status", 60, http.StatusOK, deployment("/status")},
		{"GET /deployments/{name}/versions", 20, http.StatusOK, deployment("/versions?limit=20")},
		{"GET /deployments/{name}/diff", 5, http.StatusOK, deployment("/diff?from=1&to=2")},
		{"GET /catalog", 20, http.StatusOK, fixed("/api/v1/catalog")},
		{"GET /catalog/{name}", 40, http.StatusOK, fixed("/api/v1/catalog/process-topk-v1")},
		{"POST /pipelines/render", 10, http.StatusOK, func() (*http.Request, error) {
			return request(http.MethodPost, base+"/api/v1/pipelines/render", h.admin, map[string]any{"pipeline": map[string]any{"template": "process-topk-v1"}})
		}},
		{"GET /me", 80, http.StatusOK, fixed("/api/v1/me")},
		{"GET /pricebook", 30, http.StatusOK, fixed("/api/v1/pricebook")},
		{"GET /audit", 10, http.StatusOK, fixed("/api/v1/audit?limit=20&descending=true")},
		{"GET /healthz", 51, http.StatusOK, fixed("/healthz")},
		{"GET /readyz", 20, http.StatusOK, fixed("/readyz")},
		{"GET /metrics/query", 20, http.StatusOK, fixed("/api/v1/metrics/query?query=" + url.QueryEscape("count(up) or vector(0)"))},
		{"POST /otlp/v1/metrics", 60, http.StatusOK, func() (*http.Request, error) {
			r, err := http.NewRequest(http.MethodPost, base+"/otlp/v1/metrics", bytes.NewReader(metrics()))
			if err == nil {
				r.Header.Set("Content-Type", "application/x-protobuf")
				r.Header.Set("Authorization", "Bearer "+h.speaking[rand.IntN(len(h.speaking))])
			}
			return r, err
		}},
		{"GET " + worker.AssignmentPath, 50, http.StatusNoContent, func() (*http.Request, error) {
			return request(http.MethodGet, base+worker.AssignmentPath+"?host=h", h.worker, nil)
		}},
		{"POST /agents/enroll", 10, http.StatusCreated, func() (*http.Request, error) {
			return request(http.MethodPost, base+"/api/v1/agents/enroll", "", map[string]any{"token": h.enrolment, "instance_uid": fmt.Sprint("new-", number.Add(1)), "host": "new"})
		}},
		{"POST /tokens", 8, http.StatusCreated, func() (*http.Request, error) {
			return request(http.MethodPost, base+"/api/v1/tokens", h.admin, map[string]any{"purpose": "api", "subject": "ben", "role": "viewer"})
		}},
		{"PUT /pricebook", 10, http.StatusOK, func() (*http.Request, error) {
			return request(http.MethodPut, base+"/api/v1/pricebook", h.admin, map[string]any{"spec": map[string]any{"currency": "EUR", "perMillionPoints": 0.1, "perActiveSeriesMonth": 0.01, "perGB": rand.Float64()}})
		}},
		{"PUT /deployments/{name}", 1, http.StatusOK, func() (*http.Request, error) {
			d := draft(rand.IntN(groups), int(number.Add(1)))
			return request(http.MethodPut, base+"/api/v1/deployments/"+d.Name, h.admin, map[string]any{"metadata": map[string]any{"name": d.Name}, "spec": d.Spec, "reason": d.Reason})
		}},
	}
}

// some is an agent by chance.
func (h *history) some() string { return h.agents[rand.IntN(len(h.agents))] }

func request(method, target, token string, content any) (*http.Request, error) {
	var text []byte
	if content != nil {
		var err error
		if text, err = json.Marshal(content); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequest(method, target, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return r, nil
}

// otlp makes requests of 40 points, as one agent sends them.
func otlp(t *testing.T) func() []byte {
	t.Helper()
	md := pmetric.NewMetrics()
	all := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	for i := range 40 {
		m := all.AppendEmpty()
		m.SetName("otelcol_process_memory_rss")
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.Attributes().PutStr("part", fmt.Sprint(i))
		p.SetIntValue(int64(i))
	}
	return func() []byte {
		now := pmetric.NewMetrics()
		md.CopyTo(now)
		points := now.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
		for i := range points.Len() {
			points.At(i).Gauge().DataPoints().At(0).SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		}
		text, err := pmetricotlp.NewExportRequestFromMetrics(now).MarshalProto()
		require.NoError(t, err)
		return text
	}
}
