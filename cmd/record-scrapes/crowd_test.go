//go:build linux

package main

import (
	"path"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim"
)

func TestLastingProcessesHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, p := range (crowd{idle: 520, busy: 40, minCPU: 0.1, maxCPU: 0.1}).patterns() {
		name := path.Base(p.Path)
		require.Equal(t, name, loadsim.Comm(p.Path), "the kernel keeps all of it")
		names[name] = true
	}
	require.Len(t, names, 560)
	for _, name := range []string{"nginx", "nginx-0017", "java", "java-0003"} {
		require.Contains(t, names, name)
	}
}

func TestSharesOfACoreSpanTheRangeAskedFor(t *testing.T) {
	c := crowd{busy: 3, minCPU: 0.01, maxCPU: 0.04}
	require.InDelta(t, 0.04, c.share(0), 1e-12)
	require.InDelta(t, 0.02, c.share(1), 1e-12)
	require.InDelta(t, 0.01, c.share(2), 1e-12)
	require.Equal(t, 0.04, crowd{busy: 1, minCPU: 0.01, maxCPU: 0.04}.share(0))
}

func TestBirthsComeAtTheRateAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		crowd crowd
		works float64 // births a second of those that work
	}{
		"all sleep":         {crowd{churn: 6, minCPU: 0.1, maxCPU: 0.2}, 0},
		"every third works": {crowd{churn: 6, busy: 1, minCPU: 0.1, maxCPU: 0.2}, 2},
		"nobody":            {crowd{busy: 1, minCPU: 0.1, maxCPU: 0.2}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			all, works := 0.0, 0.0
			for _, p := range c.crowd.patterns() {
				all += p.Rate
				if p.Rate > 0 && p.CPU.High > 0 {
					works += p.Rate
				}
			}
			require.InDelta(t, c.crowd.churn, all, 1e-9)
			require.InDelta(t, c.works, works, 1e-9)
		})
	}
}

func TestTheSeedDrawsTheLifetimes(t *testing.T) {
	lives := func(seed uint64) (all []time.Duration) {
		p, err := crowd{churn: 20, seed: seed}.plan(10 * time.Second)
		require.NoError(t, err)
		for b := range p.Births {
			require.GreaterOrEqual(t, b.Process.Lifetime, 200*time.Millisecond)
			require.LessOrEqual(t, b.Process.Lifetime, 5*time.Second)
			all = append(all, b.Process.Lifetime)
		}
		return all
	}
	require.InDelta(t, 200, len(lives(1)), float64(len(birthNames)), "the last turn of each name may be cut off")
	require.Equal(t, lives(1), lives(1))
	require.NotEqual(t, lives(1), lives(2))
}
