package topk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// limit is top with a state_limit.
func limit(n int, metric string, k int) func(*Config) {
	return func(c *Config) { top(metric, k)(c); c.StateLimit = n }
}

// The largest process has no rate, and is kept all the same.
func TestWhoIsKeptByALevelIsNotEvictedWhileAnotherIsThere(t *testing.T) {
	two := func(c *Config) {
		limit(3, "cpu", 1)(c)
		c.RankBy[0].Min = 0.005
		c.RankBy = append(c.RankBy, Rank{Metric: "memory", K: 1})
	}
	all := func(second float64) []ps {
		return []ps{{PID: 1, Begun: 1, Memory: 1e10}, {PID: 2, Begun: 1, CPU: second / 1e6, Memory: 1}, {PID: 3, Begun: 1, CPU: second, Memory: 1}}
	}
	tell(t, two,
		scrape{all(1000), []int64{1, 3}},
		scrape{all(1010), []int64{1, 3}},
		scrape{append(all(1020), ps{PID: 4, Critical: true}), []int64{1, 3, 4}},
		scrape{append(all(1030), ps{PID: 4, Critical: true}), []int64{1, 3, 4}})
}

func TestWhoIsKeptIsEvictedWhenNobodyElseIsThere(t *testing.T) {
	tell(t, limit(1, "memory", 1),
		scrape{[]ps{{PID: 1, Memory: 9}}, []int64{1}},
		scrape{[]ps{{PID: 1, Memory: 9}, {PID: 2, Critical: true}}, []int64{2}},
		scrape{[]ps{{PID: 1, Memory: 9}, {PID: 2, Critical: true}}, []int64{2}})
}

func TestWhoIsProtectedIsNeverEvicted(t *testing.T) {
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{PID: 1, Critical: true}, {PID: 2, Critical: true}}, []int64{1, 2}},
		scrape{[]ps{{PID: 3, Critical: true}, {PID: 1, Critical: true}, {PID: 2, Critical: true}}, []int64{1, 2}})
}

// A critical process is not to be lost in the first scrape either, when nobody
// was judged before.
func TestACriticalProcessOfTheFirstScrapeIsKept(t *testing.T) {
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{PID: 1, Memory: 9}, {PID: 2, Memory: 5}, {PID: 3, Critical: true}}, []int64{1, 3}})
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{PID: 1, Critical: true}, {PID: 2, Memory: 5}, {PID: 3, Critical: true}}, []int64{1, 3}})
}

// After a reload everybody is judged anew, which is no reason to lose one.
func TestACriticalProcessOfTheFirstScrapeAfterAReloadIsKept(t *testing.T) {
	p, sink := run(t, limit(2, "memory", 1))
	push(t, p, sink, at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5}))
	p = again(t, p, limit(2, "memory", 1), sink)
	require.Equal(t, []int64{1, 3}, kept(push(t, p, sink, at(1010, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5}, ps{PID: 3, Critical: true}))))
}

// The limit is one of all hosts, and so is the room that is made.
func TestACriticalProcessEvictsOneOfAnotherHost(t *testing.T) {
	for _, together := range []bool{true, false} {
		p, sink := run(t, limit(2, "memory", 1))
		push(t, p, sink, processtest.On("a", at(1000, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5})))
		full := processtest.On("a", at(1010, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5}))
		db := processtest.On("b", at(1010, ps{PID: 1, Critical: true}))
		if together {
			require.Equal(t, []int64{1}, processtest.KeptOn("b", push(t, p, sink, processtest.Both(full, db))))
		} else {
			push(t, p, sink, full)
			require.Equal(t, []int64{1}, processtest.KeptOn("b", push(t, p, sink, db)))
		}
		require.Equal(t, []int64{1}, processtest.KeptOn("a", push(t, p, sink, processtest.On("a", at(1020, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5})))))
		require.Equal(t, 2, processtest.Tracked(p))
	}
}

// Who is kept gives way only if there is nobody else on any host.
func TestWhoIsKeptIsNotEvictedWhileAnotherIsOnAnyHost(t *testing.T) {
	p, sink := run(t, limit(3, "memory", 1))
	hosts := func(second int, more ...ps) pmetric.Metrics {
		return processtest.Both(
			processtest.On("a", at(second, ps{PID: 1, Memory: 9}, ps{PID: 2, Memory: 5})),
			processtest.On("b", at(second, append([]ps{{PID: 1, Memory: 9}}, more...)...)))
	}
	push(t, p, sink, hosts(1000))
	push(t, p, sink, hosts(1010))
	out := push(t, p, sink, hosts(1020, ps{PID: 2, Critical: true}))
	require.Equal(t, []int64{1}, processtest.KeptOn("a", out))
	require.Equal(t, []int64{1, 2}, processtest.KeptOn("b", out))
}

// Whoever takes the name of an entry beyond what it protects is like any other.
func TestWhoIsBeyondMaxProcessesMayBeEvicted(t *testing.T) {
	nginx := []ps{{PID: 1, Name: "nginx", Begun: 1, Memory: 3}, {PID: 2, Name: "nginx", Begun: 2, Memory: 9}, {PID: 3, Name: "nginx", Begun: 3, Memory: 1}}
	withDB := append(nginx[:3:3], ps{PID: 4, Name: "db", Begun: 4})
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.Critical = critical.List{processtest.Named("nginx", 1), processtest.Named("db", 1)}
	},
		scrape{nginx, []int64{1, 2}},
		scrape{withDB, []int64{1, 2, 4}},
		scrape{withDB, []int64{1, 2, 4}})
}

// An entry protects its oldest: younger ones that were there before do not keep
// an older one out.
func TestAnOlderCriticalProcessIsLetInWhenTheEntryIsFull(t *testing.T) {
	younger := []ps{{PID: 1, Name: "nginx", Begun: 500}, {PID: 2, Name: "nginx", Begun: 600}, {PID: 3, Name: "sh", Begun: 1}}
	older := append(younger[:3:3], ps{PID: 4, Name: "nginx", Begun: 10})
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{processtest.Named("nginx", 2)}
	},
		scrape{younger, []int64{1, 2}},
		scrape{older, []int64{1, 4}},
		scrape{older, []int64{1, 4}})
}

// One that ended leaves its place in the entry to the next one; that it ended is
// only known when the scrape was read.
func TestACriticalProcessThatBeginsAgainIsLetIn(t *testing.T) {
	rest := []ps{{PID: 1, Name: "sh", Begun: 1}, {PID: 2, Name: "sh", Begun: 1}}
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{processtest.Named("db", 1)}
	},
		scrape{append(rest[:2:2], ps{PID: 3, Name: "db", Begun: 1}), []int64{3}},
		scrape{append(rest[:2:2], ps{PID: 4, Name: "db", Begun: 1005}), nil},
		scrape{append(rest[:2:2], ps{PID: 4, Name: "db", Begun: 1005}), []int64{4}})
}

// Ten thousand processes of a name that is protected evict no more than it
// protects, however often they come.
func TestNobodyIsEvictedForProcessesBeyondMaxProcesses(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		limit(20, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{processtest.Named("nginx", 5)}
	})
	many := make([]ps, 20, 320)
	for i := range many {
		many[i] = ps{PID: int64(i + 1), Name: "sh", Begun: i + 1}
	}
	push(t, p, sink, at(1000, many...))
	for i := range 300 {
		many = append(many, ps{PID: int64(i + 21), Name: "nginx", Begun: 900 + i})
	}
	for i := range 5 {
		out := push(t, p, sink, at(1010+10*i, many...))
		require.Equal(t, []int64{21, 22, 23, 24, 25}, kept(out))
		require.Equal(t, 20, processtest.Tracked(p))
		left := processtest.Remembered(p, "web-1")
		for pid := range int64(15) {
			require.Contains(t, left, pid+1, "the youngest of the others gave way")
		}
	}
}

// Nor for older ones than it protects: they take the places of the younger ones,
// no more than it protects in a scrape.
func TestOlderProcessesEvictNoMoreThanMaxProcesses(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		limit(20, "memory", 3)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{processtest.Named("nginx", 5)}
	})
	many := make([]ps, 20, 320)
	for i := range many {
		many[i] = ps{PID: int64(i + 1), Name: "sh", Begun: 1}
		switch {
		case i < 3:
			many[i].Memory = 9
		case i >= 15:
			many[i].Name, many[i].Begun = "nginx", 900
		}
	}
	require.Equal(t, []int64{1, 2, 3, 16, 17, 18, 19, 20}, kept(push(t, p, sink, at(1000, many...))))
	for i := range 300 {
		many = append(many, ps{PID: int64(i + 21), Name: "nginx", Begun: 899 - i})
	}
	for i := range 5 {
		out := push(t, p, sink, at(1010+10*i, many...))
		require.Subset(t, kept(out), []int64{1, 2, 3})
		require.Len(t, kept(out), 3+5)
		others := 0
		for _, pid := range processtest.Remembered(p, "web-1") {
			if pid <= 15 {
				others++
			}
		}
		require.GreaterOrEqual(t, others, 15-5, "scrape %d", i+2)
	}
}

// More than a lowered limit allows is not remembered: the account begins anew.
func TestALoweredStateLimitBeginsAnew(t *testing.T) {
	many := make([]ps, 50)
	for i := range many {
		many[i] = ps{PID: int64(i + 1), Begun: 1, CPU: 10, Memory: float64(i)}
	}
	p, sink := run(t, limit(100, "memory", 1))
	push(t, p, sink, at(1000, many...))
	p = again(t, p, limit(50, "memory", 1), sink)
	require.Equal(t, 50, processtest.Tracked(p), "there is room for all")

	p = again(t, p, limit(10, "memory", 1), sink)
	require.Zero(t, processtest.Tracked(p))
	out := push(t, p, sink, at(1010, many...))
	require.Equal(t, 10, processtest.Tracked(p))
	require.Equal(t, []int64{10}, kept(out), "of those that are remembered")
	require.Equal(t, map[string]int{"process.cpu.time": 1, "process.memory.usage": 1}, ended(out, 50))
}
