package dataflow

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// prefix begins the names of what a remote configuration adds.
const prefix = "phoenix"

// defaultInterval is the time between two scrapes of a receiver that names
// none. An expression of the owner's is not known here, and taken for it.
const defaultInterval = time.Minute

// Expectation is what must be seen to flow.
type Expectation struct {
	receivers []component
	exporters []component
	// interval is the longest time between two scrapes.
	interval time.Duration
	// delay is the longest time that an exporter waits for a batch to grow.
	delay time.Duration
}

// component is a receiver or an exporter of a pipeline to be proven.
type component struct {
	id string
	// path is where it is used, such as
	// pipelines/metrics/phoenix/exporters/otlphttp/destination.
	path string
	// known says that an exporter is the owner's, a destination, or what it was
	// before: if it cannot send, that is not the new configuration's doing.
	known bool
}

// Expect finds what must flow through the pipelines of metrics that the remote
// configuration has added to config: what scrapes the host must bring
// something, and each exporter behind it send something. A pipeline that is
// only pushed to is left out: nobody may be pushing. Both are whole
// configurations as the collector runs them; before, which ran until now, may
// be nil.
func Expect(config, before map[string]any) Expectation {
	var e Expectation
	pipelines := section(config, "service", "pipelines")
	for _, id := range slices.Sorted(maps.Keys(pipelines)) {
		if kind, name, _ := strings.Cut(id, "/"); kind == "metrics" && strings.HasPrefix(name, prefix) {
			e.add(config, before, id)
		}
	}
	return e
}

// add takes in what a pipeline has that is not expected already.
func (e *Expectation) add(config, before map[string]any, pipeline string) {
	all, used := section(config, "receivers"), section(config, "service", "pipelines", pipeline)
	scraping := slices.DeleteFunc(names(used["receivers"]), func(id string) bool { return !scrapes(all, id) })
	if len(scraping) == 0 {
		return
	}
	for _, id := range scraping {
		e.receivers = with(e.receivers, component{id: id, path: path(pipeline, "receivers", id)})
		e.interval = max(e.interval, duration(section(all, id)["collection_interval"], defaultInterval))
	}
	for _, id := range names(used["exporters"]) {
		e.exporters = with(e.exporters, component{id: id, path: path(pipeline, "exporters", id), known: isKnown(config, before, id)})
		e.delay = max(e.delay, duration(section(config, "exporters", id, "sending_queue", "batch")["flush_timeout"], 0))
	}
}

// isKnown reports whether an exporter is not the remote configuration's own, or
// not new.
func isKnown(config, before map[string]any, id string) bool {
	old, was := section(before, "exporters")[id]
	_, name, _ := strings.Cut(id, "/")
	return !strings.HasPrefix(name, prefix) || was && reflect.DeepEqual(old, section(config, "exporters")[id])
}

func path(pipeline, kind, id string) string {
	return fmt.Sprintf("pipelines/%s/%s/%s", pipeline, kind, id)
}

// with adds a component that is not there.
func with(list []component, c component) []component {
	if slices.ContainsFunc(list, func(other component) bool { return other.id == c.id }) {
		return list
	}
	return append(list, c)
}

// scrapes reports whether a receiver brings something by itself.
func scrapes(receivers map[string]any, id string) bool {
	return len(section(receivers, id, "scrapers")) > 0 || typeOf(id) == "processmetrics"
}

// duration reads one as the collector does: text, or a number of nanoseconds.
func duration(value any, otherwise time.Duration) time.Duration {
	switch v := value.(type) {
	case string:
		if d, err := time.ParseDuration(v); err == nil {
			return d
		}
	case int:
		return time.Duration(v)
	}
	return otherwise
}

// section is a map below others; nil if there is none.
func section(config map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		config, _ = config[key].(map[string]any)
	}
	return config
}

// names are the ids of a list.
func names(list any) []string {
	items, _ := list.([]any)
	var ids []string
	for _, item := range items {
		if id, ok := item.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// typeOf is the first part of an id.
func typeOf(id string) string {
	kind, _, _ := strings.Cut(id, "/")
	return kind
}
