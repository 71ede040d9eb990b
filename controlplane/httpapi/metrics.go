package httpapi

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/cost"
)

// Metrics answers questions about what agents measure. Its errors are
// [*controlplane.Error]s.
type Metrics interface {
	// Query evaluates PromQL at a time, QueryRange at each step of a range.
	Query(ctx context.Context, query string, at time.Time) (MetricsAnswer, error)
	QueryRange(ctx context.Context, query string, from, to time.Time, step time.Duration) (MetricsAnswer, error)
	Savings(ctx context.Context, prices controlplane.Prices, w cost.Window) (cost.Report, error)
}

// MetricsAnswer is the value of a query, as the data of Prometheus' API.
type MetricsAnswer struct {
	Type     string   `json:"resultType" enum:"vector,matrix,scalar"`
	Result   any      `json:"result"`
	Warnings []string `json:"warnings,omitempty"`
}

var errNoMetrics = unavailable("this server has no store of metrics", "the server's log says why")

type (
	queryRequest struct {
		Query string `query:"query" doc:"PromQL" required:"true" maxLength:"16384"`
		Time  string `query:"time" doc:"RFC 3339, or seconds since 1970; without it now" maxLength:"64"`
	}
	rangeRequest struct {
		Query string `query:"query" doc:"PromQL" required:"true" maxLength:"16384"`
		Start string `query:"start" doc:"RFC 3339, or seconds since 1970" required:"true" maxLength:"64"`
		End   string `query:"end" doc:"RFC 3339, or seconds since 1970" required:"true" maxLength:"64"`
		Step  string `query:"step" doc:"such as 1m, or seconds" required:"true" maxLength:"64"`
	}
)

func (s *Server) metricsRoutes() {
	const tag = "Metrics"
	read := needs(controlplane.Read)
	register(s, get("queryMetrics", "/api/v1/metrics/query", tag, "Evaluate PromQL at a time"), read, s.query)
	register(s, get("queryMetricsRange", "/api/v1/metrics/query_range", tag, "Evaluate PromQL at each step of a range"), read, s.queryRange)
	s.routes.handle(Route{http.MethodGet, "/metrics", local}, promhttp.HandlerFor(s.set.Registry, promhttp.HandlerOpts{}))
	ingest := Access{Action: controlplane.ReportAgent, raw: true}
	s.routes.handle(Route{http.MethodPost, "/otlp/v1/metrics", ingest}, http.HandlerFunc(s.ingest))
}

func (s *Server) ingest(w http.ResponseWriter, r *http.Request) {
	if s.set.Ingest == nil {
		s.refuse(w, r, errNoMetrics)
		return
	}
	s.set.Ingest.ServeHTTP(w, r)
}

func (s *Server) query(ctx context.Context, in *queryRequest) (*body[MetricsAnswer], error) {
	if s.set.Metrics == nil {
		return nil, errNoMetrics
	}
	at := s.set.Now()
	if in.Time != "" {
		var err error
		if at, err = parseTime("query.time", in.Time); err != nil {
			return nil, err
		}
	}
	if err := boundQuery(in.Query, 0); err != nil {
		return nil, err
	}
	return plainly(s.set.Metrics.Query(ctx, in.Query, at))
}

func (s *Server) queryRange(ctx context.Context, in *rangeRequest) (*body[MetricsAnswer], error) {
	if s.set.Metrics == nil {
		return nil, errNoMetrics
	}
	from, err := parseTime("query.start", in.Start)
	if err != nil {
		return nil, err
	}
	to, err := parseTime("query.end", in.End)
	if err != nil {
		return nil, err
	}
	step, err := parseStep(in.Step)
	if err != nil {
		return nil, err
	}
	if err := boundQuery(in.Query, to.Sub(from)); err != nil {
		return nil, err
	}
	return plainly(s.set.Metrics.QueryRange(ctx, in.Query, from, to, step))
}

// latest bounds the seconds that are times: those of the year 9999.
const latest = 253402300799

func parseTime(where, text string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > latest {
		return time.Time{}, wrong(where, "%.64q is no time; write it as 2026-01-02T15:04:05Z or in seconds since 1970", text)
	}
	return time.UnixMilli(int64(v * 1000)), nil
}

func parseStep(text string) (time.Duration, error) {
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > savingsMost.Seconds() {
		return 0, wrong("query.step", "%.64q is no step; write it as 1m or in seconds", text)
	}
	return time.Duration(v * float64(time.Second)), nil
}
