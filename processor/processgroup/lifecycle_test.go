package processgroup

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

func TestShutdownWithoutStart(t *testing.T) {
	p, _ := run(t, nil)
	require.NoError(t, p.Shutdown(t.Context()))
}

func TestShutdownTwice(t *testing.T) {
	p, _ := run(t, nil)
	require.NoError(t, p.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, p.Shutdown(t.Context()))
	require.NoError(t, p.Shutdown(t.Context()))
}

// There is nothing to wait for at the end, so no deadline is too short.
func TestShutdownAtItsDeadline(t *testing.T) {
	p, _ := run(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, p.Shutdown(ctx))
}

// Whoever is called after Shutdown must not touch what its successor has.
func TestAfterShutdownNoBatchIsTaken(t *testing.T) {
	former, sink := run(t, nil)
	processtest.Push(t, former, sink, at(1000, ps{PID: 1, Name: "a", Begun: 1, CPU: 5}))
	p := again(t, former, nil, sink)
	sink.Reset()
	require.ErrorIs(t, former.ConsumeMetrics(t.Context(), at(1010, ps{PID: 1, Name: "a", Begun: 1, CPU: 9})), thinning.ErrClosed)
	require.Empty(t, sink.AllMetrics())
	got := groups(processtest.Push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Begun: 1, CPU: 6})))
	require.Equal(t, map[string]sums{"a": of(1, 0, 1)}, got)
}

// Calls at the same time, and during reloads, are handled one after the other:
// nothing is lost and nothing is counted twice.
func TestCallsDuringAReload(t *testing.T) {
	p, sink := run(t, nil)
	var calls sync.WaitGroup
	for range 3 { // reloads
		former := p
		for i := range 20 {
			calls.Go(func() {
				err := former.ConsumeMetrics(context.Background(), at(1000+i, ps{PID: 1, Name: "a"}, ps{PID: 2, Name: "b"}))
				if err != nil && !errors.Is(err, thinning.ErrClosed) {
					t.Error(err)
				}
				former.Explain("web-1", process.Query{}, time.Unix(1000, 0))
			})
		}
		p = again(t, p, nil, sink)
	}
	calls.Wait()
	require.LessOrEqual(t, processtest.Tracked(p), 2)
}

// The first one of an id goes on, and leaves it when it is shut down.
func TestOneIDIsRefusedTwice(t *testing.T) {
	set := processtest.Settings(metadata.Type)
	set.ID = component.MustNewIDWithName("processgroup", "twice")
	first := start(t, set, nil, consumertest.NewNop())
	_, err := newProcessor(set, createDefaultConfig().(*Config), consumertest.NewNop())
	require.EqualError(t, err, "processgroup/twice is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as processgroup/twice2")
	require.NoError(t, first.Shutdown(t.Context()))
	second := start(t, set, nil, consumertest.NewNop())
	require.NoError(t, second.Shutdown(t.Context()))
}

func TestABadConditionFailsTheStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Groups = []Group{{Name: "web", Conditions: []string{"nginx"}}}
	_, err := newProcessor(processtest.Settings(metadata.Type), cfg, consumertest.NewNop())
	require.ErrorContains(t, err, `groups: conditions::0: "nginx" is not an OTTL condition on a resource`)
}

func TestTheFactoryMakesAProcessor(t *testing.T) {
	f := NewFactory()
	p, err := f.CreateMetrics(t.Context(), processtest.Settings(metadata.Type), f.CreateDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.False(t, p.Capabilities().MutatesData)
	require.NoError(t, p.Shutdown(t.Context()))
}

func TestAnErrorBehindItIsHandedBack(t *testing.T) {
	full := errors.New("the queue is full")
	p := start(t, processtest.Settings(metadata.Type), nil, consumertest.NewErr(full))
	require.ErrorIs(t, p.ConsumeMetrics(t.Context(), at(1000, ps{PID: 1, Name: "a"})), full)
}
