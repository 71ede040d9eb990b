package processgroup

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

// drawLive draws values of the keys that are live over a configuration.
func drawLive(t *rapid.T, fixed func(*Config)) func(*Config) {
	list := rapid.SampledFrom([]critical.List{nil, processtest.Critical()}).Draw(t, "critical")
	mode := rapid.SampledFrom([]thinning.Mode{thinning.Enforce, thinning.Observe}).Draw(t, "mode")
	return func(c *Config) {
		fixed(c)
		c.Critical, c.Mode = list, mode
	}
}

func config(change func(*Config)) *Config {
	cfg := createDefaultConfig().(*Config)
	change(cfg)
	return cfg
}

func TestTotalsAreConservedOverLiveChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fixed := drawConfig(t)
		now := drawLive(t, fixed)
		p, sink := run(t, now)
		scrape := func(s *processtest.Simulation, f processtest.Faults) pmetric.Metrics { return owned(s.Scrape(t, f)) }
		processtest.CheckLive(t, p, sink, scrape, func(p *thinning.Processor) *thinning.Processor {
			if rapid.IntRange(0, 3).Draw(t, "reload") == 0 {
				return again(t, p, now, sink)
			}
			now = drawLive(t, fixed)
			processtest.Change(t, p, config(now))
			return p
		})
	})
}

// Who is critical from now on leaves its group at the next scrape, and comes
// back to it; the group's own counters go on.
func TestCriticalProcessesLeaveTheirGroupAndComeBack(t *testing.T) {
	byOwner := func(c *Config) { c.Critical = nil }
	p, sink := run(t, byOwner)
	second := 1000
	pass := func() pmetric.Metrics {
		second += 10
		return processtest.Push(t, p, sink, at(second, ps{PID: 1, Name: "a", Critical: true}, ps{PID: 2, Name: "a"}))
	}
	require.Empty(t, processtest.Kept(pass()))
	processtest.Change(t, p, config(func(c *Config) { c.Critical = processtest.Critical() }))
	require.Equal(t, []int64{1}, processtest.Kept(pass()))
	processtest.Change(t, p, config(byOwner))
	require.Empty(t, processtest.Kept(pass()))
}

func TestOtherKeysAreNotLive(t *testing.T) {
	p, _ := run(t, nil)
	for key, change := range map[string]func(*Config){
		"groups":       func(c *Config) { c.Groups = []Group{named("java", "java")} },
		"by":           func(c *Config) { c.By = []string{"host.name"} },
		"max_groups":   func(c *Config) { c.MaxGroups = 7 },
		"forget_after": func(c *Config) { c.ForgetAfter = 0 },
	} {
		_, err := p.Prepare(context.Background(), processtest.ConfOf(t, config(change)))
		require.ErrorContains(t, err, key+": cannot change while the component runs, but critical, mode can; restart its pipeline to change it")
	}
}
