package adaptivefilter

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/adaptivefilter/internal/metadata"
)

// run makes a processor and the sink behind it. It runs on no machine that a
// test could depend on.
func run(t processtest.T, change func(*Config)) (*thinning.Processor, *consumertest.MetricsSink) {
	t.Helper()
	sink := new(consumertest.MetricsSink)
	return start(t, processtest.Settings(metadata.Type), change, elsewhere(), sink), sink
}

func start(t processtest.T, set processor.Settings, change func(*Config), m machine, next consumer.Metrics) *thinning.Processor {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = processtest.Critical()
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	p, err := newProcessor(set, cfg, m, next)
	require.NoError(t, err)
	return p
}

// again shuts a processor down and makes the next one of the same id.
func again(t processtest.T, p *thinning.Processor, change func(*Config), sink *consumertest.MetricsSink) *thinning.Processor {
	t.Helper()
	require.NoError(t, p.Shutdown(context.Background()))
	set := processtest.Settings(metadata.Type)
	set.ID = component.MustNewIDWithName("adaptivefilter", strings.TrimPrefix(p.ID(), "adaptivefilter/"))
	return start(t, set, change, elsewhere(), sink)
}

// elsewhere is a machine that is no host of the input.
func elsewhere() machine {
	return machine{is: func(string) bool { return false }}
}

// levelOf returns the active level of the only host.
func levelOf(t processtest.T, p *thinning.Processor) int {
	t.Helper()
	hosts := p.Hosts()
	require.Len(t, hosts, 1)
	return hosts[0].Chooser().(*chooser).controller.active
}

// cpus is a host's CPU time, as the cpu scraper writes it, and the load that it
// grows by.
type cpus struct{ busy, idle float64 }

// work lets ten seconds of four cores pass.
func (c *cpus) work(load float64) {
	c.busy += 40 * load
	c.idle += 40 * (1 - load)
}

// add puts the CPU time of the host web-1 into a batch.
func (c *cpus) add(md pmetric.Metrics) pmetric.Metrics {
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("host.name", "web-1")
	sum := processtest.AddSum(rm.ScopeMetrics().AppendEmpty().Metrics(), "system.cpu.time", "s", true)
	addState(sum, "user", c.busy)
	addState(sum, "idle", c.idle)
	return md
}

func addState(dps pmetric.NumberDataPointSlice, state string, v float64) {
	dp := dps.AppendEmpty()
	dp.SetTimestamp(pcommon.Timestamp(1000e9))
	dp.Attributes().PutStr("cpu", "cpu0")
	dp.Attributes().PutStr("state", state)
	dp.SetDoubleValue(v)
}

// memory is a configuration of which the levels look at memory alone, in bytes,
// and the load is that of the CPU. Levels beyond the first begin at 0.5 and 0.8.
func memory(least ...float64) func(*Config) {
	return func(c *Config) {
		c.Load, c.Dwell, c.Levels = Load{CPU: true}, 0, nil
		for i, v := range least {
			c.Levels = append(c.Levels, Level{Load: []float64{0, 0.5, 0.8}[i], MemoryMiB: new(v / mebibyte)})
		}
	}
}

// with is a configuration with a change.
func with(of, change func(*Config)) func(*Config) {
	return func(c *Config) { of(c); change(c) }
}

// host is a host that a processor thins, scrape by scrape.
type host struct {
	t      processtest.T
	p      *thinning.Processor
	sink   *consumertest.MetricsSink
	cpus   cpus
	second int
}

// newHost returns a host that had no scrape yet. The load of the first one is
// missing: there is nothing to compare with.
func newHost(t processtest.T, change func(*Config)) *host {
	t.Helper()
	h := &host{t: t, second: 1000}
	h.p, h.sink = run(t, change)
	return h
}

// scrape lets ten seconds pass under a load and returns what goes out.
func (h *host) scrape(load float64, processes ...processtest.Process) pmetric.Metrics {
	h.t.Helper()
	h.cpus.work(load)
	h.second += 10
	return processtest.Push(h.t, h.p, h.sink, h.cpus.add(processtest.At(h.second, processes...)))
}

// settle lets a load last until its level is active.
func (h *host) settle(load float64, processes ...processtest.Process) {
	h.t.Helper()
	for range 2 * leastDwell {
		h.scrape(load, processes...)
	}
}

func newSink() *consumertest.MetricsSink { return new(consumertest.MetricsSink) }

// loadOf and signalsOf return what was found of the only host.
func loadOf(p *thinning.Processor) float64 { return p.Hosts()[0].Chooser().(*chooser).greatest }

func signalsOf(p *thinning.Processor) [signals]float64 {
	return p.Hosts()[0].Chooser().(*chooser).load.values
}
