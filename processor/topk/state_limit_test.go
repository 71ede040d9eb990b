package topk

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
)

// on moves a batch to another host.
func on(host string, md pmetric.Metrics) pmetric.Metrics {
	for _, rm := range md.ResourceMetrics().All() {
		rm.Resource().Attributes().PutStr("host.name", host)
	}
	return md
}

// both is one batch of several.
func both(batches ...pmetric.Metrics) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, b := range batches {
		b.ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
	}
	return md
}

// keptOn is kept of one host.
func keptOn(host string, md pmetric.Metrics) []int64 {
	pids := []int64{}
	for _, list := range samples(md) {
		for _, s := range list[:1] {
			if s.host == host && s.pid != 0 && !s.flagged {
				pids = append(pids, s.pid)
			}
		}
	}
	return pids
}

// limit is top with a state_limit.
func limit(n int, metric string, k int) func(*Config) {
	return func(c *Config) { top(metric, k)(c); c.StateLimit = n }
}

// named is a critical entry for all processes of a name.
func named(name string, most int) critical.Entry {
	return critical.Entry{
		Name: name, MaxProcesses: most,
		Conditions: []string{`resource.attributes["process.executable.name"] == "` + name + `"`},
	}
}

// remembered lists the PIDs of a host that are tracked.
func remembered(p *topk, host string) (pids []int64) {
	for in := range p.hosts {
		if in.Name == host {
			in.Ledger.Processes(func(p *process.Process) { pids = append(pids, int64(p.ID().PID)) })
		}
	}
	return pids
}

// The largest process has no rate, and is kept all the same.
func TestWhoIsKeptByALevelIsNotEvictedWhileAnotherIsThere(t *testing.T) {
	two := func(c *Config) {
		limit(3, "cpu", 1)(c)
		c.RankBy[0].Min = 0.005
		c.RankBy = append(c.RankBy, Rank{Metric: "memory", K: 1})
	}
	all := func(second float64) []ps {
		return []ps{{pid: 1, begun: 1, memory: 1e10}, {pid: 2, begun: 1, cpu: second / 1e6, memory: 1}, {pid: 3, begun: 1, cpu: second, memory: 1}}
	}
	tell(t, two,
		scrape{all(1000), []int64{1, 3}},
		scrape{all(1010), []int64{1, 3}},
		scrape{append(all(1020), ps{pid: 4, critical: true}), []int64{1, 3, 4}},
		scrape{append(all(1030), ps{pid: 4, critical: true}), []int64{1, 3, 4}})
}

func TestWhoIsKeptIsEvictedWhenNobodyElseIsThere(t *testing.T) {
	tell(t, limit(1, "memory", 1),
		scrape{[]ps{{pid: 1, memory: 9}}, []int64{1}},
		scrape{[]ps{{pid: 1, memory: 9}, {pid: 2, critical: true}}, []int64{2}},
		scrape{[]ps{{pid: 1, memory: 9}, {pid: 2, critical: true}}, []int64{2}})
}

func TestWhoIsProtectedIsNeverEvicted(t *testing.T) {
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{pid: 1, critical: true}, {pid: 2, critical: true}}, []int64{1, 2}},
		scrape{[]ps{{pid: 3, critical: true}, {pid: 1, critical: true}, {pid: 2, critical: true}}, []int64{1, 2}})
}

// A critical process is not to be lost in the first scrape either, when nobody
// was judged before.
func TestACriticalProcessOfTheFirstScrapeIsKept(t *testing.T) {
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{pid: 1, memory: 9}, {pid: 2, memory: 5}, {pid: 3, critical: true}}, []int64{1, 3}})
	tell(t, limit(2, "memory", 1),
		scrape{[]ps{{pid: 1, critical: true}, {pid: 2, memory: 5}, {pid: 3, critical: true}}, []int64{1, 3}})
}

// After a reload everybody is judged anew, which is no reason to lose one.
func TestACriticalProcessOfTheFirstScrapeAfterAReloadIsKept(t *testing.T) {
	p, sink := run(t, limit(2, "memory", 1))
	push(t, p, sink, at(1000, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5}))
	p = again(t, p, limit(2, "memory", 1), sink)
	require.Equal(t, []int64{1, 3}, kept(push(t, p, sink, at(1010, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5}, ps{pid: 3, critical: true}))))
}

// The limit is one of all hosts, and so is the room that is made.
func TestACriticalProcessEvictsOneOfAnotherHost(t *testing.T) {
	for _, together := range []bool{true, false} {
		p, sink := run(t, limit(2, "memory", 1))
		push(t, p, sink, on("a", at(1000, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5})))
		full := on("a", at(1010, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5}))
		db := on("b", at(1010, ps{pid: 1, critical: true}))
		if together {
			require.Equal(t, []int64{1}, keptOn("b", push(t, p, sink, both(full, db))))
		} else {
			push(t, p, sink, full)
			require.Equal(t, []int64{1}, keptOn("b", push(t, p, sink, db)))
		}
		require.Equal(t, []int64{1}, keptOn("a", push(t, p, sink, on("a", at(1020, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5})))))
		require.Equal(t, 2, p.reader.Tracked())
	}
}

// Who is kept gives way only if there is nobody else on any host.
func TestWhoIsKeptIsNotEvictedWhileAnotherIsOnAnyHost(t *testing.T) {
	p, sink := run(t, limit(3, "memory", 1))
	hosts := func(second int, more ...ps) pmetric.Metrics {
		return both(
			on("a", at(second, ps{pid: 1, memory: 9}, ps{pid: 2, memory: 5})),
			on("b", at(second, append([]ps{{pid: 1, memory: 9}}, more...)...)))
	}
	push(t, p, sink, hosts(1000))
	push(t, p, sink, hosts(1010))
	out := push(t, p, sink, hosts(1020, ps{pid: 2, critical: true}))
	require.Equal(t, []int64{1}, keptOn("a", out))
	require.Equal(t, []int64{1, 2}, keptOn("b", out))
}

// Whoever takes the name of an entry beyond what it protects is like any other.
func TestWhoIsBeyondMaxProcessesMayBeEvicted(t *testing.T) {
	nginx := []ps{{pid: 1, name: "nginx", begun: 1, memory: 3}, {pid: 2, name: "nginx", begun: 2, memory: 9}, {pid: 3, name: "nginx", begun: 3, memory: 1}}
	withDB := append(nginx[:3:3], ps{pid: 4, name: "db", begun: 4})
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.Critical = critical.List{named("nginx", 1), named("db", 1)}
	},
		scrape{nginx, []int64{1, 2}},
		scrape{withDB, []int64{1, 2, 4}},
		scrape{withDB, []int64{1, 2, 4}})
}

// An entry protects its oldest: younger ones that were there before do not keep
// an older one out.
func TestAnOlderCriticalProcessIsLetInWhenTheEntryIsFull(t *testing.T) {
	younger := []ps{{pid: 1, name: "nginx", begun: 500}, {pid: 2, name: "nginx", begun: 600}, {pid: 3, name: "sh", begun: 1}}
	older := append(younger[:3:3], ps{pid: 4, name: "nginx", begun: 10})
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{named("nginx", 2)}
	},
		scrape{younger, []int64{1, 2}},
		scrape{older, []int64{1, 4}},
		scrape{older, []int64{1, 4}})
}

// One that ended leaves its place in the entry to the next one; that it ended is
// only known when the scrape was read.
func TestACriticalProcessThatBeginsAgainIsLetIn(t *testing.T) {
	rest := []ps{{pid: 1, name: "sh", begun: 1}, {pid: 2, name: "sh", begun: 1}}
	tell(t, func(c *Config) {
		limit(3, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{named("db", 1)}
	},
		scrape{append(rest[:2:2], ps{pid: 3, name: "db", begun: 1}), []int64{3}},
		scrape{append(rest[:2:2], ps{pid: 4, name: "db", begun: 1005}), nil},
		scrape{append(rest[:2:2], ps{pid: 4, name: "db", begun: 1005}), []int64{4}})
}

// Ten thousand processes of a name that is protected evict no more than it
// protects, however often they come.
func TestNobodyIsEvictedForProcessesBeyondMaxProcesses(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		limit(20, "memory", 1)(c)
		c.RankBy[0].Min, c.Critical = 1, critical.List{named("nginx", 5)}
	})
	many := make([]ps, 20, 320)
	for i := range many {
		many[i] = ps{pid: int64(i + 1), name: "sh", begun: i + 1}
	}
	push(t, p, sink, at(1000, many...))
	for i := range 300 {
		many = append(many, ps{pid: int64(i + 21), name: "nginx", begun: 900 + i})
	}
	for i := range 5 {
		out := push(t, p, sink, at(1010+10*i, many...))
		require.Equal(t, []int64{21, 22, 23, 24, 25}, kept(out))
		require.Equal(t, 20, p.reader.Tracked())
		left := remembered(p, "web-1")
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
		c.RankBy[0].Min, c.Critical = 1, critical.List{named("nginx", 5)}
	})
	many := make([]ps, 20, 320)
	for i := range many {
		many[i] = ps{pid: int64(i + 1), name: "sh", begun: 1}
		switch {
		case i < 3:
			many[i].memory = 9
		case i >= 15:
			many[i].name, many[i].begun = "nginx", 900
		}
	}
	require.Equal(t, []int64{1, 2, 3, 16, 17, 18, 19, 20}, kept(push(t, p, sink, at(1000, many...))))
	for i := range 300 {
		many = append(many, ps{pid: int64(i + 21), name: "nginx", begun: 899 - i})
	}
	for i := range 5 {
		out := push(t, p, sink, at(1010+10*i, many...))
		require.Subset(t, kept(out), []int64{1, 2, 3})
		require.Len(t, kept(out), 3+5)
		others := 0
		for _, pid := range remembered(p, "web-1") {
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
		many[i] = ps{pid: int64(i + 1), begun: 1, cpu: 10, memory: float64(i)}
	}
	p, sink := run(t, limit(100, "memory", 1))
	push(t, p, sink, at(1000, many...))
	p = again(t, p, limit(50, "memory", 1), sink)
	require.Equal(t, 50, p.reader.Tracked(), "there is room for all")

	p = again(t, p, limit(10, "memory", 1), sink)
	require.Zero(t, p.reader.Tracked())
	out := push(t, p, sink, at(1010, many...))
	require.Equal(t, 10, p.reader.Tracked())
	require.Equal(t, []int64{10}, kept(out), "of those that are remembered")
	require.Equal(t, map[string]int{"process.cpu.time": 1, "process.memory.usage": 1}, ended(out, 50))
}

// ended counts the last points of a process by metric.
func ended(md pmetric.Metrics, pid int64) map[string]int {
	counts := map[string]int{}
	for _, list := range samples(md) {
		for _, s := range list {
			if s.flagged && s.pid == pid {
				counts[s.metric]++
			}
		}
	}
	return counts
}
