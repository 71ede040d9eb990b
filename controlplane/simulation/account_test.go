package simulation

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/childcollector"
)

// scrape has a CPU counter of each process, at a time.
func scrape(at pcommon.Timestamp, cpu map[int64]float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for pid, seconds := range cpu {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutInt("process.pid", pid)
		rm.Resource().Attributes().PutStr("process.executable.name", string(rune('a'+pid)))
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("process.cpu.time")
		dp := m.SetEmptySum().DataPoints().AppendEmpty()
		dp.SetTimestamp(at)
		dp.SetDoubleValue(seconds)
	}
	return md
}

func TestAccount(t *testing.T) {
	in := []pmetric.Metrics{
		scrape(10, map[int64]float64{1: 0, 2: 5, 3: 0}),
		scrape(20, map[int64]float64{1: 4, 2: 6, 4: 0}),
	}
	end := scrape(20, map[int64]float64{2: 0})
	end.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	out := []pmetric.Metrics{scrape(10, map[int64]float64{2: 5}), end, scrape(20, map[int64]float64{4: 0})}
	rules := map[int64]string{1: "max_series"}
	got, err := account(in, out, reasons{[]string{"memory_limiter", "topk"}, rules})
	require.NoError(t, err)
	require.Equal(t, Result{
		Scrapes: []Scrape{
			{Processes: Flow{3, 1}, Series: Flow{3, 1}, Points: Flow{3, 1}},
			{Processes: Flow{3, 1}, Series: Flow{3, 1}, Points: Flow{3, 2}},
		},
		Processes: Flow{6, 2}, Series: Flow{6, 2}, Points: Flow{6, 3}, Distinct: Flow{4, 2}, SavedShare: 4. / 6,
		Dropped: []Dropped{
			{Name: "b", PID: 1, Scrapes: 2, CPU: 4, Reason: "max_series"},
			{Name: "d", PID: 3, Scrapes: 1, Reason: "below_rank"},
		},
	}, got)
	require.Equal(t, Flow{3, 1}, got.PerScrape(got.Series))
}

func TestTimesBehindTheRecordingAreRefused(t *testing.T) {
	_, err := account([]pmetric.Metrics{scrape(10, map[int64]float64{1: 0})}, []pmetric.Metrics{scrape(11, map[int64]float64{1: 0})}, reasons{})
	require.ErrorContains(t, err, "later than the recording")
}

func TestTheLastRuleIsTheReason(t *testing.T) {
	var left transitions
	for _, r := range []struct {
		message, rule string
		kept          bool
	}{{"process transition", "rank", true}, {"process transition", "below_rank", false}, {"another", "x", false}} {
		left.add(childcollector.Record{Message: r.message, Fields: map[string]any{"pid": 7., "rule": r.rule, "kept": r.kept}})
	}
	require.Equal(t, map[int64]string{7: "below_rank"}, left.left())
	require.Equal(t, "not_sent", reasons{}.of(1))
}

func TestARecordingWithoutScrapes(t *testing.T) {
	_, err := (&Simulator{}).Run(t.Context(), []byte(config), nil)
	require.ErrorContains(t, err, "the recording has no scrape")
}

func TestNoCollector(t *testing.T) {
	_, err := (&Simulator{Binary: "/nowhere/otelcol-phoenix"}).Run(t.Context(), []byte(config), []pmetric.Metrics{scrape(1, map[int64]float64{1: 0})})
	require.ErrorContains(t, err, "/nowhere/otelcol-phoenix")
}
