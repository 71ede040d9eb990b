package topk

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
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

// drawLive draws values of the keys that are live.
func drawLive(t *rapid.T) func(*Config) {
	k, least := rapid.IntRange(1, 4).Draw(t, "k"), rapid.SampledFrom([]float64{0, 0.01, 1}).Draw(t, "min")
	ceiling := rapid.SampledFrom([]int{0, 15, 30, 60}).Draw(t, "max_series")
	list := rapid.SampledFrom([]critical.List{nil, processtest.Critical()}).Draw(t, "critical")
	mode := rapid.SampledFrom([]thinning.Mode{thinning.Enforce, thinning.Observe}).Draw(t, "mode")
	return func(c *Config) {
		c.RankBy = []Rank{{Metric: "cpu", K: k, Min: least}, {Metric: "memory", K: k}}
		c.MaxSeries, c.Critical, c.Mode = ceiling, list, mode
	}
}

func TestTotalsAreConservedOverLiveChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fixed := drawConfig(t)
		now := with(fixed, drawLive(t))
		p, sink := run(t, now)
		scrape := func(s *processtest.Simulation, f processtest.Faults) pmetric.Metrics { return s.Scrape(t, f) }
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

// scrapes lets three processes of rising memory be scraped, the first of them
// critical for who asks.
type scrapes struct {
	processtest.T
	p      *thinning.Processor
	sink   *consumertest.MetricsSink
	second int
}

func (s *scrapes) next() pmetric.Metrics {
	s.second += 10
	used := float64(s.second)
	return push(s.T, s.p, s.sink, at(1000+s.second,
		ps{PID: 1, Name: "a", Begun: 1, CPU: used, Memory: 1, Critical: true},
		ps{PID: 2, Name: "b", Begun: 1, CPU: 2 * used, Memory: 2}, ps{PID: 3, Name: "c", Begun: 1, CPU: 3 * used, Memory: 3}))
}

func TestChangesHoldFromTheNextScrapeOn(t *testing.T) {
	nobody := with(top("memory", 1), func(c *Config) { c.Critical = nil })
	p, sink := run(t, nobody)
	s := &scrapes{T: t, p: p, sink: sink}
	require.Equal(t, []int64{3}, kept(s.next()))
	for _, c := range []struct {
		about  string
		change func(*Config)
		want   []int64
	}{
		{"k", func(c *Config) { c.RankBy[0].K = 2 }, []int64{2, 3}},
		{"critical", func(c *Config) { c.Critical = processtest.Critical() }, []int64{1, 3}},
		{"min", func(c *Config) { c.RankBy[0].Min = 4 }, nil},
		{"max_series", func(c *Config) { c.RankBy[0].K, c.MaxSeries = 2, 5 }, []int64{3}}, // three are _other_'s
		{"mode", func(c *Config) { c.Mode = thinning.Observe }, []int64{1, 2, 3}},
		{"nothing", func(*Config) {}, []int64{3}},
	} {
		processtest.Change(t, p, config(with(nobody, c.change)))
		require.ElementsMatch(t, c.want, kept(s.next()), c.about)
	}
}

// A revealed host has every process, and _other_ goes on: it stands for nobody.
func TestToObserveForAWhileEndsNoSeries(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	s := &scrapes{T: t, p: p, sink: sink}
	s.next()
	s.next()
	before := rest(s.next())["process.cpu.time"]
	processtest.Change(t, p, config(with(top("memory", 1), func(c *Config) { c.Mode = thinning.Observe })))
	require.Equal(t, "observe", p.Mode())
	out := s.next()
	require.Equal(t, []int64{1, 2, 3}, kept(out))
	require.Empty(t, ended(out, 0))
	require.InDelta(t, before+20, rest(out)["process.cpu.time"], 0, "what 2 used until its first sample")
	require.Zero(t, rest(out)["process.count"])
	require.InDelta(t, before+20, rest(s.next())["process.cpu.time"], 0)
	require.Len(t, p.Explain("web-1", process.Query{}, time.Unix(1100, 0)), 2, "the choice is what it was")
	processtest.Change(t, p, config(top("memory", 1)))
	out = s.next()
	require.Equal(t, []int64{1, 3}, kept(out))
	require.NotEmpty(t, ended(out, 2))
	require.InDelta(t, before+40, rest(out)["process.cpu.time"], 0)
}

// Whoever prepares a change has changed nothing.
func TestAPreparedChangeIsNone(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	s := &scrapes{T: t, p: p, sink: sink}
	_, err := p.Prepare(context.Background(), processtest.ConfOf(t, config(top("memory", 3))))
	require.NoError(t, err)
	require.Equal(t, []int64{1, 3}, kept(s.next()))
}

func TestOtherKeysAreNotLive(t *testing.T) {
	p, _ := run(t, top("memory", 1))
	for _, c := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.RankBy[0].Metric = "cpu" }, "rank_by: cannot change while the component runs, but critical, max_series, mode, k and min of rank_by can; restart its pipeline to change it"},
		{func(c *Config) { c.RankBy = nil }, "rank_by: cannot change"},
		{func(c *Config) { c.HalfLife, c.Counters = time.Hour, thinning.Raw }, "half_life: cannot change while the component runs, but critical, max_series, mode, k and min of rank_by can; restart its pipeline to change it; counters: cannot change"},
		{func(c *Config) { c.Other.Name = "rest" }, "other: cannot change"},
		{func(c *Config) { c.RankBy[0].K = 0 }, "k: must be at least 1, got 0"},
		{func(c *Config) { c.Critical[0].Conditions = []string{"x"} }, "conditions::0: "},
	} {
		_, err := p.Prepare(context.Background(), processtest.ConfOf(t, config(with(top("memory", 1), c.change))))
		require.ErrorContains(t, err, c.want)
		require.ErrorContains(t, err, p.ID()+": ")
	}
	conf := processtest.ConfOf(t, config(top("memory", 1)))
	require.NoError(t, conf.Merge(confOf(map[string]any{"kay": 3})))
	_, err := p.Prepare(context.Background(), conf)
	require.ErrorContains(t, err, "kay")
}

// What is left out has its default, and what is empty is left out.
func TestALeftOutKeyHasItsDefault(t *testing.T) {
	p, _ := run(t, nil)
	_, err := p.Prepare(context.Background(), confOf(map[string]any{"max_series": 7, "rank_group": []any{}}))
	require.NoError(t, err)
}

func confOf(raw map[string]any) *confmap.Conf { return confmap.NewFromStringMap(raw) }

// registry is a host with an extension that changes come from, which it is
// itself.
type registry struct {
	component.Component
	targets map[component.ID]live.Target
}

func newRegistry() *registry { return &registry{targets: map[component.ID]live.Target{}} }

func (r *registry) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("phoenix_opamp"): r, component.MustNewID("other"): r.Component}
}

func (r *registry) Register(id component.ID, t live.Target) func() {
	r.targets[id] = t
	return func() { delete(r.targets, id) }
}

func TestAProcessorIsKnownWhileItRuns(t *testing.T) {
	p, _ := run(t, nil)
	r := newRegistry()
	require.NoError(t, p.Start(context.Background(), r))
	require.Same(t, p, r.targets[component.MustNewIDWithName("topk", p.ID()[len("topk/"):])])
	require.NoError(t, p.Shutdown(context.Background()))
	require.Empty(t, r.targets)
}

// A change that comes too late does not touch what the successor has.
func TestAChangeAfterShutdownIsNone(t *testing.T) {
	former, sink := run(t, top("memory", 1))
	commit, err := former.Prepare(context.Background(), processtest.ConfOf(t, config(top("memory", 3))))
	require.NoError(t, err)
	p := again(t, former, top("memory", 1), sink)
	commit()
	s := &scrapes{T: t, p: p, sink: sink}
	require.Equal(t, []int64{1, 3}, kept(s.next()))
}

func TestChangesDuringScrapesAndShutdown(t *testing.T) {
	p, _ := run(t, top("memory", 1))
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			if err := p.ConsumeMetrics(context.Background(), at(1000+i, ps{PID: 1}, ps{PID: 2})); err != nil && !errors.Is(err, thinning.ErrClosed) {
				t.Error(err)
			}
			p.HostNames()
		})
		calls.Go(func() {
			commit, err := p.Prepare(context.Background(), processtest.ConfOf(t, config(with(top("memory", 1+i%3), func(c *Config) {
				c.Mode = []thinning.Mode{thinning.Enforce, thinning.Observe}[i%2]
			}))))
			if err != nil {
				t.Error(err)
				return
			}
			commit()
			if i == 15 {
				_ = p.Shutdown(context.Background())
			}
		})
	}
	calls.Wait()
	require.NoError(t, p.Shutdown(context.Background()))
	require.Empty(t, p.HostNames())
}
