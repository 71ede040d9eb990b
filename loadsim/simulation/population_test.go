//go:build linux

package simulation_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits at most.
const patience = time.Minute

// planOf numbers the births.
func planOf(births ...loadsim.Birth) loadsim.Plan {
	last := uint32(0)
	for i := range births {
		last = births[i].Process.Number(last)
	}
	return loadsim.Plan{Profile: "test", Duration: time.Hour, Births: slices.Values(births)}
}

// named is a process that is born at a time.
func named(at time.Duration, path string) loadsim.Birth {
	return loadsim.Birth{At: at, Process: loadsim.Process{Path: path, Args: []string{"/" + path}}}
}

func settings(t *testing.T, p loadsim.Plan) simulation.Settings {
	t.Helper()
	return simulation.Settings{
		Plan:   p,
		Limits: loadsim.Limits{Processes: 100, Memory: 64 << 20, CPU: 1, Duration: time.Hour, Births: 1000},
		Dir:    t.TempDir(),
	}
}

func start(t *testing.T, s simulation.Settings) *simulation.Population {
	t.Helper()
	p, err := simulation.Start(t.Context(), s)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := p.Stop()
		require.NoError(t, err)
	})
	return p
}

func requireGone(t *testing.T, s simulation.Settings, lives []loadsim.Life) {
	t.Helper()
	for _, l := range lives {
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", l.PID)) // another's, if the PID was given again
		require.False(t, err == nil && strings.HasPrefix(exe, s.Dir), "process %d still runs", l.PID)
	}
	left, err := os.ReadDir(s.Dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestEveryoneOfTheFirstMomentRunsWhenStartReturns(t *testing.T) {
	web := named(0, "usr/sbin/nginx")
	web.Process.Children = []loadsim.Process{{Path: "usr/bin/worker", Args: []string{"worker"}, Load: loadsim.Load{{CPU: 0.05}}}}
	p := start(t, settings(t, planOf(web, named(0, "usr/bin/redis"), named(time.Hour-1, "usr/bin/late"))))
	names := map[string]float64{}
	for _, l := range p.Members() {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", l.PID))
		require.NoError(t, err)
		require.Equal(t, l.Process.Comm()+"\n", string(comm))
		names[l.Process.Comm()] = l.Process.Load.CPU()
	}
	require.Equal(t, map[string]float64{"nginx": 0, "worker": 0.05, "redis": 0}, names)
	require.True(t, slices.IsSortedFunc(p.Members(), func(a, b loadsim.Life) int { return a.PID - b.PID }))
}

func TestMembersComeAndGo(t *testing.T) {
	brief := named(0, "usr/bin/brief")
	brief.Process.Lifetime = 200 * time.Millisecond
	p := start(t, settings(t, planOf(named(0, "usr/bin/first"), brief, named(300*time.Millisecond, "usr/bin/second"))))
	require.Eventually(t, func() bool {
		var names []string
		for _, l := range p.Members() {
			names = append(names, l.Process.Comm())
		}
		slices.Sort(names)
		return slices.Equal(names, []string{"first", "second"})
	}, patience, time.Millisecond)
}

func TestOneThatWasKilledIsNoMember(t *testing.T) {
	p := start(t, settings(t, planOf(named(0, "usr/bin/one"), named(0, "usr/bin/two"))))
	gone := p.Members()[0]
	require.NoError(t, syscall.Kill(gone.PID, syscall.SIGKILL))
	require.Eventually(t, func() bool { return len(p.Members()) == 1 }, patience, time.Millisecond)
	require.NotEqual(t, gone.PID, p.Members()[0].PID)
}

func TestAPlanThatBeginsLaterStandsAtOnce(t *testing.T) {
	p := start(t, settings(t, planOf(named(time.Hour-1, "usr/bin/late"))))
	require.Empty(t, p.Members())
}

func TestStopLeavesNothing(t *testing.T) {
	s := settings(t, planOf(named(0, "usr/bin/one"), named(0, "usr/bin/two")))
	p := start(t, s)
	before := p.Members()
	require.Len(t, before, 2)
	for range 2 {
		sum, err := p.Stop()
		require.NoError(t, err)
		require.Equal(t, loadsim.Comparison{Asked: 2, Achieved: 2}, sum.Processes)
		require.True(t, sum.Interrupted)
	}
	require.Empty(t, p.Members())
	requireGone(t, s, before)
}

func TestTheContextEndsIt(t *testing.T) {
	s := settings(t, planOf(named(0, "usr/bin/one")))
	ctx, cancel := context.WithCancel(t.Context())
	p, err := simulation.Start(ctx, s)
	require.NoError(t, err)
	before := p.Members()
	cancel()
	require.Eventually(t, func() bool { return len(p.Members()) == 0 }, patience, time.Millisecond)
	_, err = p.Stop()
	require.NoError(t, err)
	requireGone(t, s, before)
}

func TestStartSaysWhyThereIsNoPopulation(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	tooMany := planOf()
	tooMany.Births = func(yield func(loadsim.Birth) bool) {
		for id := range uint32(101) {
			b := named(0, "usr/bin/one")
			b.Process.ID = id + 1
			if !yield(b) {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		ctx     context.Context
		plan    loadsim.Plan
		message string
	}{
		"beyond the limits":  {t.Context(), tooMany, "start a population: the plan does not fit its limits; ask for less, or raise them as far as this machine goes:\nprocesses: the plan has 101 at once; the limit is 100"},
		"one is impossible":  {t.Context(), planOf(named(0, "../one")), "path: \"../one\" is not one below the run's folder"},
		"one cannot be made": {t.Context(), planOf(named(0, "bin"), named(0, "bin/one")), "start a population: make process 2 (bin/one): executable bin/one: "},
		"it is over":         {over, planOf(named(0, "usr/bin/one")), "start a population: it ended before every process of its first moment was born"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings(t, c.plan)
			_, err := simulation.Start(c.ctx, s)
			require.ErrorContains(t, err, c.message)
			requireGone(t, s, nil)
		})
	}
}
