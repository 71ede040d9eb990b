package processmetrics

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

// replace changes a file below proc.
func replace(t *testing.T, root, file, old, with string) {
	t.Helper()
	file = filepath.Join(root, "proc", file)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(text), old, with, 1)), 0o600))
}

// ofNobody returns the resource that has a name and no PID.
func ofNobody(t *testing.T, md pmetric.Metrics, name string) pmetric.ResourceMetrics {
	t.Helper()
	for _, rm := range md.ResourceMetrics().All() {
		if got, ok := rm.Resource().Attributes().Get("process.executable.name"); ok && got.Str() == name {
			require.Equal(t, map[string]any{"process.executable.name": name}, rm.Resource().Attributes().AsRaw())
			return rm
		}
	}
	require.Fail(t, "there is none of "+name)
	return pmetric.ResourceMetrics{}
}

// The host used 4 s of user and 2 s of system time, of which nginx shows 1 s
// and 0.5 s; the rest is of what came and went.
func TestWhatNoProcessShowsIsAProcess(t *testing.T) {
	root := host(t)
	o := observe(t, root, func(c *Config) { c.Unattributed.Enabled = true })
	began := time.Now()
	require.Equal(t, map[string]float64{"process.cpu.time user": 0, "process.cpu.time system": 0}, series(ofNobody(t, o.next(t), "_unattributed_")))
	replace(t, root, "stat", "cpu  9 9 9 9", "cpu  209 209 109 9 0 50 50")
	replace(t, root, "812/stat", " 150 25 ", " 250 75 ")
	rm := ofNobody(t, o.next(t), "_unattributed_")
	require.Equal(t, map[string]float64{"process.cpu.time user": 3, "process.cpu.time system": 1.5}, series(rm))
	dp := rm.ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0)
	require.WithinRange(t, dp.StartTimestamp().AsTime(), began, dp.Timestamp().AsTime())
}

func TestOfAHostThatCannotBeReadNothingIsUnattributed(t *testing.T) {
	root := host(t)
	o := observe(t, root, func(c *Config) { c.Unattributed.Enabled = true })
	require.NoError(t, os.Remove(filepath.Join(root, "proc", "stat")))
	md, err := o.scrape(context.Background())
	require.ErrorContains(t, err, "read /proc/stat")
	require.Zero(t, md.ResourceMetrics().Len())
}

// Processes that are not written show what they use all the same.
func TestExcludedProcessesAreNotUnattributed(t *testing.T) {
	root := host(t)
	o := observe(t, root, func(c *Config) {
		c.Unattributed = Unattributed{Enabled: true, Name: "nobody"}
		c.Exclude = Names{strict, []string{"nginx"}}
	})
	o.next(t)
	replace(t, root, "stat", "cpu  9 9 9 9", "cpu  109 9 9 9")
	replace(t, root, "812/stat", " 150 25 ", " 240 25 ")
	require.Equal(t, map[string]float64{"process.cpu.time user": 0.1, "process.cpu.time system": 0}, series(ofNobody(t, o.next(t), "nobody")))
}

func TestUnattributedIsOffByDefault(t *testing.T) {
	require.Equal(t, 2, observe(t, host(t), nil).next(t).ResourceMetrics().Len())
}

// A processor that keeps the first process alone lets it pass as it is.
func TestTopkLetsTheUnattributedPass(t *testing.T) {
	root := host(t)
	o := observe(t, root, func(c *Config) { c.Unattributed.Enabled = true })
	sink := new(consumertest.MetricsSink)
	f := topk.NewFactory()
	cfg := f.CreateDefaultConfig().(*topk.Config)
	cfg.RankBy = []topk.Rank{{Metric: "memory", K: 1}}
	p, err := f.CreateMetrics(context.Background(), processortest.NewNopSettings(f.Type()), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	for range 3 {
		replace(t, root, "stat", "cpu  ", "cpu  1")
		in := o.next(t)
		want := pmetric.NewMetrics()
		ofNobody(t, in, "_unattributed_").CopyTo(want.ResourceMetrics().AppendEmpty())
		require.NoError(t, p.ConsumeMetrics(context.Background(), in))
		got := pmetric.NewMetrics()
		out := sink.AllMetrics()[len(sink.AllMetrics())-1]
		require.Equal(t, 3, out.ResourceMetrics().Len(), "nginx, the unattributed and _other_")
		ofNobody(t, out, "_unattributed_").CopyTo(got.ResourceMetrics().AppendEmpty())
		require.NoError(t, pmetrictest.CompareMetrics(want, got))
	}
	require.NoError(t, p.Shutdown(context.Background()))
}

// Nor does selection at the source touch it.
func TestSelectionLetsTheUnattributedPass(t *testing.T) {
	root := host(t)
	plain := func(c *Config) { c.Unattributed.Enabled = true }
	selecting := observe(t, root, func(c *Config) {
		plain(c)
		cfg := topk.NewFactory().CreateDefaultConfig().(*topk.Config)
		cfg.RankBy = []topk.Rank{{Metric: "memory", K: 1}}
		c.Selection.Topk = configoptional.Some(*cfg)
	})
	o := observe(t, root, plain)
	for range 3 {
		replace(t, root, "stat", "cpu  ", "cpu  1")
		want, out := ofNobody(t, o.next(t), "_unattributed_"), selecting.next(t)
		require.Equal(t, 3, out.ResourceMetrics().Len(), "nginx, the unattributed and _other_")
		require.Equal(t, series(want), series(ofNobody(t, out, "_unattributed_")))
	}
}
