package processgroup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.uber.org/zap/zapcore"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

// A critical process that its entry no longer protects is in its group's sums
// from then on, with what it used since its last scrape; its past stays under
// its own name.
func TestACriticalProcessThatFallsJoinsItsGroup(t *testing.T) {
	tell(t, func(c *Config) { c.Critical[0].MaxProcesses = 1 },
		scrape{[]ps{{PID: 2, Name: "a", Begun: 500, CPU: 50, Critical: true}}, map[string]sums{}},
		scrape{
			[]ps{{PID: 1, Name: "a", Begun: 400, CPU: 90, Memory: 7, Critical: true}, {PID: 2, Name: "a", Begun: 500, CPU: 53, Memory: 5, Critical: true}},
			map[string]sums{"a": of(0, 5, 1)},
		},
		scrape{
			[]ps{{PID: 1, Name: "a", Begun: 400, CPU: 95, Memory: 7, Critical: true}, {PID: 2, Name: "a", Begun: 500, CPU: 54, Memory: 5, Critical: true}},
			map[string]sums{"a": of(4, 5, 1)}, // 3 waited for a first sample
		})
}

// Such a process has an explanation, which names the group.
func TestAFallIsExplained(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.Critical[0].MaxProcesses = 1 })
	processtest.Push(t, p, sink, at(1000, ps{PID: 2, Name: "a", Begun: 500, Critical: true}))
	processtest.Push(t, p, sink, at(1010, ps{PID: 1, Name: "b", Begun: 400, Critical: true}, ps{PID: 2, Name: "a", Begun: 500, Critical: true}))
	require.Equal(t, []process.Transition{
		{Time: 1010e9, ID: process.ID{PID: 2, Start: 500e9}, Name: "a", Rule: ruleGroup, Subject: "a"},
		{Time: 1000e9, ID: process.ID{PID: 2, Start: 500e9}, Name: "a", Kept: true, Rule: thinning.RuleCritical, Subject: "c"},
	}, p.Explain("web-1", process.Query{PID: 2}, time.Unix(1020, 0)))
}

// While a group has a critical process alone it stands for nobody.
func TestAGroupOfACriticalProcessEndsAfterForgetAfter(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.ForgetAfter = 20 * time.Second })
	both := []ps{{PID: 1, Name: "a", Critical: true}, {PID: 2, Name: "a"}}
	require.Equal(t, map[string]sums{"a": of(0, 0, 1)}, groups(processtest.Push(t, p, sink, at(1000, both...))))
	for i, want := range []int{0, 0, 3, 0} {
		require.Equal(t, want, ended(processtest.Push(t, p, sink, at(1010+10*i, both[0])))["a"], "scrape %d", i+2)
	}
}

// A process that runs another program, or calls itself otherwise, is of
// another group at once.
func TestAProcessThatExecsChangesItsGroup(t *testing.T) {
	tell(t, func(c *Config) { c.Groups, c.By = []Group{named("web", "nginx"), named("shells", "sh")}, nil },
		scrape{[]ps{{PID: 1, Name: "sh", Begun: 1, CPU: 1, Memory: 3}, {PID: 2, Name: "nginx", Begun: 1}}, map[string]sums{"shells": of(0, 3, 1), "web": of(0, 0, 1)}},
		scrape{[]ps{{PID: 1, Name: "nginx", Begun: 1, CPU: 3, Memory: 4}, {PID: 2, Name: "nginx", Begun: 1}}, map[string]sums{"shells": of(0, 0, 0), "web": of(2, 4, 2)}})
}

// What conditions read is watched: a process may call itself otherwise.
func TestAProcessThatChangesItsTitleChangesItsGroup(t *testing.T) {
	p, sink := run(t, func(c *Config) {
		c.Groups = []Group{{Name: "idle", Conditions: []string{`resource.attributes["process.command"] == "idle"`}}}
	})
	for i, title := range []string{"busy", "idle"} {
		md := at(1000+10*i, ps{PID: 1, Name: "postgres", Begun: 1})
		md.ResourceMetrics().At(0).Resource().Attributes().PutStr("process.command", title)
		got := groups(processtest.Push(t, p, sink, md))
		require.InDelta(t, i, got["idle"]["process.count"], 0)
		require.InDelta(t, 1-i, got["postgres"]["process.count"], 0)
	}
}

// A PID that is reused is another process: what the former one used stays.
func TestAReusedPIDIsAnotherProcess(t *testing.T) {
	tell(t, nil,
		scrape{[]ps{{PID: 1, Name: "a", Begun: 1, CPU: 100}}, map[string]sums{"a": of(0, 0, 1)}},
		scrape{[]ps{{PID: 1, Name: "a", Begun: 1, CPU: 105}}, map[string]sums{"a": of(5, 0, 1)}},
		scrape{[]ps{{PID: 1, Name: "b", Begun: 1015, CPU: 2}}, map[string]sums{"a": of(5, 0, 0), "b": of(0, 0, 1)}},
		scrape{[]ps{{PID: 1, Name: "b", Begun: 1015, CPU: 3}}, map[string]sums{"a": of(5, 0, 0), "b": of(3, 0, 1)}})
}

// Values that are quoted alike are of other groups all the same.
func TestValuesAreNotTakenForOthers(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.By = []string{"process.x", "process.y"} })
	pairs := [][2]string{{"a/b", "c"}, {"a", "b/c"}, {"a\x00b", "c"}, {"a", "b\x00c"}, {`a" "b`, "c"}, {"a", `b" "c`}, {"", "a"}, {"a", ""}}
	processes := make([]ps, len(pairs))
	for i := range processes {
		processes[i] = ps{PID: int64(i + 1), Memory: 1}
	}
	md := at(1000, processes...)
	for i, pair := range pairs {
		attrs := md.ResourceMetrics().At(i).Resource().Attributes()
		attrs.PutStr("process.x", pair[0])
		attrs.PutStr("process.y", pair[1])
	}
	out := processtest.Push(t, p, sink, md)
	resources := map[string]bool{}
	for _, s := range processtest.AllSamples(out) {
		if s.Group != "" && s.Metric == "process.count" {
			require.InDelta(t, 1, s.Value, 0, s.Resource)
			resources[s.Resource] = true
		}
	}
	require.Len(t, resources, len(pairs))
}

// Attributes of any type group, and are written as text.
func TestAttributesOfAnyTypeGroup(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.By = []string{"process.parent_pid"} })
	md := at(1000, ps{PID: 1}, ps{PID: 2}, ps{PID: 3})
	for i, parent := range []int64{7, 7, 8} {
		md.ResourceMetrics().At(i).Resource().Attributes().PutInt("process.parent_pid", parent)
	}
	out := processtest.Push(t, p, sink, md)
	require.Equal(t, map[string]sums{"7": of(0, 0, 2), "8": of(0, 0, 1)}, groups(out))
	v, _ := out.ResourceMetrics().At(0).Resource().Attributes().Get("process.parent_pid")
	require.Equal(t, pcommon.NewValueStr("7"), v)
}

// A group with a configured name and one of an owner of that name are two.
func TestAnOwnerWithTheNameOfAGroupIsAnotherGroup(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.Groups = []Group{named("web", "nginx")} })
	out := processtest.Push(t, p, sink, at(1000, ps{PID: 1, Name: "nginx"}, ps{PID: 2, Name: "web"}))
	resources := []map[string]any{}
	for _, rm := range out.ResourceMetrics().All() {
		resources = append(resources, rm.Resource().Attributes().AsRaw())
	}
	require.Equal(t, []map[string]any{
		{"host.name": "web-1", "process.group": "web"},
		{"host.name": "web-1", "process.group": "web", "process.owner": "web"},
		{"host.name": "web-1", "process.executable.name": "_other_"},
	}, resources)
}

// A process missing from a scrape is still its group's when it comes back.
func TestAProcessThatIsMissingStaysInItsGroup(t *testing.T) {
	a, b := ps{PID: 1, Name: "a", Begun: 1, CPU: 1}, ps{PID: 2, Name: "b", Begun: 1}
	later := a
	later.CPU = 8
	tell(t, nil,
		scrape{[]ps{a, b}, map[string]sums{"a": of(0, 0, 1), "b": of(0, 0, 1)}},
		scrape{[]ps{b}, map[string]sums{"a": of(0, 0, 0), "b": of(0, 0, 1)}},
		scrape{[]ps{later, b}, map[string]sums{"a": of(7, 0, 1), "b": of(0, 0, 1)}})
}

// Processes beyond state_limit are of no group: they add to the levels of
// _other_ alone.
func TestBeyondStateLimitIsOther(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.StateLimit = 1 })
	out := processtest.Push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Memory: 1}, ps{PID: 2, Name: "a", Memory: 2}))
	require.Equal(t, map[string]sums{"a": of(0, 1, 1)}, groups(out))
	require.Equal(t, map[string]float64{"process.memory.usage": 2, "process.count": 1}, processtest.Rest(out))
}

// A critical process takes the place of another one, the youngest of those that
// are not: what that used so far stays its group's.
func TestACriticalProcessTakesThePlaceOfAnother(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.StateLimit = 2 })
	processtest.Push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Begun: 1, CPU: 1}, ps{PID: 2, Name: "a", Begun: 2, CPU: 1}))
	out := processtest.Push(t, p, sink, at(1010,
		ps{PID: 1, Name: "a", Begun: 1, CPU: 3, Memory: 5}, ps{PID: 2, Name: "a", Begun: 2, CPU: 4, Memory: 7},
		ps{PID: 3, Name: "c", Begun: 3, CPU: 9, Critical: true}))
	require.Equal(t, []int64{3}, processtest.Kept(out))
	require.ElementsMatch(t, []int64{1, 3}, processtest.Remembered(p, "web-1"))
	require.InDelta(t, 5, groups(out)["a"]["process.cpu.time"], 0)
}

// A process that gave way to a critical one may be of a group that has no place.
func TestWhoGaveWayMayBeOfAGroupWithoutAPlace(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.StateLimit, c.MaxGroups = 3, 1 })
	out := processtest.Push(t, p, sink, at(1000,
		ps{PID: 1, Name: "a", Begun: 1}, ps{PID: 2, Name: "a", Begun: 1}, ps{PID: 3, Name: "b", Begun: 2, Memory: 7},
		ps{PID: 4, Name: "c", Begun: 3, Critical: true}))
	require.Equal(t, []int64{4}, processtest.Kept(out))
	require.Equal(t, map[string]sums{"a": of(0, 0, 2)}, groups(out))
	require.InDelta(t, 7, processtest.Rest(out)["process.memory.usage"], 0)
}

// Raw counters are those of critical processes; groups add up as ever.
func TestRawCountersAreThoseOfCriticalProcesses(t *testing.T) {
	p, sink := run(t, func(c *Config) { c.Counters = thinning.Raw })
	processtest.Push(t, p, sink, at(1000, ps{PID: 1, Name: "a", Begun: 1, CPU: 90, Critical: true}, ps{PID: 2, Name: "a", Begun: 1, CPU: 5}))
	out := processtest.Push(t, p, sink, at(1010, ps{PID: 1, Name: "a", Begun: 1, CPU: 91, Critical: true}, ps{PID: 2, Name: "a", Begun: 1, CPU: 7}))
	v, begun := processtest.CounterOf(out, 1)
	require.InDelta(t, 91, v, 0)
	require.Equal(t, int64(1e9), begun)
	require.Equal(t, map[string]sums{"a": of(2, 0, 1)}, groups(out))
}

// What is beyond max_groups is warned of once, not at every scrape.
func TestTooManyGroupsAreWarnedOf(t *testing.T) {
	set := processtest.Settings(metadata.Type)
	logs := processtest.Logs(&set, zapcore.WarnLevel)
	p := start(t, set, func(c *Config) { most(1)(c); c.Critical = nil }, consumertest.NewNop())
	for i := range 3 {
		require.NoError(t, p.ConsumeMetrics(t.Context(), at(1000+10*i, ps{PID: 1, Name: "a"}, ps{PID: 2, Name: "b"}, ps{PID: 3, Name: "b"})))
	}
	require.Equal(t, []string{"more groups than max_groups; the processes of those beyond are part of _other_. Group by an attribute with fewer values, or raise max_groups"},
		processtest.Messages(logs, zapcore.WarnLevel))
	require.Equal(t, map[string]any{"max_groups": int64(1), "processes": int64(1)}, logs.All()[0].ContextMap())
}
