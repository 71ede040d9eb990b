package processgroup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// The counters of groups go on over a reload that changes nothing of theirs.
func TestCountersOfGroupsGoOnOverAReload(t *testing.T) {
	p, sink := run(t, nil)
	for i := range 5 {
		got := groups(processtest.Push(t, p, sink, at(1000+10*i, ps{PID: 1, Name: "a", Begun: 1, CPU: float64(3 * i)}, ps{PID: 2, Name: "b", Begun: 1, Memory: 7})))
		require.Equal(t, map[string]sums{"a": of(float64(3*i), 0, 1), "b": of(0, 7, 1)}, got)
		p = again(t, p, func(c *Config) { c.MaxGroups, c.ForgetAfter = 50+i, time.Hour }, sink)
	}
}

// A configured group goes on by its name, with other conditions too; one that
// is configured no longer ends as soon as its processes have left it.
func TestGroupsThatAreConfiguredNoLongerEnd(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.Groups, c.By = []Group{named("web", "nginx"), named("db", "postgres")}, nil })
	processes := func(cpu float64) []ps {
		return []ps{{PID: 1, Name: "nginx", Begun: 1, CPU: cpu}, {PID: 2, Name: "postgres", Begun: 1, CPU: cpu}}
	}
	processtest.Push(t, p, sink, at(1000, processes(1)...))
	require.Equal(t, map[string]sums{"web": of(1, 0, 1), "db": of(1, 0, 1)}, groups(processtest.Push(t, p, sink, at(1010, processes(2)...))))

	p = again(t, p, func(c *Config) { c.Groups, c.By = []Group{named("web", "postgres")}, nil }, sink)
	out := processtest.Push(t, p, sink, at(1020, processes(4)...))
	require.Equal(t, map[string]sums{"web": of(3, 0, 1)}, groups(out), "the 2 s of postgres are web's now")
	require.Equal(t, map[string]int{"db": 3}, ended(out))
	require.InDelta(t, 0, processtest.Rest(out)["process.cpu.time"], 0, "the 2 s of nginx wait for a first sample")
	out = processtest.Push(t, p, sink, at(1030, processes(4)...))
	require.InDelta(t, 2, processtest.Rest(out)["process.cpu.time"], 0)
	require.Empty(t, ended(out), "once")
}

// Groups by other attributes are others.
func TestGroupsByOtherAttributesAreOthers(t *testing.T) {
	p, sink := run(t, nil)
	a := func(second int, cpu float64) map[string]sums {
		return groups(processtest.Push(t, p, sink, at(second, ps{PID: 1, Name: "a", Begun: 1, CPU: cpu})))
	}
	a(1000, 1)
	require.Equal(t, map[string]sums{"a": of(1, 0, 1)}, a(1010, 2))
	p = again(t, p, func(c *Config) { c.By = []string{"host.name"} }, sink)
	require.Equal(t, map[string]sums{"web-1": of(0, 0, 1)}, a(1020, 4))
	require.Equal(t, map[string]sums{"web-1": of(3, 0, 1)}, a(1030, 5))
	p = again(t, p, nil, sink)
	require.Equal(t, map[string]sums{"a": of(0, 0, 1)}, a(1040, 5), "from 0, as another group")
}

// With fewer places the groups of most processes keep theirs.
func TestFewerPlacesEndTheSmallestGroups(t *testing.T) {
	p, sink := run(t, nil)
	host := []ps{{PID: 1, Name: "a"}, {PID: 2, Name: "b"}, {PID: 3, Name: "b"}, {PID: 4, Name: "c"}}
	require.Len(t, groups(processtest.Push(t, p, sink, at(1000, host...))), 3)
	p = again(t, p, most(2), sink)
	out := processtest.Push(t, p, sink, at(1010, host...))
	require.Equal(t, map[string]sums{"a": of(0, 0, 1), "b": of(0, 0, 2)}, groups(out))
	require.Equal(t, map[string]int{"c": 3}, ended(out))
	require.InDelta(t, 1, processtest.Rest(out)["process.count"], 0)
	p = again(t, p, most(3), sink)
	require.Len(t, groups(processtest.Push(t, p, sink, at(1020, host...))), 3, "there is a place again")
}

// To observe is to write every process as it came: groups end.
func TestGroupsEndWhenTheModeIsObserve(t *testing.T) {
	p, sink := run(t, nil)
	processtest.Push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 9}))
	p = again(t, p, func(c *Config) { c.Mode = thinning.Observe }, sink)
	out := processtest.Push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Memory: 9}))
	require.Equal(t, []int64{1}, processtest.Kept(out))
	require.Equal(t, map[string]int{"a": 3}, ended(out))
	require.Empty(t, ended(processtest.Push(t, p, sink, at(1020, ps{PID: 1, Name: "a", Memory: 9}))), "once")
}
