package validation

import (
	"fmt"
	"slices"
)

// prometheusExporters make labels of resource attributes only when told to.
var prometheusExporters = []string{"prometheus", "prometheusremotewrite", "prometheus_remote_write"}

// collisions looks for Prometheus exporters of a pipeline of processes to which
// all processes are the same.
func (l *look) collisions(p pipeline) {
	for i, name := range p.exporters {
		settings := l.component(exporters, name.Value)
		if !slices.Contains(prometheusExporters, typeOf(name.Value)) || settings == nil {
			continue
		}
		if isTrue(valueOf(settings, "resource_to_telemetry_conversion", "enabled")) {
			continue
		}
		l.find(CodeCollision, Error, name, fmt.Sprintf("%s::exporters[%d]", p.path, i),
			fmt.Sprintf("%s drops the resource attributes, and all processes collide", quote(name.Value)),
			fmt.Sprintf("set exporters::%s::resource_to_telemetry_conversion::enabled to true", name.Value))
	}
}
