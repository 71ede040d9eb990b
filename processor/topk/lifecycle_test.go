package topk

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func TestShutdownWithoutStart(t *testing.T) {
	p, _ := run(t, nil)
	require.NoError(t, p.Shutdown(context.Background()))
}

func TestShutdownTwice(t *testing.T) {
	p, _ := run(t, nil)
	require.NoError(t, p.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(t, p.Shutdown(context.Background()))
	require.NoError(t, p.Shutdown(context.Background()))
}

// Whoever is called after Shutdown must not touch what its successor has.
func TestAfterShutdownNoBatchIsTaken(t *testing.T) {
	former, sink := run(t, top("memory", 1))
	push(t, former, sink, at(1000, ps{PID: 1}))
	p := again(t, former, top("memory", 1), sink)
	sink.Reset()
	err := former.ConsumeMetrics(context.Background(), at(1010, ps{PID: 2}))
	require.ErrorIs(t, err, thinning.ErrClosed)
	require.Regexp(t, "^topk/[0-9]+ was shut down and takes no more batches$", err.Error())
	require.Empty(t, sink.AllMetrics())
	require.Empty(t, former.Explain("web-1", process.Query{}, time.Unix(1010, 0)))
	require.Equal(t, 1, processtest.Tracked(p))
	require.Equal(t, []int64{1}, kept(push(t, p, sink, at(1010, ps{PID: 1}))))
	require.NoError(t, former.Shutdown(context.Background()))
	require.Equal(t, []int64{1}, kept(push(t, p, sink, at(1020, ps{PID: 1}))), "it has the state")
}

func TestCallsDuringAReload(t *testing.T) {
	p, sink := run(t, top("memory", 1))
	var calls sync.WaitGroup
	for range 3 { // reloads
		former := p
		for i := range 20 {
			calls.Go(func() {
				err := former.ConsumeMetrics(context.Background(), at(1000+i, ps{PID: 1}))
				if err != nil && !errors.Is(err, thinning.ErrClosed) {
					t.Error(err)
				}
				former.Explain("web-1", process.Query{}, time.Unix(1000, 0))
			})
		}
		p = again(t, p, top("memory", 1), sink)
	}
	calls.Wait()
	require.LessOrEqual(t, processtest.Tracked(p), 1)
}

// The first one of an id goes on, and leaves it when it is shut down.
func TestOneIDIsRefusedTwice(t *testing.T) {
	set := settings()
	set.ID = component.MustNewIDWithName("topk", "twice")
	cfg := createDefaultConfig().(*Config)
	first, err := New(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	for range 2 {
		_, err = New(set, cfg, consumertest.NewNop())
		require.EqualError(t, err, "topk/twice is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as topk/twice2")
	}
	require.NoError(t, first.ConsumeMetrics(context.Background(), at(1000, ps{PID: 1})))
	require.NoError(t, first.Shutdown(context.Background()))
	second, err := New(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, second.Shutdown(context.Background()))
}

// There is nothing to wait for at the end, so no deadline is too short.
func TestShutdownAtItsDeadline(t *testing.T) {
	p, _ := run(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, p.Shutdown(ctx))
}

func TestABadConditionFailsTheStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Critical = critical.List{{Name: "web", Conditions: []string{"nginx"}}}
	_, err := New(settings(), cfg, consumertest.NewNop())
	require.ErrorContains(t, err, `critical: conditions::0: "nginx" is not an OTTL condition on a resource`)
}

func TestTheFactoryMakesAProcessor(t *testing.T) {
	f := NewFactory()
	p, err := f.CreateMetrics(context.Background(), settings(), f.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, p.Shutdown(context.Background()))
	require.Equal(t, component.MustNewType("topk"), f.Type())
}

func TestAnErrorBehindItIsHandedBack(t *testing.T) {
	full := errors.New("the queue is full")
	p := start(t, settings(), nil, consumertest.NewErr(full))
	require.ErrorIs(t, p.ConsumeMetrics(context.Background(), at(1000, ps{PID: 1})), full)
}

// Calls at the same time are handled one after the other: each batch is
// either accounted for as a whole or late as a whole.
func TestConcurrentCalls(t *testing.T) {
	var passed counter
	p := start(t, settings(), top("memory", 1), &passed)
	var all sync.WaitGroup
	for caller := range 4 {
		all.Go(func() {
			for i := range 50 {
				md := at(1000+4*i+caller, ps{PID: 1, Memory: 2}, ps{PID: 2, Memory: 1, CPU: float64(4*i + caller)})
				if err := p.ConsumeMetrics(context.Background(), md); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Positive(t, passed.batches)
	require.Zero(t, passed.odd, "each has the one that is kept, and _other_")
}

// counter counts batches.
type counter struct {
	mu           sync.Mutex
	batches, odd int
}

func (*counter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (c *counter) ConsumeMetrics(_ context.Context, md pmetric.Metrics) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.batches++
	if md.DataPointCount() != 5 {
		c.odd++
	}
	return nil
}
