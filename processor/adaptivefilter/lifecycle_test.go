package adaptivefilter

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func TestShutdownWithoutStartAndTwice(t *testing.T) {
	p, _ := run(t, nil)
	require.NoError(t, p.Shutdown(context.Background()))
	p, sink := run(t, nil)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.Shutdown(context.Background()))
	require.NoError(t, p.Shutdown(context.Background()))
	require.ErrorIs(t, p.ConsumeMetrics(context.Background(), processtest.At(1000, ps{PID: 1})), thinning.ErrClosed)
	require.Empty(t, sink.AllMetrics())
}

func TestTheFactoryMakesAProcessor(t *testing.T) {
	f := NewFactory()
	p, err := f.CreateMetrics(context.Background(), processtest.Settings(f.Type()), f.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.False(t, p.Capabilities().MutatesData, "batches are only read")
	require.NoError(t, p.Shutdown(context.Background()))
	require.Equal(t, component.MustNewType("adaptivefilter"), f.Type())
}

func TestABadConditionFailsTheStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Priorities = Priorities{{Name: "web", Conditions: []string{"nginx"}}, {Name: "rest"}}
	_, err := newProcessor(processtest.Settings(NewFactory().Type()), cfg, elsewhere(), consumertest.NewNop())
	require.ErrorContains(t, err, `priorities: conditions::0: "nginx" is not an OTTL condition on a resource`)
}

func TestAnErrorBehindItIsHandedBack(t *testing.T) {
	full := errors.New("the queue is full")
	p := start(t, processtest.Settings(NewFactory().Type()), nil, elsewhere(), consumertest.NewErr(full))
	require.ErrorIs(t, p.ConsumeMetrics(context.Background(), processtest.At(1000, ps{PID: 1})), full)
}

func TestConcurrentCallsDuringReloads(t *testing.T) {
	p, sink := run(t, memory(5, 50))
	var calls sync.WaitGroup
	for range 3 {
		former := p
		for i := range 20 {
			calls.Go(func() {
				err := former.ConsumeMetrics(context.Background(), processtest.At(1000+i, ps{PID: 1}))
				if err != nil && !errors.Is(err, thinning.ErrClosed) {
					t.Error(err)
				}
			})
		}
		p = again(t, p, memory(5, 50), sink)
	}
	calls.Wait()
	require.LessOrEqual(t, processtest.Tracked(p), 1)
}

// A reload hands over.

func TestLevelAndWaitSurviveAReload(t *testing.T) {
	h := newHost(t, memory(5, 50))
	h.settle(0.6, ps{PID: 1})
	for range leastDwell - 1 {
		h.scrape(0.1, ps{PID: 1})
		h.p = again(t, h.p, memory(5, 50), h.sink)
		require.Equal(t, 1, levelOf(t, h.p))
	}
	h.scrape(0.1, ps{PID: 1})
	require.Equal(t, 0, levelOf(t, h.p), "no scrape was forgotten")
}

// Another level goes on being counted from by its load, and a process goes on
// being held by the values that there are thresholds of still.
func TestAReloadToOtherLevels(t *testing.T) {
	h := newHost(t, memory(100))
	h.scrape(0, ps{PID: 1, Begun: 900, Memory: 100}, ps{PID: 2, Begun: 900, Memory: 90})
	h.p = again(t, h.p, with(memory(100), func(c *Config) { c.Levels[0].CPUCores = new(1000.0) }), h.sink)
	require.Equal(t, []int64{1}, kept(h.scrape(0, ps{PID: 1, Begun: 900, Memory: 90}, ps{PID: 2, Begun: 900, Memory: 90})))
	h.p = again(t, h.p, func(c *Config) { c.Levels = Levels{{CPUCores: new(1000.0)}} }, h.sink)
	require.Empty(t, kept(h.scrape(0, ps{PID: 1, Begun: 900, Memory: 90})))
}

// Counters go on over reloads: no reset, no gap.
func TestCountersGoOnOverReloads(t *testing.T) {
	h := newHost(t, memory(100))
	b, used := processtest.NewBackend(false), 0.0
	for i := range 8 {
		used = float64(5 * i)
		b.Take(h.scrape(0, ps{PID: 1, Name: "a", Begun: 900, CPU: 7 + used, Memory: 100 * float64(i%3)}, ps{PID: 2, Name: "b", Begun: 900}))
		h.p = again(t, h.p, memory(100), h.sink)
	}
	counted := 0.0
	for _, v := range b.Used {
		counted += v
	}
	require.InDelta(t, used, counted, 1e-9)
}

// What was measured of another load raises and lowers nothing.
func TestAReloadWithAnotherLoadMeasuresAnew(t *testing.T) {
	h := newHost(t, memory(5, 50))
	for _, load := range []float64{0.1, 0.1, 0.1, 0.9} {
		h.scrape(load, ps{PID: 1})
	}
	h.p = again(t, h.p, with(memory(5, 50), func(c *Config) { c.Load = Load{Processes: Range{Low: 0, High: 1}} }), h.sink)
	for _, want := range []int{0, 0, 1} {
		h.blind(ps{PID: 1})
		require.Equal(t, want, levelOf(t, h.p))
	}
}
