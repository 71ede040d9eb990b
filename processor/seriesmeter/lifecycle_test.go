package seriesmeter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
)

var roles = []string{scraperecord.RoleInput, scraperecord.RoleOutput}

func begin(t *testing.T, m *meter) {
	t.Helper()
	require.NoError(t, m.Start(context.Background(), componenttest.NewNopHost()))
}

func TestShutdownWithoutStart(t *testing.T) {
	for _, role := range roles {
		m := newMeter(t, role, t.Name(), "http://127.0.0.1:1", consumertest.NewNop(), nil)
		require.NoError(t, m.Shutdown(context.Background()))
	}
}

func TestShutdownTwice(t *testing.T) {
	for _, role := range roles {
		m := newMeter(t, role, t.Name(), newServer(t).URL, consumertest.NewNop(), nil)
		begin(t, m)
		require.NoError(t, m.Shutdown(context.Background()))
		require.NoError(t, m.Shutdown(context.Background()))
	}
}

// A server that takes requests and never answers does not hold up the end
// beyond its deadline. Without it this test would not end.
func TestShutdownAtItsDeadline(t *testing.T) {
	asked := make(chan struct{}, 10)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the end of the connection is noticed
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer silent.Close()
	m := newMeter(t, scraperecord.RoleOutput, t.Name(), silent.URL, consumertest.NewNop(), nil)
	m.cfg.Records.Timeout = 0
	begin(t, m)
	require.NoError(t, m.ConsumeMetrics(context.Background(), scrape(1, 2)))
	<-asked
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, m.Shutdown(ctx))
}

func TestAMeterThatCannotStartGivesItsPlaceBack(t *testing.T) {
	bad := newMeter(t, scraperecord.RoleInput, t.Name(), "http://127.0.0.1:1", consumertest.NewNop(), nil)
	bad.cfg.Records.TLS.CAFile = "missing.pem"
	require.ErrorContains(t, bad.Start(context.Background(), componenttest.NewNopHost()), "records: ")
	require.NoError(t, bad.Shutdown(context.Background()))
	good := newMeter(t, scraperecord.RoleInput, t.Name(), "", consumertest.NewNop(), nil)
	begin(t, good)
	require.NoError(t, good.Shutdown(context.Background()))
}

func TestABadConditionFailsTheStart(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Role, cfg.Critical = scraperecord.RoleInput, critical.List{{Name: "web", Conditions: []string{"nginx"}}}
	_, err := newProcessor(settings(), cfg, consumertest.NewNop())
	require.ErrorContains(t, err, `critical: conditions::0: "nginx" is not an OTTL condition on a resource`)
}

// Validation makes the processors of every pipeline, and starts none.
func TestAnIDInTwoPipelinesIsRefused(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Role, cfg.Variant = scraperecord.RoleInput, t.Name()
	set := settings()
	set.ID = component.NewIDWithName(metadata.Type, "in")
	first, err := newProcessor(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	_, err = newProcessor(set, cfg, consumertest.NewNop())
	require.EqualError(t, err, "seriesmeter/in is in more than one pipeline, and can keep account of only one; give each pipeline a processor of its own, such as seriesmeter/in2")

	set.ID = component.NewIDWithName(metadata.Type, "in2")
	_, err = newProcessor(set, cfg, consumertest.NewNop())
	require.EqualError(t, err, `variant "`+t.Name()+`" has two input meters, seriesmeter/in and seriesmeter/in2; give one of them another variant`)

	require.NoError(t, first.Shutdown(context.Background()))
	require.Empty(t, meters.variants)
	second, err := newProcessor(set, cfg, consumertest.NewNop())
	require.NoError(t, err, "what was refused has left nothing behind")
	require.NoError(t, second.Shutdown(context.Background()))
	require.NoError(t, first.Shutdown(context.Background()), "a second time takes nothing from its successor")
}

func TestAnErrorBehindItIsHandedBack(t *testing.T) {
	full := errors.New("the queue is full")
	for _, role := range roles {
		m := newMeter(t, role, t.Name(), "", consumertest.NewErr(full), nil)
		require.ErrorIs(t, m.ConsumeMetrics(context.Background(), scrape(1, 2)), full)
	}
}

func TestTheInputIsNotChanged(t *testing.T) {
	for _, role := range roles {
		sink := new(consumertest.MetricsSink)
		m := newMeter(t, role, t.Name(), "", sink, nil)
		require.False(t, m.Capabilities().MutatesData)
		md := scrape(1, 3)
		md.MarkReadOnly()
		require.NoError(t, m.ConsumeMetrics(context.Background(), md))
		require.Equal(t, []pmetric.Metrics{md}, sink.AllMetrics())
	}
}

func TestConcurrentCalls(t *testing.T) {
	for _, role := range roles {
		sink := new(consumertest.MetricsSink)
		m := newMeter(t, role, t.Name(), "", sink, nil)
		begin(t, m)
		var callers sync.WaitGroup
		for caller := range 4 {
			callers.Go(func() {
				for i := range 25 {
					if err := m.ConsumeMetrics(context.Background(), scrape(4*i+caller, 3)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		callers.Wait()
		require.NoError(t, m.Shutdown(context.Background()))
		require.Len(t, sink.AllMetrics(), 100)
	}
}

// What a meter remembers does not grow with the number of hosts that there
// ever were.
func TestHostsAreForgotten(t *testing.T) {
	in := newMeter(t, scraperecord.RoleInput, t.Name(), "", consumertest.NewNop(), nil)
	out := newMeter(t, scraperecord.RoleOutput, t.Name(), "", consumertest.NewNop(), nil)
	begin(t, in)
	begin(t, out)
	for n := range processbatch.MaxHosts + 50 {
		md := scrape(n, 1)
		md.ResourceMetrics().At(0).Resource().Attributes().PutStr("host.name", fmt.Sprint("h", n))
		require.NoError(t, in.ConsumeMetrics(context.Background(), md))
		require.NoError(t, out.ConsumeMetrics(context.Background(), md))
	}
	require.LessOrEqual(t, len(in.input.hosts), processbatch.MaxHosts)
	require.LessOrEqual(t, len(out.output.hosts), processbatch.MaxHosts)
	require.LessOrEqual(t, len(meters.variants[t.Name()].scrapes), processbatch.MaxHosts)
}
