package processtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// group is a resource that stands for a group of processes.
func group(name string) pmetric.Metrics {
	md := At(1000, Process{CPU: 3})
	attrs := md.ResourceMetrics().At(0).Resource().Attributes()
	attrs.Remove("process.executable.name")
	attrs.Remove("process.pid")
	attrs.PutStr("process.group", name)
	return md
}

func TestSamplesAreOfProcessesOtherAndGroups(t *testing.T) {
	md := pmetric.NewMetrics()
	AddApplication(md, 1000e9)
	md = Both(md, At(1000, Process{PID: 1, Name: "a", CPU: 1}, Process{Name: "_other_", CPU: 2}), group("web"))
	var who []string
	for _, list := range Samples(md) {
		who = append(who, fmt.Sprintf("%d %s %s %v %v", list[0].PID, list[0].Name, list[0].Group, list[0].Value, list[0].IsOther()))
	}
	require.Equal(t, []string{"1 a  1 false", "0 _other_  2 true", "0  web 3 false"}, who)
	require.Equal(t, []int64{1}, Kept(md))
	require.Equal(t, map[string]float64{"process.cpu.time": 2, "process.memory.usage": 0}, Rest(md))
}

func TestShuffledBatchesAreTheSameSorted(t *testing.T) {
	md := At(1000, Process{PID: 1}, Process{PID: 2}, Process{PID: 3})
	mixed := Shuffle(md, 3)
	require.NotEqual(t, Kept(md), Kept(mixed))
	require.Equal(t, Sorted(md), Sorted(mixed))
}
