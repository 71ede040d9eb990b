package cost

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/metrics"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var prices = controlplane.Prices{Currency: "USD", PerMillionPoints: 10, PerActiveSeriesMonth: 0.73, PerGB: 2}

// answers has the value of each rule for one deployment, of an hour and more.
type answers map[string]float64

func (a answers) Query(_ context.Context, query string, _ time.Time) (metrics.Answer, error) {
	v, ok := a[query]
	if !ok {
		return metrics.Answer{Type: "vector", Result: model.Vector{}}, nil
	}
	return metrics.Answer{Type: "vector", Result: model.Vector{{
		Metric: model.Metric{metrics.LabelDeployment: "web"}, Value: model.SampleValue(v),
	}}}, nil
}

func (answers) Series(context.Context, string, time.Time, time.Time) ([]model.LabelSet, error) {
	var found []model.LabelSet
	for _, host := range []model.LabelValue{"b", "a", "b"} {
		found = append(found, model.LabelSet{metrics.LabelDeployment: "web", metrics.LabelHost: host, metrics.LabelVersion: "2"})
	}
	return append(found, model.LabelSet{metrics.LabelDeployment: "gone", metrics.LabelHost: "c"}), nil
}

func twoHours() Window {
	to := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	return Window{From: to.Add(-2 * time.Hour), To: to}
}

func full() answers {
	return answers{
		"sum_over_time(phoenix:input_points:sum[7200s])":     5_000_000,
		"sum_over_time(phoenix:output_points:sum[7200s])":    1_000_000,
		"sum_over_time(phoenix:input_bytes:sum[7200s])":      4e9,
		"sum_over_time(phoenix:output_bytes:sum[7200s])":     1e9,
		"sum_over_time(phoenix:input_series:avg[7200s])":     60 * 3000,
		"sum_over_time(phoenix:output_series:avg[7200s])":    60 * 1000,
		"count_over_time(phoenix:input_series:avg[7200s])":   60,
		"sum_over_time(phoenix:exported_points:rate[7200s])": 6_000_000 / 60.,
	}
}

func TestMoneyIsTheFormulaWithItsNumbers(t *testing.T) {
	r, err := Savings(context.Background(), full(), prices, twoHours())
	require.NoError(t, err)
	require.Len(t, r.Deployments, 1)
	s := r.Deployments[0]
	require.Equal(t, "web", s.Deployment)
	require.Equal(t, []string{"a", "b"}, s.Hosts)
	require.Equal(t, []string{"2"}, s.Versions)
	require.InDelta(t, 40, s.Money.Points, 1e-9)
	require.InDelta(t, 2, s.Money.Series, 1e-9)
	require.InDelta(t, 6, s.Money.Bytes, 1e-9)
	require.InDelta(t, 48, s.Money.Total, 1e-9)
	require.InDelta(t, 48*730, s.Money.PerMonth, 1e-6)
	require.Equal(t, "4000000 points / 1000000 × 10 + 2000 series hours / 730 × 0.73 + 3000000000 bytes / 1000000000 × 2 = 48.00 USD", s.Calculation)
	require.InDelta(t, 0.4, *s.ShareOfExported, 1e-12)
	require.InDelta(t, 0.4, *r.Total.ShareOfExported, 1e-12)
	require.Equal(t, s.Money, r.Total.Money)
	require.Equal(t, formula, r.Formula)
}

func TestAShareIsUnknownIfTheCollectorsDoNotSayWhatTheyExport(t *testing.T) {
	from := full()
	delete(from, "sum_over_time(phoenix:exported_points:rate[7200s])")
	r, err := Savings(context.Background(), from, prices, twoHours())
	require.NoError(t, err)
	require.Nil(t, r.Deployments[0].ShareOfExported)
	require.Nil(t, r.Total.ShareOfExported)
}

func TestWithoutMeasurementsNothingIsSaved(t *testing.T) {
	r, err := Savings(context.Background(), answers{}, prices, twoHours())
	require.NoError(t, err)
	require.Empty(t, r.Deployments)
	require.Equal(t, Money{}, r.Total.Money)
	require.Nil(t, r.Total.ShareOfExported)
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	for _, list := range []string{"versions", "hosts", "deployments"} {
		require.Contains(t, string(raw), `"`+list+`":[]`)
	}
}

func TestAPipelineCanCostMoreThanItSaves(t *testing.T) {
	r, err := Savings(context.Background(), answers{
		"sum_over_time(phoenix:output_points:sum[7200s])": 1_000_000,
	}, prices, twoHours())
	require.NoError(t, err)
	require.InDelta(t, -10, r.Total.Money.Total, 1e-9)
}

func TestAWindowHasAMinute(t *testing.T) {
	w := twoHours()
	w.From = w.To.Add(-59 * time.Second)
	_, err := Savings(context.Background(), full(), prices, w)
	require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err))
	w.From = w.To.Add(-time.Minute)
	_, err = Savings(context.Background(), full(), prices, w)
	require.NoError(t, err)
}

type broken struct{ answers }

func (broken) Query(context.Context, string, time.Time) (metrics.Answer, error) {
	return metrics.Answer{}, errors.New("away")
}

func TestMetricsThatAreAwayAreAnError(t *testing.T) {
	_, err := Savings(context.Background(), broken{}, prices, twoHours())
	require.ErrorContains(t, err, "away")
}

// TestSavingsOfARealStore lets two agents measure for ten minutes, of which one
// has an input meter that sends no records.
func TestSavingsOfARealStore(t *testing.T) {
	s, err := metrics.Open(metrics.Settings{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	to := time.Now().Truncate(time.Minute)
	for at := to.Add(-10*time.Minute + 10*time.Second); !at.After(to); at = at.Add(10 * time.Second) {
		web, batch := batchOf(record(at, true), record(at, false)), batchOf(record(at, false))
		exported(web, at, 15*at.Unix())
		export(t, s, "a1", "web", web)
		export(t, s, "a2", "batch", batch)
	}
	r, err := Savings(context.Background(), s, prices, Window{From: to.Add(-10 * time.Minute), To: to})
	require.NoError(t, err)
	require.Len(t, r.Deployments, 2)
	web := r.Deployments[1]
	require.Equal(t, "web", web.Deployment)
	require.Equal(t, []string{"host-a1"}, web.Hosts)
	require.Equal(t, []string{"7"}, web.Versions)
	require.Equal(t, Amount{60 * 1000, 60 * 100}, web.Points)
	require.Equal(t, &Amount{60 * 50_000, 60 * 5_000}, web.Bytes)
	require.InDelta(t, 1000/6., web.SeriesHours.In, 1e-9)
	require.InDelta(t, 100/6., web.SeriesHours.Out, 1e-9)
	require.InDelta(t, 10/60., web.Hours, 1e-9)
	require.InDelta(t, 54_000./(54_000+600*15), *web.ShareOfExported, 0.04)
	require.Nil(t, r.Total.ShareOfExported)
	batch := r.Deployments[0]
	require.Equal(t, Amount{60 * 1000, 60 * 100}, batch.Points)
	require.Nil(t, batch.Bytes)
	require.Contains(t, batch.Calculation, "bytes, which are not known = ")
}

func record(at time.Time, in bool) *scraperecord.Record {
	r := &scraperecord.Record{
		Variant: "default", Role: scraperecord.RoleOutput, Host: "h", Time: at.UnixNano(),
		Series: 100, Distinct: 150, Bytes: 5_000,
		Compared: &scraperecord.Comparison{InputSeries: 1000, Reduction: 0.9},
	}
	if in {
		r.Role, r.Series, r.Distinct, r.Bytes, r.Compared = scraperecord.RoleInput, 1000, 1500, 50_000, nil
	}
	return r
}

// TestNamesAreNoPromQL has a deployment that is called like the rest of a query.
func TestNamesAreNoPromQL(t *testing.T) {
	s, err := metrics.Open(metrics.Settings{Dir: t.TempDir()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	const name = "\"} or vector(1) or {__name__=~\".+\"} #\n'`$__range"
	to := time.Now().Truncate(time.Minute)
	export(t, s, "a1", name, batchOf(record(to, true), record(to, false)))
	r, err := Savings(context.Background(), s, prices, Window{From: to.Add(-time.Minute), To: to})
	require.NoError(t, err)
	require.Len(t, r.Deployments, 1)
	require.Equal(t, name, r.Deployments[0].Deployment)
	require.Equal(t, Amount{1000, 100}, r.Deployments[0].Points)
}

func batchOf(records ...*scraperecord.Record) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, r := range records {
		scraperecord.Encode(r, md.ResourceMetrics())
	}
	return md
}

// export sends a batch as an agent of a deployment.
func export(t *testing.T, s *metrics.Store, agent, deployment string, md pmetric.Metrics) {
	t.Helper()
	raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	h := s.Ingest(func(*http.Request) (metrics.Source, error) {
		return metrics.Source{Agent: agent, Host: "host-" + agent, Deployment: deployment, Version: 7}, nil
	})
	req := httptest.NewRequest(http.MethodPost, "/otlp/v1/metrics", bytes.NewReader(raw))
	req.Header.Set("Content-Type", "application/x-protobuf")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
}

// exported adds how many points a collector sent in all.
func exported(md pmetric.Metrics, at time.Time, n int64) {
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("otelcol_exporter_sent_metric_points")
	m.SetEmptySum().SetIsMonotonic(true)
	m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	dp := m.Sum().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
	dp.SetIntValue(n)
	dp.Attributes().PutStr("exporter", "otlphttp/destination")
}
