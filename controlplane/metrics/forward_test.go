package metrics

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// untilGivenUp is how long a test waits for another process.
const untilGivenUp = time.Minute

// freeAddress is one of the loopback device that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// startPrometheus runs a real one on address until the returned function is
// called, or the test ends.
func startPrometheus(t *testing.T, address, folder string) (stop func()) {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v; run make test, or apt-get install prometheus", err)
	}
	file := filepath.Join(folder, "prometheus.yaml")
	require.NoError(t, os.WriteFile(file, []byte("storage: {tsdb: {out_of_order_time_window: 30m}}\n"), 0o600))
	cmd := exec.Command(program, "--config.file="+file, "--storage.tsdb.path="+filepath.Join(folder, "data"), //nolint:noctx // stop ends it
		"--web.listen-address="+address, "--web.enable-remote-write-receiver", "--log.level=warn")
	var log strings.Builder
	cmd.Stderr = &log
	require.NoError(t, cmd.Start())
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		}
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("Prometheus said:\n%s", log.String())
		}
	})
	await(t, "Prometheus to be ready", func() bool { return ready("http://" + address + "/-/ready") })
	return stop
}

func ready(url string) bool {
	resp, err := http.Get(url) //nolint:noctx // of a server on this machine
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	return resp.StatusCode == http.StatusOK
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	for until := time.Now().Add(untilGivenUp); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("waited %s for %s", untilGivenUp, what)
}

// reduction is what a store answers of the reduction, if it can.
func reduction(s *Store) (model.Vector, error) {
	a, err := s.Query(context.Background(), "last_over_time(phoenix_scrape_reduction[10m])", time.Now())
	if err != nil {
		return nil, err
	}
	return a.Result.(model.Vector), nil
}

func TestForwardsToAPrometheusAndAsksIt(t *testing.T) {
	address := freeAddress(t)
	startPrometheus(t, address, t.TempDir())
	s := open(t, Settings{Dir: t.TempDir(), PrometheusURL: "http://" + address})
	require.Nil(t, s.Handler())
	require.Empty(t, send(t, s, someone, aScrape(time.Now())).ErrorMessage())
	await(t, "what was sent", func() bool {
		got, err := reduction(s)
		return err == nil && len(got) == 1 && got[0].Metric[LabelAgent] == "a1"
	})
	require.NoError(t, s.evaluate(context.Background(), time.Now()))
	await(t, "what the rules recorded", func() bool {
		a, err := s.Query(context.Background(), "phoenix:input_points:sum", time.Now())
		return err == nil && a.Result.String() != ""
	})
	found, err := s.Series(context.Background(), `{deployment="web-topk",__name__="phoenix_scrape_reduction"}`, time.Now().Add(-time.Minute), time.Now())
	require.NoError(t, err)
	require.Len(t, found, 1)
	_, err = s.Query(context.Background(), "sum(", time.Now())
	require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(err), "its words on a query are the caller's")
	require.Empty(t, s.Problems())
}

func TestKeepsWhatAPrometheusMissesWhileItIsAway(t *testing.T) {
	address, folder := freeAddress(t), t.TempDir()
	s := open(t, Settings{Dir: t.TempDir(), PrometheusURL: "http://" + address})
	require.Empty(t, send(t, s, someone, aScrape(time.Now())).ErrorMessage())
	_, err := reduction(s)
	require.Equal(t, controlplane.CodeUnavailable, controlplane.CodeOf(err), err)

	stop := startPrometheus(t, address, folder)
	await(t, "the first", func() bool { got, err := reduction(s); return err == nil && len(got) == 1 })
	stop()
	other := someone
	other.Agent = "a2"
	require.Empty(t, send(t, s, other, aScrape(time.Now())).ErrorMessage())
	startPrometheus(t, address, folder)
	await(t, "the second", func() bool { got, err := reduction(s); return err == nil && len(got) == 2 })
}
