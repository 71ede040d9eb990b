//go:build linux

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// twoWays sends the same thinned scrapes to Prometheus by both exporters, and
// to the test. The one that Prometheus scrapes is there twice: with the
// scrapes' timestamps, which tell the scrapes apart, and as it is by default.
const twoWays = `
receivers:
  host_metrics:
    collection_interval: 1s
    initial_delay: 100ms
    scrapers: {process: {mute_process_all_errors: true}}
processors:
  topk:
    rank_by: [{metric: cpu, k: 15, min: 0.005}, {metric: memory, k: 15}]
    half_life: 2s
    hysteresis: {margin: 0, hold: 0}
exporters:
  otlp_http/raw: {endpoint: SINK/raw, sending_queue: {enabled: false}}
  otlp_http/thinned: {endpoint: SINK/thinned, sending_queue: {enabled: false}}
  prometheus/timed: {endpoint: TIMED, send_timestamps: true, resource_to_telemetry_conversion: {enabled: true}}
  prometheus/plain: {endpoint: PLAIN, resource_to_telemetry_conversion: {enabled: true}}
  prometheus_remote_write:
    http: {endpoint: "http://PROMETHEUS/api/v1/write"}
    external_labels: {way: written}
    resource_to_telemetry_conversion: {enabled: true}
    remote_write_queue: {num_consumers: 1}
service:
  telemetry: {logs: {encoding: json}, metrics: {level: none}}
  pipelines:
    metrics/raw: {receivers: [host_metrics], exporters: [otlp_http/raw]}
    metrics/thinned:
      receivers: [host_metrics]
      processors: [topk]
      exporters: [otlp_http/thinned, prometheus/timed, prometheus/plain, prometheus_remote_write]
`

// scrapeOften makes Prometheus see each scrape of the collector, and several
// times.
const scrapeOften = `
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs:
  - job_name: timed
    static_configs: [{targets: [TIMED], labels: {way: timed}}]
  - job_name: plain
    static_configs: [{targets: [PLAIN], labels: {way: plain}}]
`

// TestThroughPrometheus holds what a real Prometheus has of the thinned
// output against the unthinned input.
func TestThroughPrometheus(t *testing.T) {
	t.Parallel()
	startCrowd(t)
	s := newSink(t)
	timed, plain, prometheus := built.FreeAddress(t), built.FreeAddress(t), built.FreeAddress(t)
	p := startPrometheus(t, prometheus, fill(scrapeOften, "TIMED", timed, "PLAIN", plain))
	c := start(t, fill(twoWays, "SINK", s.url, "TIMED", timed, "PLAIN", plain, "PROMETHEUS", prometheus))

	// Prometheus may miss a scrape on a busy machine, so the test waits for
	// enough of them in a row, by either way.
	const scrapesWanted = 10
	var timedRun, writtenRun []scrape
	c.await("scrapes in a row in Prometheus", func() bool {
		if !s.has(scrapesWanted+2, "raw", "thinned") {
			return false
		}
		scrapes := pair(t, s.got("raw"), s.got("thinned"))
		timedRun = p.longestRun(t, "timed", scrapes)
		writtenRun = p.longestRun(t, "written", scrapes)
		return len(timedRun) >= scrapesWanted && len(writtenRun) >= scrapesWanted
	})
	scrapes := pair(t, s.got("raw"), s.got("thinned"))
	t.Run("scraped, CPU and memory", func(t *testing.T) { p.checkSamples(t, "timed", scrapes, timedRun) })
	t.Run("written, CPU and memory", func(t *testing.T) { p.checkSamples(t, "written", scrapes, writtenRun) })
	t.Run("written, sum of memory", func(t *testing.T) { p.checkWrittenSum(t, writtenRun) })
	t.Run("scraped, sum of memory", func(t *testing.T) { p.checkScrapedSum(t, scrapes) })
}

// prometheus is a real one that runs until the test ends.
type prometheus struct{ url string }

func startPrometheus(t *testing.T, address, config string) *prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v; run make test, or apt-get install prometheus", err)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "prometheus.yaml")
	require.NoError(t, os.WriteFile(file, []byte(config), 0o600))
	cmd := exec.CommandContext(t.Context(), program,
		"--config.file="+file, "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--web.enable-remote-write-receiver", "--log.level=warn")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	var log strings.Builder
	cmd.Stderr = &log
	t.Cleanup(func() { // runs after the one of launch
		if t.Failed() {
			t.Logf("Prometheus said:\n%s", log.String())
		}
	})
	launch(t, cmd)
	p := &prometheus{"http://" + address}
	await(t, "Prometheus to be ready", func() bool { return page(t, address+"/-/ready") != "" })
	return p
}

// series is one series of an answer: [seconds since the epoch, "value"] pairs.
type series struct {
	Metric map[string]string
	Value  [2]any
	Values [][2]any
}

// query evaluates PromQL at a time, in milliseconds since the epoch.
func (p *prometheus) query(t *testing.T, expression string, at int64) []series {
	t.Helper()
	resp, err := http.PostForm(p.url+"/api/v1/query", url.Values{
		"query": {expression}, "time": {strconv.FormatFloat(float64(at)/1e3, 'f', 3, 64)},
	})
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", expression, raw)
	var answer struct{ Data struct{ Result []series } }
	require.NoError(t, json.Unmarshal(raw, &answer))
	return answer.Data.Result
}

// number evaluates PromQL that has one value; false if it has none.
func (p *prometheus) number(t *testing.T, expression string, at int64) (float64, bool) {
	t.Helper()
	result := p.query(t, expression, at)
	if len(result) == 0 {
		return 0, false
	}
	require.Len(t, result, 1, expression)
	_, v := sample(t, result[0].Value)
	return v, true
}

// sample reads a pair; its time is in milliseconds.
func sample(t *testing.T, pair [2]any) (at int64, v float64) {
	v, err := strconv.ParseFloat(pair[1].(string), 64)
	require.NoError(t, err)
	return int64(math.Round(pair[0].(float64) * 1e3)), v
}

// Names that both exporters give.
var prometheusNames = map[string]string{
	"process_cpu_time_seconds_total": "process.cpu.time",
	"process_disk_io_bytes_total":    "process.disk.io",
	"process_memory_usage_bytes":     "process.memory.usage",
}

// samples returns the samples of some scrapes that came one way, scrape by
// scrape.
func (p *prometheus) samples(t *testing.T, way string, scrapes []scrape) [][]point {
	t.Helper()
	byScrape := make([][]point, len(scrapes))
	for name, metric := range prometheusNames {
		for _, s := range p.query(t, fmt.Sprintf(`%s{way="%s"}[1h]`, name, way), millis(scrapes[len(scrapes)-1].at)) {
			of := point{metric: metric, series: metric + "{}", counter: metric != "process.memory.usage"}
			for _, key := range []string{"state", "direction"} {
				if v, ok := s.Metric[key]; ok {
					of.series = metric + "{" + key + "=" + v + "}"
				}
			}
			maps.DeleteFunc(s.Metric, func(key, _ string) bool { return key == "__name__" || key == "state" || key == "direction" })
			of.resource = fmt.Sprint(s.Metric)
			of.pid, _ = strconv.ParseInt(s.Metric["process_pid"], 10, 64) // the rest has none
			for _, pair := range s.Values {
				var at int64
				at, of.value = sample(t, pair)
				i, _ := slices.BinarySearchFunc(scrapes, at, func(s scrape, at int64) int { return int(millis(s.at) - at) })
				if i < len(scrapes) && at > millis(scrapes[i].before) {
					byScrape[i] = append(byScrape[i], of)
				}
			}
		}
	}
	return byScrape
}

// millis is a timestamp as Prometheus keeps it.
func millis(nanoseconds int64) int64 { return nanoseconds / 1e6 }

// longestRun returns the most scrapes in a row of which Prometheus has every
// sample.
func (p *prometheus) longestRun(t *testing.T, way string, scrapes []scrape) []scrape {
	t.Helper()
	known := slices.Collect(maps.Values(prometheusNames))
	var longest []scrape
	from := 0
	for i, got := range p.samples(t, way, scrapes) {
		sent := 0
		for _, point := range scrapes[i].out {
			if slices.Contains(known, point.metric) {
				sent++
			}
		}
		require.LessOrEqual(t, len(got), sent, "samples of scrape %d", i)
		if len(got) < sent {
			from = i + 1
		} else if run := scrapes[from : i+1]; len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

// checkSamples compares the samples of a run of scrapes with the input: sums of
// memory, and the growth of counters by their differences.
func (p *prometheus) checkSamples(t *testing.T, way string, scrapes, run []scrape) {
	truth := newUsage()
	atScrape := map[int64]map[string]float64{} // what was used by then
	for _, s := range scrapes {
		truth.take(s.in)
		atScrape[s.at] = truth.totals()
	}
	first, last := run[0], run[len(run)-1]
	backend := newConsumer()
	var integers, doubles float64
	for i, got := range p.samples(t, way, run) {
		const memory = "process.memory.usage{}"
		assert.Equal(t, levels(run[i].in)[memory], levels(got)[memory], "scrape %d: memory by name and _other_", i)
		backend.take(got)
		off, relative := truth.worst(backend.counted, since(atScrape[run[i].at], atScrape[first.at]))
		integers, doubles = max(integers, off), max(doubles, relative)
	}
	assert.Zero(t, integers, "difference of bytes read and written")
	assert.LessOrEqual(t, doubles, 1e-9, "relative difference of CPU seconds")

	used := since(atScrape[last.at], atScrape[first.at])
	cpu := used[userTime] + used[systemTime]
	assert.Positive(t, cpu, "CPU seconds used")
	window := millis(last.at) - millis(first.at)
	increase, ok := p.number(t, fmt.Sprintf(
		`sum(increase(process_cpu_time_seconds_total{way="%s",state=~"user|system"}[%dms]))`, way, window), millis(last.at))
	require.True(t, ok)
	t.Logf("%s: %d scrapes in a row; CPU used %.4f s, by differences of samples off by %.1e, by plain increase() %.4f s (%+.1f %%); bytes off by %.0f",
		way, len(run), cpu, doubles, increase, 100*(increase/cpu-1), integers)
}

// checkWrittenSum asks PromQL for the sum of memory at every scrape: series
// that ended are marked, so none counts for five minutes more.
func (p *prometheus) checkWrittenSum(t *testing.T, run []scrape) {
	ended := 0
	for i, s := range run {
		sum, ok := p.number(t, `sum(process_memory_usage_bytes{way="written"})`, millis(s.at))
		require.True(t, ok)
		assert.Equal(t, levels(s.in)["process.memory.usage{}"], sum, "scrape %d", i)
		if i > 0 {
			now := processIDs(s.out)
			for pid := range processIDs(run[i-1].out) {
				if !now[pid] {
					ended++
				}
			}
		}
	}
	assert.NotZero(t, ended, "processes that were no longer kept")
	t.Logf("sum(process_memory_usage_bytes) was the input's at each of %d scrapes, while %d processes left", len(run), ended)
}

// checkScrapedSum asks PromQL for the sum of memory every quarter of a second,
// of what has Prometheus's own timestamps: it is that of one of the collector's
// scrapes, but for the moments when a Prometheus scrape falls between the parts
// of one.
func (p *prometheus) checkScrapedSum(t *testing.T, scrapes []scrape) {
	sums := map[float64]bool{}
	for _, s := range scrapes {
		sums[levels(s.in)["process.memory.usage{}"]] = true
	}
	right, wrong := 0, 0
	for at := scrapes[0].at; at < scrapes[len(scrapes)-1].at; at += int64(250 * time.Millisecond) {
		sum, ok := p.number(t, `sum(process_memory_usage_bytes{way="plain"})`, millis(at))
		switch {
		case !ok: // not scraped yet
		case sums[sum]:
			right++
		default:
			wrong++
		}
	}
	assert.GreaterOrEqual(t, right, len(scrapes), "sums that are of a scrape")
	assert.LessOrEqual(t, 10*wrong, right, "sums that are of no scrape; %d are", right)
	end := scrapes[len(scrapes)-1]
	late, ok := p.number(t, `sum(process_memory_usage_bytes{way="timed"})`, millis(end.at))
	require.True(t, ok)
	t.Logf("sum(process_memory_usage_bytes) was that of a scrape at %d moments, torn at %d; with send_timestamps, where this Prometheus marks no series as ended, it is %+.1f %% off at the end",
		right, wrong, 100*(late/levels(end.in)["process.memory.usage{}"]-1))
}
