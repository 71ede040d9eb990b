//go:build linux

package acceptance

import (
	"cmp"
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
// output goes down when the load goes up, and comes back. What else the host
// does is load as well, so the output is held against the load that was there.
func TestATP14AdaptiveFilterMovesAgainstTheLoad(t *testing.T) {
	const lasting = 110 * time.Second
	const ceiling = 350 // below what a calm host would keep
	awaitCalm(t)
	c := startCollector(t, "process-adaptive-filter-v1", map[string]any{
		"interval": 1, "dwell": dwell.Seconds(), "max_series": ceiling, "critical": entries(),
	})
	begin := time.Now()
	l := startLoad(t, "--profile", "custom", "--file", "testdata/tide.yaml")
	moments := watch(t, c, begin, lasting)
	l.wait(time.Minute)
	c.stop()

	sent := batches(t, c.kept)
	draw(moments, sent, begin)
	calm, busy := onLevel(moments, sent, begin, 0), onLevel(moments, sent, begin, 2)
	g := verify(t, l, c, "--min-critical", "1")
	figure(t, "series, on the calm level and on the busiest", fmt.Sprintf("%.0f, %.0f", calm.series, busy.series), "fewer by 30 %")
	figure(t, "host busy, on these levels", fmt.Sprintf("%.0f %%, %.0f %%", 100*calm.busy, 100*busy.busy), "more by 30 %")
	figure(t, "turns of the level, up and down", turns(moments), "2 if nothing else runs")
	figure(t, "shortest time from a rise to a fall", quickest(moments), fmt.Sprintf("≥ %s", dwell))
	figure(t, "most series in a scrape", most(sent), fmt.Sprintf("≤ %d", ceiling))
	figure(t, "critical kept", fmt.Sprintf("%.1f %%", 100*g.criticalKept()), "100 %")
	require.Less(t, busy.series, 0.7*calm.series)
	require.Greater(t, busy.busy, calm.busy+0.3)
	require.GreaterOrEqual(t, quickest(moments), dwell-2*time.Second, "the level is read once a second")
	require.LessOrEqual(t, most(sent), ceiling)
	if end := moments[len(moments)-15:]; slices.MaxFunc(end, byBusy).busy < 0.5 {
		require.Zero(t, end[len(end)-1].level, "the host is calm again")
	}
	requireConserved(t, batches(t, c.all), sent)
}

// dwell is how long the load must have been low before the level falls.
const dwell = 10 * time.Second

func byBusy(a, b moment) int { return cmp.Compare(a.busy, b.busy) }

// period is what was seen while one level was active.
type period struct{ series, busy float64 }

// onLevel returns the means of a level, from its third second on: the scrape
// that brought it had the level before.
func onLevel(moments []moment, sent []pmetric.Metrics, begin time.Time, level float64) (p period) {
	n := 0.0
	for i := 3; i < len(moments); i++ {
		if same := moments[i-3 : i+1]; slices.ContainsFunc(same, func(m moment) bool { return m.level != level }) {
			continue
		}
		at := begin.Add(moments[i].at)
		if series := meanSeries(sent, at.Add(-1500*time.Millisecond), at); series > 0 {
			p.series, p.busy, n = p.series+series, p.busy+moments[i].busy, n+1
		}
	}
	return period{p.series / n, p.busy / n}
}

// quickest is the shortest time from a rise of the level to its next fall.
func quickest(moments []moment) time.Duration {
	shortest, rose := time.Hour, time.Duration(0)
	for i := 1; i < len(moments); i++ {
		switch before, after := moments[i-1], moments[i]; {
		case after.level > before.level:
			rose = after.at
		case after.level < before.level:
			shortest = min(shortest, after.at-rose)
		}
	}
	return shortest.Round(time.Second)
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
	res, err := http.Get("http://" + c.address + "/metrics")
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
