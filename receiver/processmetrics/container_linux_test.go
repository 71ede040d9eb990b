package processmetrics

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A process in a container of a pod says so, one in none says nothing.
func TestTheContainerAndThePodOfAProcess(t *testing.T) {
	id := strings.Repeat("9ec39b91", 8)
	root := host(t)
	replace(t, root, "812/cgroup", "/system.slice/nginx.service", "/kubepods/burstable/pod6c1d3a5e-2b4f-4c7d-9e8a-0f1e2d3c4b5a/"+id)
	o := observe(t, root, func(c *Config) {
		a := &c.MetricsBuilderConfig.ResourceAttributes
		a.ContainerID.Enabled, a.K8sPodUID.Enabled = true, true
	})
	for range 2 { // the second is filled into a template
		for _, rm := range o.next(t).ResourceMetrics().All() {
			all := rm.Resource().Attributes().AsRaw()
			require.NotContains(t, all, "process.cgroup")
			if all["process.pid"] != int64(812) {
				require.NotContains(t, all, "container.id")
				require.NotContains(t, all, "k8s.pod.uid")
				continue
			}
			require.Equal(t, id, all["container.id"])
			require.Equal(t, "6c1d3a5e-2b4f-4c7d-9e8a-0f1e2d3c4b5a", all["k8s.pod.uid"])
		}
	}
}

func TestTheTimeOfChildren(t *testing.T) {
	root := host(t)
	replace(t, root, "812/stat", " 150 25 0 0 ", " 150 25 300 40 ")
	o := observe(t, root, func(c *Config) { c.MetricsBuilderConfig.Metrics.ProcessChildrenCPUTime.Enabled = true })
	for range 2 {
		for _, rm := range o.next(t).ResourceMetrics().All() {
			if pid, _ := rm.Resource().Attributes().Get("process.pid"); pid.Int() == 812 {
				all := series(rm)
				require.Equal(t, []float64{3, 0.4}, []float64{all["process.children.cpu.time user"], all["process.children.cpu.time system"]})
			}
		}
	}
}
