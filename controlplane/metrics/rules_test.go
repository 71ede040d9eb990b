package metrics

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func TestRulesRecordWhatTheirExpressionsSay(t *testing.T) {
	s := open(t, Settings{Dir: t.TempDir()})
	now := time.Now()
	shadow := aRecord(now)
	shadow.Variant = "candidate"
	md := pmetric.NewMetrics()
	scraperecord.Encode(shadow, md.ResourceMetrics())
	send(t, s, someone, md)
	for ago := 50 * time.Second; ago >= 0; ago -= 10 * time.Second {
		send(t, s, someone, aScrape(now.Add(-ago)))
	}
	require.NoError(t, s.evaluate(context.Background(), now))
	require.NoError(t, s.evaluate(context.Background(), now), "a second time does no harm")
	for record, want := range map[string]float64{
		"phoenix:input_points:sum": 60_000, "phoenix:output_points:sum": 6_000,
		"phoenix:input_bytes:sum": 3_600_000, "phoenix:output_bytes:sum": 360_000,
		"phoenix:input_series:avg": 10_000, "phoenix:output_series:avg": 1_000,
	} {
		got := vector(t, s, record)
		require.Len(t, got, 1, record)
		require.InDelta(t, want, float64(got[0].Value), 0, record)
		require.Equal(t, record+`{deployment="web-topk"}`, got[0].Metric.String())
	}
	require.Empty(t, vector(t, s, "phoenix:exported_points:rate"))
}

// TestRulesAskForWhatIsKept looks for metrics that no agent can have.
func TestRulesAskForWhatIsKept(t *testing.T) {
	names := map[string]bool{}
	for name := range keep {
		names[strings.ReplaceAll(name, ".", "_")] = true
	}
	for record, expression := range RuleExpressions() {
		e, err := promQL.ParseExpr(expression)
		require.NoError(t, err, record)
		parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
			if v, ok := n.(*parser.VectorSelector); ok {
				require.True(t, names[v.Name], "%s: %s", record, v.Name)
			}
			return nil
		})
	}
}
