//go:build linux

package acceptance

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// moment is what was seen at one time of the tide.
type moment struct {
	at    time.Duration // since the load began
	busy  float64       // share of all cores, by /proc/stat
	level float64       // of the filter, by its own metric
}

// AT-P14: process-adaptive-filter-v1 under churn and a tide of CPU load: its
// output goes down when the load goes up, and comes back, once.
func TestATP14AdaptiveFilterMovesAgainstTheLoad(t *testing.T) {
	const calm, busy, after = 30 * time.Second, 70 * time.Second, 110 * time.Second
	const ceiling = 350 // below what a calm host would keep
	awaitCalm(t)
	c := startCollector(t, "process-adaptive-filter-v1", map[string]any{
		"interval": 1, "dwell": 10, "max_series": ceiling, "critical": entries(),
	})
	begin := time.Now()
	l := startLoad(t, "--profile", "custom", "--file", "testdata/tide.yaml")
	moments := watch(t, c, begin, after)
	l.wait(time.Minute)
	c.stop()

	sent := batches(t, c.kept)
	mean := func(from, to time.Duration) float64 { return meanSeries(sent, begin.Add(from), begin.Add(to)) }
	// Each phase is looked at once the filter had time to see it.
	before, during, later := mean(12*time.Second, calm), mean(calm+10*time.Second, busy), mean(busy+25*time.Second, after)
	draw(moments, sent, begin)
	g := verify(t, l, c, "--min-critical", "1")
	figure(t, "series, calm → busy → calm", fmt.Sprintf("%.0f → %.0f → %.0f", before, during, later), "fewer while busy")
	figure(t, "turns of the level, up and down", turns(moments), "2: up once, down once")
	figure(t, "most series in a scrape", most(sent), fmt.Sprintf("≤ %d", ceiling))
	figure(t, "critical kept", fmt.Sprintf("%.1f %%", 100*g.criticalKept()), "100 %")
	require.Less(t, during, 0.7*before)
	require.Less(t, during, 0.7*later)
	require.Equal(t, 2, turns(moments))
	require.LessOrEqual(t, most(sent), ceiling)
	requireConserved(t, batches(t, c.all), sent)
}

// awaitCalm waits until nothing else makes the host busy: what is tested is the
// load of the test.
func awaitCalm(t *testing.T) {
	t.Helper()
	calm, before := 0, readStat(t)
	for range 120 {
		time.Sleep(time.Second)
		now := readStat(t)
		if calm++; now.busySince(before) > 0.3 {
			calm = 0
		}
		if before = now; calm == 5 {
			return
		}
	}
	t.Fatal("something else keeps more than 30 % of this host busy for two minutes; run the test when it is idle")
}

// watch looks at the host and at the filter every second.
func watch(t *testing.T, c *collector, begin time.Time, lasting time.Duration) (seen []moment) {
	t.Helper()
	stat := readStat(t)
	for time.Since(begin) < lasting {
		time.Sleep(time.Second)
		next := readStat(t)
		m := moment{at: time.Since(begin), busy: next.busySince(stat)}
		stat = next
		if level, ok := c.gauge("otelcol_processor_adaptivefilter_level"); ok {
			m.level = level
			seen = append(seen, m)
		}
	}
	return seen
}

// gauge reads one of the collector's own metrics; false if it has none yet.
func (c *collector) gauge(name string) (v float64, ok bool) {
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", c.port))
	if err != nil {
		return 0, false
	}
	defer func() { _ = res.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(res.Body)
	if err != nil || families[name] == nil {
		return 0, false
	}
	return families[name].GetMetric()[0].GetGauge().GetValue(), true
}

// turns counts how often the level began to rise or to fall.
func turns(moments []moment) (n int) {
	direction := 0
	for i := 1; i < len(moments); i++ {
		now := direction
		switch before, after := moments[i-1].level, moments[i].level; {
		case after > before:
			now = 1
		case after < before:
			now = -1
		}
		if now != direction {
			n, direction = n+1, now
		}
	}
	return n
}

func meanSeries(sent []pmetric.Metrics, from, to time.Time) float64 {
	sum, n := 0, 0
	for _, md := range sent {
		if at := timeOf(md); at.After(from) && at.Before(to) {
			sum, n = sum+series(md), n+1
		}
	}
	return float64(sum) / float64(n)
}

func most(sent []pmetric.Metrics) (n int) {
	for _, md := range sent {
		n = max(n, series(md))
	}
	return n
}

// timeOf is the time of a batch: that of its latest point.
func timeOf(md pmetric.Metrics) time.Time {
	var at int64
	for _, s := range processtest.AllSamples(md) {
		at = max(at, s.At)
	}
	return time.Unix(0, at)
}

// draw prints the tide: a line for every five seconds.
func draw(moments []moment, sent []pmetric.Metrics, begin time.Time) {
	fmt.Println("       s   host busy   level   series out")
	for i := 0; i < len(moments); i += 5 {
		m := moments[i]
		n := meanSeries(sent, begin.Add(m.at-2*time.Second), begin.Add(m.at+3*time.Second))
		fmt.Printf("%8.0f %9.0f %% %7.0f %12.0f  %s\n", m.at.Seconds(), 100*m.busy, m.level, n, strings.Repeat("▪", int(max(n, 0)/10)))
	}
}

// stat is the first line of /proc/stat: ticks of all cores.
type stat struct{ all, idle float64 }

func readStat(t *testing.T) (s stat) {
	t.Helper()
	raw, err := os.ReadFile("/proc/stat")
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range slices.Collect(strings.FieldsSeq(first))[1:9] {
		var ticks float64
		_, err := fmt.Sscan(field, &ticks)
		require.NoError(t, err)
		s.all += ticks
		if i == 3 || i == 4 { // idle and iowait
			s.idle += ticks
		}
	}
	return s
}

func (s stat) busySince(before stat) float64 {
	return 1 - (s.idle-before.idle)/(s.all-before.all)
}
