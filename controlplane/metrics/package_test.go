package metrics

import (
	"bytes"
	"context"
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

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// TestMain looks for leaks, except for one of Prometheus: a database that it
// cannot open leaves the goroutine of its log behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/prometheus/prometheus/tsdb/wlog.(*WL).run"))
}

// someone is the source of a test's requests.
var someone = Source{Agent: "a1", Host: "web-1", Deployment: "web-topk", Version: 3, Labels: map[string]string{"tier": "web"}}

func from(s Source) func(*http.Request) (Source, error) {
	return func(*http.Request) (Source, error) { return s, nil }
}

// open opens a store in dir that is closed when the test ends.
func open(t testing.TB, set Settings) *Store {
	t.Helper()
	s, err := Open(set)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// aRecord is one of an output meter whose pipeline drops nine in ten.
func aRecord(at time.Time) *scraperecord.Record {
	return &scraperecord.Record{
		Variant: "default", Role: scraperecord.RoleOutput, Host: "h1", Time: at.UnixNano(),
		Processes: 100, Series: 1_000, Active: 1_000, Distinct: 1_200, Window: 3600, Bytes: 60_000,
		Compared: &scraperecord.Comparison{
			InputProcesses: 1_000, InputSeries: 10_000, Reduction: 0.9, NamedCPU: 0.95, NamedMemory: 0.5, NamedIO: 1,
			Lost: scraperecord.Lost{Name: "sh", PID: 42, CPU: 0.25}, Nanoseconds: 1e6,
		},
		Critical: []scraperecord.Critical{{Name: "nginx", State: scraperecord.StateKept, Processes: 4}},
	}
}

func aScrape(at time.Time) pmetric.Metrics {
	md := pmetric.NewMetrics()
	scraperecord.Encode(aRecord(at), md.ResourceMetrics())
	in := &scraperecord.Record{
		Variant: "default", Role: scraperecord.RoleInput, Host: "h1", Time: at.UnixNano(),
		Processes: 1_000, Series: 10_000, Active: 10_000, Distinct: 15_000, Window: 3600, Bytes: 600_000,
	}
	scraperecord.Encode(in, md.ResourceMetrics())
	return md
}

func protobuf(t testing.TB, md pmetric.Metrics) []byte {
	t.Helper()
	raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(t, err)
	return raw
}

// post sends a body to a handler, with pairs of header fields.
func post(h http.Handler, body []byte, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/otlp/v1/metrics", bytes.NewReader(body))
	r.Header.Set("Content-Type", string(inProtobuf))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// send sends metrics of someone, which must be taken, and returns what the
// answer says of points that were left out.
func send(t testing.TB, s *Store, who Source, md pmetric.Metrics) pmetricotlp.ExportPartialSuccess {
	t.Helper()
	w := post(s.Ingest(from(who)), protobuf(t, md))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	resp := pmetricotlp.NewExportResponse()
	require.NoError(t, resp.UnmarshalProto(w.Body.Bytes()))
	return resp.PartialSuccess()
}

// vector evaluates a query now.
func vector(t testing.TB, s *Store, query string) model.Vector {
	t.Helper()
	a, err := s.Query(context.Background(), query, time.Now())
	require.NoError(t, err)
	require.Equal(t, "vector", a.Type)
	return a.Result.(model.Vector)
}

// gauge is a batch of one gauge of a collector's own.
func gauge(name string, at time.Time, values ...float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	m.SetEmptyGauge()
	for _, v := range values {
		dp := m.Gauge().DataPoints().AppendEmpty()
		dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
		dp.SetDoubleValue(v)
	}
	return md
}
