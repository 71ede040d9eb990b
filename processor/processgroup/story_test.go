package processgroup

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

type ps = processtest.Process

// run makes a processor and the sink behind it.
func run(t processtest.T, change func(*Config)) (*thinning.Processor, *consumertest.MetricsSink) {
	t.Helper()
	sink := new(consumertest.MetricsSink)
	return start(t, processtest.Settings(metadata.Type), change, sink), sink
}

// start makes a processor with these settings.
func start(t processtest.T, set processor.Settings, change func(*Config), next consumer.Metrics) *thinning.Processor {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = processtest.Critical()
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	p, err := newProcessor(set, cfg, next)
	require.NoError(t, err)
	return p
}

// again shuts a processor down and makes the next one of the same id.
func again(t processtest.T, p *thinning.Processor, change func(*Config), sink *consumertest.MetricsSink) *thinning.Processor {
	t.Helper()
	require.NoError(t, p.Shutdown(context.Background()))
	set := processtest.Settings(metadata.Type)
	require.NoError(t, set.ID.UnmarshalText([]byte(p.ID())))
	return start(t, set, change, sink)
}

// at is the scrape of one host at a second: the name of a process is that of
// its owner too.
func at(second int, processes ...ps) pmetric.Metrics {
	return owned(processtest.At(second, processes...))
}

// owned makes the names of processes their owners.
func owned(md pmetric.Metrics) pmetric.Metrics {
	for _, rm := range md.ResourceMetrics().All() {
		if name, ok := rm.Resource().Attributes().Get("process.executable.name"); ok {
			rm.Resource().Attributes().PutStr("process.owner", name.Str())
		}
	}
	return md
}

// sums are the values of a group by metric.
type sums map[string]float64

// of is a group with this CPU time, memory and count.
func of(cpu, memory, count float64) sums {
	return sums{"process.cpu.time": cpu, "process.memory.usage": memory, "process.count": count}
}

// groups returns the values of each group that goes on, by its name.
func groups(md pmetric.Metrics) map[string]sums {
	all := map[string]sums{}
	for _, s := range processtest.AllSamples(md) {
		if s.Group == "" || s.Flagged {
			continue
		}
		if all[s.Group] == nil {
			all[s.Group] = sums{}
		}
		all[s.Group][s.Metric] = s.Value
	}
	return all
}

// ended counts the last points of each group.
func ended(md pmetric.Metrics) map[string]int {
	all := map[string]int{}
	for _, s := range processtest.AllSamples(md) {
		if s.Group != "" && s.Flagged {
			all[s.Group]++
		}
	}
	return all
}

// scrape is what a scrape of a story has, and the groups that come out.
type scrape struct {
	processes []ps
	want      map[string]sums
}

// tell lets a processor live through a story, a scrape every ten seconds.
func tell(t *testing.T, change func(*Config), story ...scrape) {
	t.Helper()
	p, sink := run(t, change)
	for i, s := range story {
		got := groups(processtest.Push(t, p, sink, at(1000+10*i, s.processes...)))
		require.Equal(t, s.want, got, "scrape %d", i+1)
	}
}

// named is a group of all processes of a name.
func named(group, name string) Group {
	return Group{Name: group, Conditions: processtest.Named(name, 0).Conditions}
}

// most lets a host have this many groups.
func most(n int) func(*Config) { return func(c *Config) { c.MaxGroups = n } }
