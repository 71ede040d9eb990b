package ownership

import (
	"maps"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// GuardsOf makes the guards that an agent file asks for. The reader by which a
// process sees whether data flows is added by who has it.
func GuardsOf(f *agentfile.File) Guards {
	g := Guards{Extension: escape(extensionOf(f)).(map[string]any)}
	if f.Telemetry.Records != "" {
		g.Records = map[string]any{"endpoint": f.Telemetry.Records}
	}
	if name := f.Telemetry.Destination; name != "" {
		g.Export = map[string]any{"periodic": map[string]any{
			"interval": int(f.Telemetry.Interval.Milliseconds()),
			"exporter": map[string]any{"otlp": f.Destinations[name].MetricExporter()},
		}}
	}
	return g
}

// extensionOf is the part of an agent file that the extension reads, by the
// same keys.
func extensionOf(f *agentfile.File) map[string]any {
	s := f.Server
	settings := map[string]any{
		"state_directory": f.StateDir,
		"server": set(map[string]any{
			"endpoint": s.Endpoint, "token_file": s.TokenFile, "enrolment_token_file": s.EnrolmentTokenFile,
			"tls": set(map[string]any{"ca_file": s.TLS.CAFile, "cert_file": s.TLS.CertFile, "key_file": s.TLS.KeyFile}),
		}),
		"page": set(map[string]any{"socket": f.Page.Socket, "listen": f.Page.Listen, "token_file": f.Page.TokenFile}),
	}
	labels := map[string]any{}
	for name, value := range f.Labels {
		labels[name] = value
	}
	settings["labels"] = labels
	return set(settings)
}

// set leaves out what is empty.
func set(m map[string]any) map[string]any {
	maps.DeleteFunc(m, func(_ string, v any) bool {
		below, isMap := v.(map[string]any)
		return v == "" || isMap && len(below) == 0
	})
	return m
}
