package seriesmeter

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

func called(name string) critical.Entry {
	return critical.Entry{Name: name, Conditions: []string{`resource.attributes["process.executable.name"] == "` + name + `"`}}
}

// changed is what a user writes for a meter with other critical entries.
func changed(m *meter, entries ...critical.Entry) map[string]any {
	list := []any{}
	for _, e := range entries {
		list = append(list, map[string]any{"name": e.Name, "conditions": e.Conditions})
	}
	return map[string]any{"variant": m.cfg.Variant, "role": string(m.cfg.Role), "critical": list}
}

func change(t *testing.T, m *meter, entries ...critical.Entry) {
	t.Helper()
	commit, err := m.Prepare(context.Background(), confmap.NewFromStringMap(changed(m, entries...)))
	require.NoError(t, err)
	commit()
}

// states are what the record of an output says of the critical entries.
func states(r scraperecord.Record) map[string]string {
	found := map[string]string{}
	for _, c := range r.Critical {
		found[c.Name] = string(c.State)
	}
	return found
}

// What is critical is watched from the next scrape on, by both meters; what ran
// before is remembered, and so is the account.
func TestCriticalEntriesChangeWhileAMeterRuns(t *testing.T) {
	p := pairOf(t)
	both := func(entries ...critical.Entry) {
		change(t, p.in, entries...)
		change(t, p.out, entries...)
	}
	both(called("p1"))
	require.Equal(t, map[string]string{"p1": "kept"}, states(p.both(t, scrape(1, 2))))
	both(called("p1"), called("p2"), called("p9"))
	r := p.both(t, scrape(2, 2))
	require.Equal(t, map[string]string{"p1": "kept", "p2": "kept", "p9": "never_seen"}, states(r))
	require.Zero(t, r.Compared.DoubleError)
	require.Equal(t, r.Active, r.Distinct, "no series is counted anew")
	both(called("p2"))
	require.Equal(t, map[string]string{"p2": "not_running"}, states(p.both(t, scrape(3, 1))), "it ran")
	both()
	require.Empty(t, states(p.both(t, scrape(4, 1))))
}

func TestOtherKeysAreNotLive(t *testing.T) {
	m := newMeter(t, scraperecord.RoleInput, t.Name(), "", new(consumertest.MetricsSink), nil)
	for key, value := range map[string]any{
		"variant": "other", "role": "output", "window": "2h", "identity": "point", "other_name": "rest",
		"records": map[string]any{"endpoint": "http://127.0.0.1:1"},
	} {
		conf := changed(m)
		conf[key] = value
		_, err := m.Prepare(context.Background(), confmap.NewFromStringMap(conf))
		require.EqualError(t, err, m.id+": "+key+": cannot change while the component runs, but critical can; restart its pipeline to change it")
	}
	_, err := m.Prepare(context.Background(), confmap.NewFromStringMap(changed(m, critical.Entry{Name: "x", Conditions: []string{"x"}})))
	require.ErrorContains(t, err, m.id+": critical::0: conditions::0: ")
}

func TestChangesDuringScrapesAndShutdown(t *testing.T) {
	m := newMeter(t, scraperecord.RoleInput, t.Name(), "", new(consumertest.MetricsSink), nil)
	var calls sync.WaitGroup
	for i := range 10 {
		calls.Go(func() {
			if err := m.ConsumeMetrics(context.Background(), scrape(i, 3)); err != nil {
				t.Error(err)
			}
		})
		calls.Go(func() {
			commit, err := m.Prepare(context.Background(), confmap.NewFromStringMap(changed(m, called("p1"))))
			if err != nil {
				t.Error(err)
				return
			}
			if i == 7 {
				_ = m.Shutdown(context.Background())
			}
			commit()
		})
	}
	calls.Wait()
}

// The meters find no difference between input and output on any scrape, but
// for what waits for a second sample when _other_ begins.
func TestTotalsAreExactOverChangesOfTheProcessorBetween(t *testing.T) {
	s := newServer(t)
	p := newPipeline(t, s.URL, 2, nil)
	thin := p.thin.(live.Target)
	number := 0
	for _, c := range []struct {
		k              int
		critical, mode string
	}{
		{1, "p1", "observe"},
		{2, "p1", "enforce"},
		{3, "p2", "enforce"},
		{1, "p2", "observe"},
		{2, "p3", "enforce"},
	} {
		commit, err := thin.Prepare(context.Background(), confmap.NewFromStringMap(map[string]any{
			"rank_by": []any{map[string]any{"metric": "cpu", "k": c.k}}, "mode": c.mode, "critical": changed(p.in, called(c.critical))["critical"],
		}))
		require.NoError(t, err)
		commit()
		for range 3 {
			number++
			require.NoError(t, p.in.ConsumeMetrics(context.Background(), scrape(number, 10)))
		}
	}
	p.stop(t)
	for i, r := range s.outputs() {
		require.Zero(t, r.Compared.IntegerError, "scrape %d", i+1)
		require.LessOrEqual(t, r.Compared.DoubleError, 1e-9, "scrape %d", i+1)
	}
}
