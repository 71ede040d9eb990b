package impact

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
)

// host runs postgres, which is kept, and sshd and cron, which are not.
func host() Host {
	md := pmetric.NewMetrics()
	for i, name := range []string{"postgres", "sshd", "cron"} {
		rm := md.ResourceMetrics().AppendEmpty()
		rm.Resource().Attributes().PutInt("process.pid", int64(i+1))
		rm.Resource().Attributes().PutStr("process.executable.name", name)
		for _, metric := range []string{"process.cpu.time", "process.memory.usage"} {
			rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetName(metric)
		}
	}
	return Processes([]pmetric.Metrics{md, md}, simulation.Result{Dropped: []simulation.Dropped{{PID: 2}, {PID: 3}}})
}

func read(t *testing.T, file string, parse func(string, []byte) ([]Query, error)) []Query {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	queries, err := parse(file, text)
	require.NoError(t, err)
	return queries
}

func TestRules(t *testing.T) {
	got := Of(read(t, "rules.yaml", Rules), host())
	require.Equal(t, Report{
		Queries: 5,
		Affected: []Affected{
			{
				Query{"rules.yaml", "hosts / host:sshd_cpu:rate5m", `sum(rate(process_cpu_time_seconds_total{process_executable_name="sshd"}[5m]))`},
				Named, `process_cpu_time_seconds_total{process_executable_name="sshd"}`,
				[]string{"sshd"},
				0,
			},
			{
				Query{"rules.yaml", "hosts / ManyProcesses", `count(process_memory_usage_bytes) > 500`},
				Each, `process_memory_usage_bytes`,
				[]string{"cron", "sshd"},
				1,
			},
		},
		Critical: []controlplane.CriticalEntry{
			{Name: "sshd", Conditions: []string{`resource.attributes["process.executable.name"] == "sshd"`}},
		},
	}, got)
}

func TestDashboard(t *testing.T) {
	got := Of(read(t, "dashboard.json", Dashboard), host())
	require.Equal(t, 4, got.Queries)
	require.Len(t, got.Affected, 2)
	require.Equal(t, "Host / CPU", got.Affected[0].Place)
	require.Equal(t, "Host / Details / One", got.Affected[1].Place)
	require.Equal(t, []string{Each, Each}, []string{got.Affected[0].How, got.Affected[1].How})
	require.Empty(t, got.Critical, "nobody is asked for by name")
	require.Len(t, got.Unread, 1)
	require.Equal(t, "sum((", got.Unread[0].Expr)
}

// What sums over processes has _other_ in the sum.
func TestWhatLosesNothing(t *testing.T) {
	for expr, loses := range map[string]bool{
		`sum(process_memory_usage_bytes)`:                                               false,
		`sum by (state) (rate(process_cpu_time_seconds_total[5m]))`:                     false,
		`sum(process_memory_usage_bytes) > 1`:                                           false,
		`sum without (process_pid, process_executable_name) ({"process.memory.usage"})`: false,
		`process_memory_usage_bytes{process_executable_name="postgres"}`:                false,
		`process_open_fds`: false,
		`sum without (process_pid) (process_memory_usage_bytes)`:      true,
		`sum by (process_pid) (process_memory_usage_bytes)`:           true,
		`avg(process_memory_usage_bytes)`:                             true,
		`sum(process_memory_usage_bytes > 1)`:                         true,
		`max by (host_name) (process_memory_usage_bytes)`:             true,
		`{"process.memory.usage", process_pid="2"}`:                   true,
		`{__name__=~"process_mem.*", process_executable_name!~"x|"}`:  true,
		`process_memory_usage_bytes{process_executable_name!="cron"}`: true,
	} {
		got := Of([]Query{{Expr: expr}}, host())
		require.Empty(t, got.Unread, expr)
		require.Equal(t, loses, len(got.Affected) > 0, expr)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	_, err := Rules("a.yaml", []byte("groups: [{name: a, rules: [{alert: b, expr: 'sum(('}]}]"))
	require.ErrorContains(t, err, "read the rules of a.yaml: ")
	_, err = Dashboard("a.json", []byte("groups:"))
	require.ErrorContains(t, err, "read the dashboard a.json: ")
	queries, err := Dashboard("a.json", []byte(`{"dashboard": {"title": "T", "panels": [{"title": "P", "targets": [{"expr": "up"}]}]}}`))
	require.NoError(t, err)
	require.Equal(t, []Query{{"a.json", "T / P", "up"}}, queries)
}
