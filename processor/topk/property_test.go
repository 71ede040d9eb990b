package topk

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadata"
)

type asserting interface {
	require.TestingT
	Helper()
}

// ids makes every processor of the tests one of its own.
var ids atomic.Int64

// settings are those of a processor with an id that no other one has.
func settings() processor.Settings {
	set := processortest.NewNopSettings(metadata.Type)
	set.ID = component.NewIDWithName(metadata.Type, fmt.Sprint(ids.Add(1)))
	return set
}

// run makes a processor and the sink behind it.
func run(t asserting, change func(*Config)) (*topk, *consumertest.MetricsSink) {
	t.Helper()
	sink := new(consumertest.MetricsSink)
	return start(t, settings(), change, sink), sink
}

// start makes a processor with these settings.
func start(t asserting, set processor.Settings, change func(*Config), sink *consumertest.MetricsSink) *topk {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = critical.List{{Name: "c", Conditions: []string{`resource.attributes["process.test_critical"] == true`}}}
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	p, err := newProcessor(set, cfg, sink)
	require.NoError(t, err)
	return p
}

// push sends a batch and returns what came out; an empty batch if nothing did.
func push(t asserting, p *topk, sink *consumertest.MetricsSink, md pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	sink.Reset()
	require.NoError(t, p.ConsumeMetrics(context.Background(), md))
	if all := sink.AllMetrics(); len(all) > 0 {
		return all[0]
	}
	return pmetric.NewMetrics()
}

func drawConfig(t *rapid.T) func(*Config) {
	k := rapid.IntRange(1, 4).Draw(t, "k")
	hold := rapid.IntRange(0, 3).Draw(t, "hold")
	ceiling := rapid.SampledFrom([]int{0, 15, 30, 60}).Draw(t, "max_series")
	other := rapid.SampledFrom([]string{"_other_", "rest"}).Draw(t, "other")
	group := rapid.Bool().Draw(t, "group")
	return func(c *Config) {
		c.RankBy = []Rank{{Metric: "cpu", K: k, Min: 0.01}, {Metric: "memory", K: k}}
		c.Hysteresis.Hold, c.MaxSeries, c.Other.Name = hold, ceiling, other
		if group {
			c.RankGroup = []string{"process.executable.name"}
		}
	}
}

// After every scrape the sum of what a backend counts for the kept ones and
// for _other_ is what the processes used, whichever of two ways it counts.
func TestTotalsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t)
		p, sink := run(t, drawConfig(t))
		f := faults{
			values:     rapid.Bool().Draw(t, "bad values"),
			duplicates: rapid.Bool().Draw(t, "duplicates"),
			creation:   rapid.Bool().Draw(t, "bad creation times"),
		}
		tr, plain, believer := newTruth(), newBackend(false), newBackend(true)
		var renamed map[string]int // scrapes of each host when _other_ may have got another name
		for range rapid.IntRange(2, 12).Draw(t, "scrapes") {
			if rapid.IntRange(0, 5).Draw(t, "reload") == 0 {
				p = again(t, p, drawConfig(t), sink)
				renamed = maps.Clone(tr.scrapes)
			}
			md := s.scrape(t, f)
			late := pmetric.NewMetrics()
			md.CopyTo(late)
			tr.take(md)
			out := push(t, p, sink, md)
			plain.take(out)
			believer.take(out)
			if tr.beyond(renamed, 1) {
				require.Empty(t, plain.differs(tr))
				require.Empty(t, believer.differs(tr))
			}
			checkLevels(t, tr, out)
			if rapid.IntRange(0, 5).Draw(t, "late") == 0 {
				require.Empty(t, samples(push(t, p, sink, late)), "a batch that came before")
			}
			s.step(t)
		}
	})
}

func checkLevels(t *rapid.T, tr *truth, out pmetric.Metrics) {
	got := map[string]float64{}
	for _, list := range samples(out) {
		for _, s := range list {
			if !s.monotonic && !s.flagged && s.metric != "process.count" {
				got[s.total()] += s.value
			}
		}
	}
	for key, want := range tr.levels {
		require.Equal(t, want, got[key], key)
	}
}

// Critical processes are there on every scrape, the ceiling holds but for
// them, no counter of _other_ falls, and everything else passes.
func TestWhatIsPromisedOnEveryScrape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t)
		ceiling := 0
		change := drawConfig(t)
		p, sink := run(t, func(c *Config) { change(c); ceiling = c.MaxSeries })
		tr := newTruth()
		other := map[string]float64{}
		for range rapid.IntRange(2, 10).Draw(t, "scrapes") {
			md := s.scrape(t, faults{values: true, duplicates: true, creation: true})
			tr.take(md)
			out := push(t, p, sink, md)
			require.Equal(t, "shop", out.ResourceMetrics().At(0).Resource().Attributes().AsRaw()["service.name"])
			checkPromises(t, s, tr, out, ceiling, other)
			s.step(t)
		}
	})
}

func checkPromises(t *rapid.T, s *simulation, tr *truth, out pmetric.Metrics, ceiling int, other map[string]float64) {
	for _, h := range s.hosts {
		kept, points, always := map[int64]bool{}, 0, 0
		protected := map[int64]bool{}
		for _, p := range h.live {
			protected[p.pid] = p.critical && p.absent == 0
		}
		for _, list := range samples(out) {
			for _, sm := range list {
				if sm.host != h.name || sm.flagged {
					continue
				}
				points++
				kept[sm.pid] = true
				if sm.pid == 0 || protected[sm.pid] {
					always++
				}
				if sm.pid == 0 && sm.monotonic {
					require.GreaterOrEqual(t, sm.value, other[sm.total()], "a counter of _other_ fell")
					other[sm.total()] = sm.value
				}
				require.NotContains(t, sm.resource, "secret")
			}
		}
		for pid, must := range protected {
			if must && len(tr.offered[fmt.Sprintf("%s/%d", h.name, pid)]) > 0 {
				require.True(t, kept[pid], "critical process %d of %s", pid, h.name)
			}
		}
		if ceiling > 0 {
			require.LessOrEqual(t, points, max(ceiling, always), "series of %s", h.name)
		}
	}
}

// The order of resources in a batch changes nothing.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t)
		change := drawConfig(t)
		p, sink := run(t, change)
		q, other := run(t, change)
		for range rapid.IntRange(2, 8).Draw(t, "scrapes") {
			md := s.scrape(t, faults{values: true})
			mixed := shuffle(md, rapid.Uint64().Draw(t, "seed"))
			require.Equal(t, sorted(push(t, p, sink, md)), sorted(push(t, q, other, mixed)))
			s.step(t)
		}
	})
}

func shuffle(md pmetric.Metrics, seed uint64) pmetric.Metrics {
	out := pmetric.NewMetrics()
	for _, i := range rand.New(rand.NewPCG(seed, 1)).Perm(md.ResourceMetrics().Len()) {
		md.ResourceMetrics().At(i).CopyTo(out.ResourceMetrics().AppendEmpty())
	}
	return out
}

func sorted(md pmetric.Metrics) (all []string) {
	for _, list := range samples(md) {
		for _, s := range list {
			all = append(all, fmt.Sprintf("%+v", s))
		}
	}
	slices.Sort(all)
	return all
}
