package selfmetrics_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/internal/otlphttp"
	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/selfmetrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var state = loadsim.Progress{Active: 12, Born: 40, Failed: 3, BirthRate: 25.5, CPUAsked: 0.75, CPUAchieved: 0.5}

func TestPrometheusReadsTheLatestProgress(t *testing.T) {
	p, err := selfmetrics.Start(t.Context(), selfmetrics.Settings{Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	p.Progress(loadsim.Progress{Active: 1})
	p.Progress(state)
	resp, err := http.Get(p.URL())
	require.NoError(t, err)
	page, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	http.DefaultClient.CloseIdleConnections()
	for _, line := range []string{
		"phoenix_loadsim_active_processes 12\n", "phoenix_loadsim_spawned_total 40\n", "phoenix_loadsim_failed_total 3\n",
		"phoenix_loadsim_churn_rate 25.5\n", "phoenix_loadsim_cpu_asked 0.75\n", "phoenix_loadsim_cpu_achieved 0.5\n",
	} {
		require.Contains(t, string(page), "\n"+line)
	}
	require.NoError(t, p.Stop(t.Context()))
	_, err = http.Get(p.URL())
	require.Error(t, err, "it listens no more")
}

func TestTheLastProgressIsSentByOTLP(t *testing.T) {
	var mu sync.Mutex
	got := map[string]pmetric.Metric{}
	s := httptest.NewUnstartedServer(otlphttp.Handler(func(md pmetric.Metrics) error {
		mu.Lock()
		defer mu.Unlock()
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				got[m.Name()] = m
			}
		}
		return nil
	}))
	s.Start()
	defer s.Close()
	p, err := selfmetrics.Start(t.Context(), selfmetrics.Settings{OTLP: s.URL})
	require.NoError(t, err)
	require.Empty(t, p.URL())
	p.Progress(state)
	require.NoError(t, p.Stop(context.Background()))
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, got, 6)
	require.Equal(t, int64(40), got["phoenix.loadsim.spawned"].Sum().DataPoints().At(0).IntValue())
	require.InDelta(t, 12, got["phoenix.loadsim.active_processes"].Gauge().DataPoints().At(0).DoubleValue(), 0)
}

func TestAnAddressThatOthersReachIsRefused(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0:0": "is not a loopback address", ":9465": "is not a loopback address", "nowhere": "give an address such as 127.0.0.1:9465",
	} {
		_, err := selfmetrics.Start(t.Context(), selfmetrics.Settings{Listen: address})
		require.ErrorContains(t, err, want)
	}
}

func TestAReceiverNeedsAnAddress(t *testing.T) {
	for _, url := range []string{"nowhere", "127.0.0.1:4318", "http://", "ftp://127.0.0.1", "http://a b"} {
		_, err := selfmetrics.Start(t.Context(), selfmetrics.Settings{OTLP: url})
		require.ErrorContains(t, err, "is no address; give one such as http://127.0.0.1:4318", url)
	}
}
