package ingest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"github.com/phoenix-platform/phoenix/controlplane/metrics"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

var (
	duration = flag.Duration("fleet.duration", 5*time.Second, "how long the fleet sends")
	agents   = flag.Int("fleet.agents", 500, "how many agents it has, with 40 series each")
	every    = flag.Duration("fleet.every", 20*time.Second, "the time between two requests of an agent")
)

const seriesOfAgent = 40

// request is what one agent sends at a time: the records of two variants, and
// what its collector says of itself.
func request(tb testing.TB, at time.Time) []byte {
	tb.Helper()
	md := pmetric.NewMetrics()
	for _, variant := range []string{"default", "candidate"} {
		out := &scraperecord.Record{
			Variant: variant, Role: scraperecord.RoleOutput, Host: "h", Time: at.UnixNano(),
			Processes: 20, Series: int(at.Unix() % 1000), Active: 900, Distinct: 1000, Bytes: int(at.Unix() % 99_999),
			Compared: &scraperecord.Comparison{
				InputProcesses: 1000, InputSeries: 9000, Reduction: 0.9, NamedCPU: 0.95, NamedMemory: 0.5,
				Lost: scraperecord.Lost{Name: "sh", PID: 42, CPU: 0.25}, Nanoseconds: int64(at.Nanosecond()),
			},
		}
		scraperecord.Encode(out, md.ResourceMetrics())
		in := *out
		in.Role, in.Compared = scraperecord.RoleInput, nil
		scraperecord.Encode(&in, md.ResourceMetrics())
	}
	own := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	for _, name := range []string{"otelcol_process_cpu_seconds", "otelcol_process_memory_rss"} {
		counter(own, name, "", at)
	}
	counter(own, "otelcol_exporter_sent_metric_points", "otlphttp/a", at)
	counter(own, "otelcol_exporter_sent_metric_points", "otlphttp/b", at)
	raw, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	require.NoError(tb, err)
	return raw
}

func counter(ms pmetric.MetricSlice, name, exporter string, at time.Time) {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	dp := m.Sum().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.NewTimestampFromTime(at))
	dp.SetIntValue(at.Unix())
	if exporter != "" {
		dp.Attributes().PutStr("exporter", exporter)
	}
}

// fleet is a store with the agents that send to it.
type fleet struct {
	dir     string
	store   *metrics.Store
	handler http.Handler
}

func newFleet(tb testing.TB) *fleet {
	tb.Helper()
	f := &fleet{dir: tb.TempDir()}
	f.open(tb)
	tb.Cleanup(func() { require.NoError(tb, f.store.Close()) })
	return f
}

func (f *fleet) open(tb testing.TB) {
	tb.Helper()
	s, err := metrics.Open(metrics.Settings{Dir: f.dir})
	require.NoError(tb, err)
	f.store, f.handler = s, s.Ingest(func(r *http.Request) (metrics.Source, error) {
		name := r.Header.Get("agent")
		return metrics.Source{Agent: name, Host: "host-" + name, Deployment: "web-topk", Version: 3, Labels: map[string]string{"tier": "web"}}, nil
	})
}

// send sends a request of an agent, of which every point must be taken.
func (f *fleet) send(tb testing.TB, agent int, body []byte) {
	r := httptest.NewRequest(http.MethodPost, "/otlp/v1/metrics", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/x-protobuf")
	r.Header.Set("agent", strconv.Itoa(agent))
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	resp := pmetricotlp.NewExportResponse()
	if err := resp.UnmarshalProto(w.Body.Bytes()); w.Code != http.StatusOK || err != nil || resp.PartialSuccess().RejectedDataPoints() > 0 {
		tb.Errorf("agent %d: %d %s (%v)", agent, w.Code, w.Body, err)
	}
}

// BenchmarkRequest is one agent's request, of 40 points, among a hundred agents.
func BenchmarkRequest(b *testing.B) {
	f := newFleet(b)
	begin := time.Now().Add(-20 * time.Minute)
	bodies := map[int][]byte{}
	const round = 100
	for i := 0; i < 20*60; i++ { // a point a second for each
		bodies[i] = request(b, begin.Add(time.Duration(i)*time.Second))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		f.send(b, n%round, bodies[n/round%len(bodies)])
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*seriesOfAgent), "ns/point")
	b.SetBytes(int64(len(bodies[0])))
}

// TestFleet lets every agent send in its turn for a while. No point is
// refused, all series are there, and memory does not grow once it has seen all of them.
func TestFleet(t *testing.T) {
	f := newFleet(t)
	t.Logf("%d agents, %d series, %.0f points/s", *agents, *agents*seriesOfAgent, float64(*agents*seriesOfAgent)/every.Seconds())
	cpu, began := used(), time.Now()
	latencies, memory := f.run(t)
	slices.Sort(latencies)
	t.Logf("%d requests in %s, %.3f cores, latency p50 %s p95 %s max %s", len(latencies), time.Since(began).Round(time.Second),
		(used()-cpu).Seconds()/time.Since(began).Seconds(), latencies[len(latencies)/2], latencies[len(latencies)*95/100], latencies[len(latencies)-1])
	t.Logf("resident MiB at tenths: %s", inMiB(memory))
	seen := min(*agents, len(latencies)) * seriesOfAgent
	require.Equal(t, seen, f.series(t))
	f.restart(t)
	require.Equal(t, seen, f.series(t))
	if half := memory[len(memory)/2]; *duration > 2**every {
		require.Less(t, float64(memory[len(memory)-1]), 1.3*float64(half), "resident memory grows")
	}
}

// series is how many series there are.
func (f *fleet) series(t *testing.T) int {
	t.Helper()
	a, err := f.store.Query(context.Background(), `count(last_over_time({agent!=""}[20m]))`, time.Now())
	require.NoError(t, err)
	return int(a.Result.(model.Vector)[0].Value)
}

// restart closes the store and opens it again, until it answers.
func (f *fleet) restart(t *testing.T) {
	t.Helper()
	began := time.Now()
	require.NoError(t, f.store.Close())
	closed := time.Now()
	f.open(t)
	opened := time.Now()
	for {
		if _, err := f.store.Query(context.Background(), "1", time.Now()); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Logf("closed in %s, opened in %s, answers after %s, %s MiB resident", closed.Sub(began).Round(time.Millisecond),
		opened.Sub(closed).Round(time.Millisecond), time.Since(closed).Round(time.Millisecond), inMiB([]int{resident(t)}))
}

// run returns how long the requests took, and the resident memory at ten times.
func (f *fleet) run(t *testing.T) (latencies []time.Duration, memory []int) {
	var mu sync.Mutex
	var sending sync.WaitGroup
	gap := *every / time.Duration(*agents)
	began, agent := time.Now(), 0
	for next := began; time.Since(began) < *duration; next = next.Add(gap) {
		time.Sleep(time.Until(next))
		n, body := agent%*agents, request(t, next)
		agent++
		sending.Go(func() {
			from := time.Now()
			f.send(t, n, body)
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, time.Since(from))
		})
		if time.Since(began) > time.Duration(len(memory)+1)**duration/10 {
			memory = append(memory, resident(t))
			t.Logf("%s: %s MiB resident", time.Since(began).Round(time.Second), inMiB(memory[len(memory)-1:]))
		}
	}
	sending.Wait()
	return latencies, append(memory, resident(t))
}

func inMiB(bytes []int) string {
	texts := make([]string, len(bytes))
	for i, b := range bytes {
		texts[i] = fmt.Sprint(b >> 20)
	}
	return strings.Join(texts, " ")
}

// used is the CPU time of this process.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of oneself does not fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the resident memory of this process in bytes.
func resident(t *testing.T) int {
	t.Helper()
	raw, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(raw))[1])
	require.NoError(t, err)
	return pages * os.Getpagesize()
}
