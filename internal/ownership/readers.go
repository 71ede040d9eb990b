package ownership

import "strings"

// addReader adds a reader of the collector's own metrics to the owner's, or to
// the one that the collector has if the owner names none. An owner who wants no
// metrics gets none: only the agent reads them.
func addReader(config map[string]any, reader any) {
	metrics := below(below(below(config, service), telemetry), "metrics")
	readers, named := metrics["readers"].([]any)
	level, _ := metrics["level"].(string)
	switch {
	case strings.EqualFold(level, "none"):
		metrics["level"], readers = "basic", nil
	case !named:
		readers = []any{defaultReader()}
	}
	metrics["readers"] = append(readers[:len(readers):len(readers)], reader)
}

// defaultReader is what the collector has if nobody names a reader, and no
// longer has once somebody does.
func defaultReader() map[string]any {
	return map[string]any{"pull": map[string]any{"exporter": map[string]any{"prometheus": map[string]any{
		"host": "localhost", "port": 8888,
		"without_scope_info": true, "without_type_suffix": true, "without_units": true,
	}}}}
}
