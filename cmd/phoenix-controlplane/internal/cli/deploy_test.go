package cli

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

var promQL = parser.NewParser(parser.Options{})

// alerts are the rules as promtool reads them.
func alerts(t *testing.T) []rulefmt.Rule {
	groups, errs := rulefmt.ParseFile("../../../../deploy/prometheus/alerts.yaml", false, model.UTF8Validation, promQL, slog.New(slog.DiscardHandler))
	require.Empty(t, errs)
	require.Len(t, groups.Groups, 1)
	return groups.Groups[0].Rules
}

// dashboard is what a test reads of Grafana's.
type dashboard struct {
	Panels []struct {
		ID      int
		Title   string
		Targets []struct{ Expr string }
	}
}

// panels are the queries of the dashboard by their panels, as Grafana sends them.
func panels(t *testing.T) map[string][]string {
	text, err := os.ReadFile("../../../../deploy/grafana/control-plane.json")
	require.NoError(t, err)
	var d dashboard
	require.NoError(t, json.Unmarshal(text, &d))
	queries, ids := map[string][]string{}, map[int]bool{}
	for _, p := range d.Panels {
		require.False(t, ids[p.ID], "panel %d is there twice", p.ID)
		ids[p.ID] = true
		for _, target := range p.Targets {
			queries[p.Title] = append(queries[p.Title], strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	return queries
}

// metricsOf are the names of the metrics that a query asks for.
func metricsOf(t *testing.T, query string) (names []string) {
	t.Helper()
	expr, err := promQL.ParseExpr(query)
	require.NoError(t, err, query)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if v, ok := node.(*parser.VectorSelector); ok {
			names = append(names, v.Name)
		}
		return nil
	})
	require.NotEmpty(t, names, query)
	return names
}

// shown are the names of the metrics that a program shows which did something.
func shown(t *testing.T) map[string]bool {
	s := start(t, dir(t))
	s.exchange()
	s.do("POST", "/api/v1/deployments", deployment("web"), http.StatusCreated, nil)
	person := s.token
	s.token = s.enrol()
	require.Equal(t, http.StatusOK, s.send("POST", "/otlp/v1/metrics", strings.NewReader(point(time.Now()))).status)
	s.token = person
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(strings.NewReader(string(s.send("GET", "/metrics", http.NoBody).body)))
	require.NoError(t, err)
	names := map[string]bool{"up": true}
	for name := range families {
		names[name], names[name+"_bucket"] = true, true
	}
	return names
}

// TestAlertsAndDashboardAskForWhatThereIs compares their queries with /metrics.
func TestAlertsAndDashboardAskForWhatThereIs(t *testing.T) {
	there, queries := shown(t), panels(t)
	require.NotEmpty(t, queries)
	for _, rule := range alerts(t) {
		queries[rule.Alert] = []string{rule.Expr}
		require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		require.NotEmpty(t, rule.Annotations["description"], rule.Alert)
	}
	for _, name := range slices.Sorted(maps.Keys(queries)) {
		for _, query := range queries[name] {
			for _, metric := range metricsOf(t, query) {
				require.True(t, there[metric], "%s: there is no %s", name, metric)
			}
		}
	}
}

// TestRoutesOfAlertsAreThere matches the routes that the alert on slow requests
// leaves out.
func TestRoutesOfAlertsAreThere(t *testing.T) {
	left := map[string]bool{}
	for _, rule := range alerts(t) {
		expr, err := promQL.ParseExpr(rule.Expr)
		require.NoError(t, err)
		parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
			if v, ok := node.(*parser.VectorSelector); ok {
				leftOut(v.LabelMatchers, left)
			}
			return nil
		})
	}
	for _, route := range []string{"GET /api/v1/events", "GET /v1/loadsim/assignment", "GET /api/v1/metrics/query_range", "POST /api/v1/pipelines/validate"} {
		require.True(t, left[route], route)
	}
	require.False(t, left["GET /api/v1/deployments"])
}

// leftOut notes the routes that matchers leave out.
func leftOut(matchers []*labels.Matcher, left map[string]bool) {
	for _, m := range matchers {
		if m.Name != "route" {
			continue
		}
		for _, route := range []string{"GET /api/v1/events", "GET /v1/loadsim/assignment", "GET /api/v1/metrics/query_range", "POST /api/v1/pipelines/validate", "GET /api/v1/deployments"} {
			left[route] = left[route] || !m.Matches(route)
		}
	}
}
