package ownership

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// conflicts reports what of the owner's files cannot be added to, and what the
// agent would have to replace in them.
func (p Parts) conflicts() error {
	errs := []error{p.taken(), p.closed()}
	for _, kind := range []string{receivers, processors, exporters, extensions} {
		for _, id := range slices.Sorted(maps.Keys(section(p.Owner, kind))) {
			if strings.HasPrefix(nameOf(id), guardPrefix) || typeOf(id) == guardExtension {
				errs = append(errs, fmt.Errorf("config_files: %s::%s: is the agent's own; remove it, its settings are in the agent file", kind, id))
			}
		}
	}
	return errors.Join(errs...)
}

// taken reports names that the owner gave twice.
func (p Parts) taken() error {
	own := section(p.Owner, exporters)
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(p.Agent.Destinations)) {
		id := p.Agent.Destinations[name].ID(name)
		if _, taken := own[id]; taken {
			errs = append(errs, fmt.Errorf("destinations::%s: %s is an exporter of config_files already; rename one of them", name, id))
		}
	}
	return errors.Join(errs...)
}

// closed reports the sections that the agent adds to and that are no maps or
// lists, such as an expression in place of one.
func (p Parts) closed() error {
	svc := section(p.Owner, service)
	own := section(section(svc, telemetry), "metrics")
	sections := map[string]any{
		receivers: p.Owner[receivers], processors: p.Owner[processors], exporters: p.Owner[exporters], extensions: p.Owner[extensions],
		service: p.Owner[service], "service::pipelines": svc[pipelines],
		"service::telemetry": svc[telemetry], "service::telemetry::metrics": section(svc, telemetry)["metrics"],
	}
	lists := map[string]any{"service::extensions": svc[extensions], "service::telemetry::metrics::readers": own["readers"]}
	return errors.Join(notOf[map[string]any](sections, "a map"), notOf[[]any](lists, "a list"))
}

// notOf reports the values that are there and of another type.
func notOf[T any](values map[string]any, kind string) error {
	var errs []error
	for _, path := range slices.Sorted(maps.Keys(values)) {
		if _, ok := values[path].(T); !ok && values[path] != nil {
			errs = append(errs, fmt.Errorf("config_files: %s: is not %s; write it out, for the agent adds to it", path, kind))
		}
	}
	return errors.Join(errs...)
}
