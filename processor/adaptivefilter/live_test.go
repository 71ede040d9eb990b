package adaptivefilter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// config is a configuration as [run] makes it.
func config(change func(*Config)) *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = processtest.Critical()
	change(cfg)
	return cfg
}

// drawLive draws values of the keys that are live. The levels have as many
// metrics as they like.
func drawLive(t *rapid.T) func(*Config) {
	least := rapid.SampledFrom([]float64{0.01, 0.1, 1}).Draw(t, "cpu_cores")
	disk := rapid.Bool().Draw(t, "disk_io")
	ceiling := rapid.SampledFrom([]int{0, 15, 30, 60}).Draw(t, "max_series")
	list := rapid.SampledFrom([]critical.List{nil, processtest.Critical()}).Draw(t, "critical")
	mode := rapid.SampledFrom([]thinning.Mode{thinning.Enforce, thinning.Observe}).Draw(t, "mode")
	return func(c *Config) {
		c.Levels = Levels{{CPUCores: new(least)}}
		if disk {
			c.Levels[0].DiskIOMiB = new(1.0)
		}
		c.MaxSeries, c.Critical, c.Mode = ceiling, list, mode
	}
}

func TestTotalsAreConservedOverLiveChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fixed := drawConfig(t)
		now := with(fixed, drawLive(t))
		p, sink := run(t, now)
		scrape := func(s *processtest.Simulation, f processtest.Faults) pmetric.Metrics { return drawScrape(t, s, f) }
		processtest.CheckLive(t, p, sink, scrape, func(p *thinning.Processor) *thinning.Processor {
			if rapid.IntRange(0, 3).Draw(t, "reload") == 0 {
				return again(t, p, now, sink)
			}
			now = with(fixed, drawLive(t))
			processtest.Change(t, p, config(now))
			return p
		})
	})
}

// The level stays where the load has brought it, with the thresholds that it
// has now.
func TestLevelsThatChangeGoOn(t *testing.T) {
	h := newHost(t, memory(1, 3))
	processes := []processtest.Process{{PID: 1, Memory: 2}, {PID: 2, Memory: 4}, {PID: 3, Memory: 9}}
	h.settle(0.6, processes...)
	require.Equal(t, 1, levelOf(t, h.p))
	processtest.Change(t, h.p, config(memory(1, 8)))
	require.Equal(t, []int64{3}, processtest.Kept(h.scrape(0.6, processes...)))
	require.Equal(t, 1, levelOf(t, h.p))
}

// What a batch said of the CPU before a change is what the load after it is.
func TestTheLoadGoesOnOverALiveChange(t *testing.T) {
	h := newHost(t, memory(1, 3))
	h.scrape(0.2, processtest.Process{PID: 1})
	h.cpus.work(0.7)
	processtest.Push(t, h.p, h.sink, h.cpus.add(pmetric.NewMetrics()))
	processtest.Change(t, h.p, config(memory(1, 4)))
	processtest.Push(t, h.p, h.sink, processtest.At(1020, processtest.Process{PID: 1}))
	require.InDelta(t, 0.7, loadOf(h.p), 1e-9)
}

func TestOtherKeysAreNotLive(t *testing.T) {
	p, _ := run(t, memory(1, 3))
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.WhenBusy, c.Levels = More, c.Levels[:1] }, "when_busy: cannot change while the component runs, but critical, levels, max_series, mode can"},
		{func(c *Config) { c.Load.CPU = false; c.Load.Processes.High = 9 }, "load: cannot change"},
		{func(c *Config) { c.Priorities = Priorities{{Name: "all"}} }, "priorities: cannot change"},
		{func(c *Config) { c.Levels[1].Load = 0 }, "levels"},
	} {
		_, err := p.Prepare(context.Background(), processtest.ConfOf(t, config(with(memory(1, 3), c.change))))
		require.ErrorContains(t, err, c.want)
	}
}
