package adaptivefilter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// resource adds one to a batch and returns it, and where its metrics go.
func resource(md pmetric.Metrics) (pmetric.ResourceMetrics, pmetric.MetricSlice) {
	rm := md.ResourceMetrics().AppendEmpty()
	return rm, rm.ScopeMetrics().AppendEmpty().Metrics()
}

func TestBusyIsWhatIsNeitherIdleNorWaiting(t *testing.T) {
	rm, ms := resource(pmetric.NewMetrics())
	sum := processtest.AddSum(ms, "system.cpu.time", "s", true)
	for i, state := range []string{"user", "system", "nice", "interrupt", "softirq", "steal", "idle", "wait"} {
		addState(sum, state, float64(int(1)<<i))
	}
	got, ok := readSystemCPU(rm)
	require.True(t, ok)
	require.Equal(t, cpuReading{kind: sinceBoot, busy: 63, total: 255, series: 8}, got)
}

func TestTheNewerNamesOfTheStatesCountAsWell(t *testing.T) {
	rm, ms := resource(pmetric.NewMetrics())
	sum := processtest.AddSum(ms, "system.cpu.time", "s", true)
	for mode, v := range map[string]float64{"user": 1, "idle": 2, "iowait": 4} {
		dp := sum.AppendEmpty()
		dp.Attributes().PutStr("cpu.mode", mode)
		dp.SetDoubleValue(v)
	}
	got, ok := readSystemCPU(rm)
	require.True(t, ok)
	require.Equal(t, cpuReading{kind: sinceBoot, busy: 1, total: 7, series: 3}, got)
}

func TestSecondsArePreferredToShares(t *testing.T) {
	rm, ms := resource(pmetric.NewMetrics())
	shares := processtest.AddGauge(ms, "system.cpu.utilization")
	addState(shares, "user", 0.5)
	addState(shares, "idle", 0.5)
	got, ok := readSystemCPU(rm)
	require.True(t, ok)
	require.Equal(t, cpuReading{kind: cores, busy: 0.5, total: 1, series: 2}, got)
	sum := processtest.AddSum(ms, "system.cpu.time", "s", true)
	addState(sum, "idle", 7)
	got, _ = readSystemCPU(rm)
	require.Equal(t, cpuReading{kind: sinceBoot, total: 7, series: 1}, got)
}

func TestDeltasAreOfTheIntervalAlone(t *testing.T) {
	rm, ms := resource(pmetric.NewMetrics())
	addState(processtest.AddSum(ms, "system.cpu.time", "s", true), "idle", 7)
	ms.At(0).Sum().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	got, ok := readSystemCPU(rm)
	require.True(t, ok)
	require.Equal(t, interval, got.kind)
}

func TestWithoutIdleTimeOrWithABadValueThereIsNoReading(t *testing.T) {
	for name, states := range map[string]map[string]float64{
		"no idle":  {"user": 1},
		"negative": {"user": -1, "idle": 5},
		"nothing":  {},
	} {
		t.Run(name, func(t *testing.T) {
			rm, ms := resource(pmetric.NewMetrics())
			sum := processtest.AddSum(ms, "system.cpu.time", "s", true)
			for state, v := range states {
				addState(sum, state, v)
			}
			_, ok := readSystemCPU(rm)
			require.False(t, ok)
		})
	}
}

// What is read of this machine is what the kernel has.
func TestThisMachineCanBeRead(t *testing.T) {
	m := thisMachine()
	require.True(t, m.is(""), "directly behind the receiver hosts have no name")
	require.False(t, m.is("another host"))
	r, ok := m.read()
	require.True(t, ok)
	require.Positive(t, r.busy)
	require.Greater(t, r.total, r.busy)
	used, ok := m.own()
	require.True(t, ok)
	require.GreaterOrEqual(t, used, 0.0)
}

func TestAMachineIsNamedByItsNameOrItsID(t *testing.T) {
	for host, want := range map[string]bool{"": true, "web-1": true, "web-1.example.com": true, "5f3c": true, "web-10": false, "web": false, "web-2.example.com": false} {
		require.Equal(t, want, names(host, "web-1", "5f3c"), "%q", host)
	}
	require.True(t, names("web-1", "web-1.example.com", ""), "the machine's name has its domain")
	require.False(t, names("web-1.example.org", "web-1.example.com", ""), "another domain")
	require.False(t, names("web-1", "", ""), "a machine without a name is only the unnamed host")
}
