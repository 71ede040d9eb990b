package impact

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/controlplane/simulation"
)

// Process is one of a host, as Prometheus sees it.
type Process struct {
	// Name is its executable's.
	Name string
	// Labels are its resource attributes.
	Labels map[string]string
	// Kept processes have series of their own.
	Kept bool
}

// Host is what a recording has.
type Host struct {
	Processes []Process
	// Metrics are the names of the metrics, without unit and type.
	Metrics map[string]bool
}

// Processes returns the processes of a recording with what a simulation made of
// them.
func Processes(scrapes []pmetric.Metrics, r simulation.Result) Host {
	dropped := map[int64]bool{}
	for _, d := range r.Dropped {
		dropped[d.PID] = true
	}
	h := Host{Metrics: map[string]bool{}}
	seen := map[int64]bool{}
	for _, md := range scrapes {
		for _, rm := range md.ResourceMetrics().All() {
			attrs := rm.Resource().Attributes()
			pid, isProcess := attrs.Get("process.pid")
			if !isProcess || seen[pid.Int()] {
				continue
			}
			seen[pid.Int()] = true
			p := Process{Labels: map[string]string{}, Kept: !dropped[pid.Int()]}
			for k, v := range attrs.All() {
				p.Labels[label(k)] = v.AsString()
			}
			p.Name = p.Labels[nameLabel]
			h.Processes = append(h.Processes, p)
			h.addMetrics(rm)
		}
	}
	return h
}

func (h Host) addMetrics(rm pmetric.ResourceMetrics) {
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			h.Metrics[label(m.Name())] = true
		}
	}
}

// nameLabel is the label of a process' name.
const nameLabel = "process_executable_name"

// label is how Prometheus writes an attribute, or a metric.
func label(name string) string { return strings.ReplaceAll(name, ".", "_") }
