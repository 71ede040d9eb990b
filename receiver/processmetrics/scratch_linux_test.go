package processmetrics

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/filter"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/procread"
	"github.com/phoenix-platform/phoenix/processor/topk"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadatatest"
)

// someConfig draws a configuration of each way to make metrics: from templates,
// by the builder, and by the builder for some processes only.
func someConfig(t *rapid.T) *Config {
	cfg := rapid.SampledFrom([]func() *Config{everything, func() *Config { return createDefaultConfig().(*Config) }}).Draw(t, "config")()
	cfg.Unattributed.Enabled = rapid.Bool().Draw(t, "unattributed")
	if rapid.IntRange(0, 3).Draw(t, "summed") == 0 {
		cfg.MetricsBuilderConfig.Metrics.ProcessCPUTime.EnabledAttributes = []metadata.ProcessCPUTimeMetricAttributeKey{}
	}
	if rapid.IntRange(0, 3).Draw(t, "filtered") == 0 {
		cfg.MetricsBuilderConfig.ResourceAttributes.ProcessExecutableName.MetricsExclude = []filter.Config{{Strict: "b"}}
	}
	return cfg
}

// crowd is the processes of a host as a Reader has them: the same ones from
// scrape to scrape.
type crowd map[int32]*procread.Process

// step lets processes begin, end, work, run other programs and give their PIDs
// to others.
func (c crowd) step(t *rapid.T, at int64) {
	for pid := range int32(6) {
		p, n := c[pid], func(label string) uint64 { return rapid.Uint64Range(0, 2).Draw(t, label) }
		switch event := rapid.SampledFrom([]string{"idle", "idle", "works", "exec", "fork", "refused", "ends", "reused"}).Draw(t, "event"); {
		case event == "ends":
			delete(c, pid)
			continue
		case p == nil, event == "reused":
			c[pid] = anyProcess(t)
			c[pid].PID, c[pid].Before = pid+1, procread.CPU{}
		case event == "works":
			p.Stat.User, p.IO.Read, p.Memory.Resident = p.Stat.User+n("user"), p.IO.Read+n("read"), n("resident")
		case event == "exec":
			p.Name, p.CommandLine = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), rapid.String().Draw(t, "line")
		case event == "fork":
			p.Stat.Parent++
		case event == "refused":
			p.Known ^= procread.IOFile
		}
		c[pid].At = at
	}
}

// What a scratch has after a scrape is what a writer of nothing but this scrape
// has.
func TestAScratchIsAsAFreshBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := someConfig(t)
		set := metadatatest.NewSettings(componenttest.NewTelemetry())
		s, fresh, all := newScratch(newWriter(set, cfg)), newWriter(set, cfg), crowd{}
		for second := range rapid.IntRange(1, 6).Draw(t, "scrapes") {
			at := int64(2e18) + int64(second)*1e9
			h := procread.Host{Cores: 3, Memory: 1 << 40}
			all.step(t, at)
			s.begin()
			for _, p := range all {
				s.process(p, h)
				fresh.process(p, h)
			}
			for _, p := range all {
				p.Before = p.CPU()
			}
			rest := procread.Unattributed{At: at, Since: 1e18}
			s.unattributed(rest)
			fresh.unattributed(rest)
			require.NoError(t, pmetrictest.CompareMetrics(fresh.take(), s.end(), pmetrictest.IgnoreResourceMetricsOrder()))
		}
	})
}

// idlers returns processes that use nothing, of memory that falls with the PID.
func idlers(n int) (all []*procread.Process) {
	for i := range n {
		all = append(all, &procread.Process{
			PID: int32(i + 1), Born: 1e18, At: 2e18, Known: 1<<procread.Files - 1, Before: procread.CPU{At: 1},
			Stat: procread.Stat{User: uint64(i)}, Memory: procread.Memory{Resident: uint64(n - i)},
			Attributes: procread.Attributes{Name: fmt.Sprint("sleep", i), CommandLine: "sleep 1000"},
		})
	}
	return all
}

func (s *scratch) scraped(all []*procread.Process) pmetric.Metrics {
	s.begin()
	for _, p := range all {
		p.Before, p.At = p.CPU(), p.At+1e9
		s.process(p, procread.Host{Cores: 2, Memory: 1 << 40})
	}
	return s.end()
}

func TestAnIdleProcessCostsAScratchNothing(t *testing.T) {
	cfg := everything()
	cfg.MetricsBuilderConfig.Metrics.ProcessUptime.Enabled = false // which grows
	s, all := newScratch(newWriter(metadatatest.NewSettings(componenttest.NewTelemetry()), cfg)), idlers(100)
	s.scraped(all)
	require.Zero(t, testing.AllocsPerRun(10, func() { s.scraped(all) }))
	require.EqualValues(t, 1, testing.AllocsPerRun(10, func() { all[7].Stat.User++; s.scraped(all) }), "the value that changed")
}

// A crowd that ends between two scrapes leaves nothing behind.
func TestACrowdThatEndsIsGone(t *testing.T) {
	o := observe(t, host(t), top(5, nil))
	all := idlers(2000)
	for _, alive := range []int{2000, 2000, 50, 50, 3, 2000} {
		kept, err := o.selected.of(context.Background(), o.scratch.scraped(all[:alive]))
		require.NoError(t, err)
		require.Len(t, processtest.Kept(kept), min(5, alive))
		require.Equal(t, float64(alive-min(5, alive)), series(ofNobody(t, kept, "_other_"))["process.count"])
		require.Len(t, o.scratch.byPID, alive)
	}
}

// A scrape of ten times as many processes, none of the others kept, allocates
// longer lists and no more of them.
func TestADroppedProcessCostsNothing(t *testing.T) {
	cost := func(processes int) float64 {
		o := observe(t, host(t), func(c *Config) {
			k := *topk.NewFactory().CreateDefaultConfig().(*topk.Config)
			k.RankBy = []topk.Rank{{Metric: "memory", K: 5}}
			c.Selection.Topk = configoptional.Some(k)
		})
		all := idlers(processes)
		scrape := func() {
			kept, err := o.selected.of(context.Background(), o.scratch.scraped(all))
			if err != nil || kept.ResourceMetrics().Len() != 6 {
				t.Error("want the top 5 and the rest", kept.ResourceMetrics().Len(), err)
			}
		}
		for range 3 {
			scrape()
		}
		defer func() { require.NoError(t, o.shutdown(context.Background())) }()
		return testing.AllocsPerRun(10, scrape)
	}
	few, many := cost(100), cost(1000)
	t.Logf("%v allocations with 95 dropped, %v with 995", few, many)
	require.InDelta(t, few, many, 9, "1 % of those that are more")
}
