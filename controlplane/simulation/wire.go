package simulation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The ends that take the place of receivers and exporters.
const (
	receiver = "otlp/simulation"
	exporter = "otlphttp/simulation"
)

// pure are the processors that read no files and reach nobody.
var pure = []string{
	"adaptivefilter", "attributes", "batch", "filter", "memory_limiter", "probabilistic_sampler", "processgroup", "resource", "seriesmeter", "topk",
}

// sources are the receivers that read processes.
var sources = []string{"processmetrics", "hostmetrics", "host_metrics"}

// section is a map of a configuration.
type section = map[string]any

// wire makes the configuration to run: the processors of the one pipeline of
// processes between two ends. It returns the types of those processors too, in
// their order.
func wire(config []byte, in, out string) (wired []byte, way []string, err error) {
	var tree section
	if err := yaml.Unmarshal(config, &tree); err != nil {
		return nil, nil, errors.New("it is not YAML with a map of sections; validate it first")
	}
	pipeline, err := pipelineOf(tree)
	if err != nil {
		return nil, nil, err
	}
	names := strs(pipeline["processors"])
	used := section{}
	for _, name := range names {
		settings, err := processor(below(tree, "processors"), name)
		if err != nil {
			return nil, nil, err
		}
		used[name], way = settings, append(way, typeOf(name))
	}
	wired, err = yaml.Marshal(around(names, used, in, out))
	return wired, way, err
}

// around puts the ends around processors.
func around(names []string, processors section, in, out string) section {
	return section{
		"receivers": section{receiver: section{"protocols": section{"http": section{"endpoint": in}}}},
		"exporters": section{exporter: section{
			"endpoint": out, "sending_queue": section{"enabled": false}, "retry_on_failure": section{"enabled": false},
		}},
		"processors": processors,
		"service": section{
			"telemetry": section{
				"metrics": section{"level": "none"},
				"logs":    section{"encoding": "json", "sampling": section{"enabled": false}},
			},
			"pipelines": section{"metrics/simulation": section{
				"receivers": []string{receiver}, "processors": names, "exporters": []string{exporter},
			}},
		},
	}
}

// pipelineOf returns the one pipeline that reads processes.
func pipelineOf(tree section) (section, error) {
	all := below(below(tree, "service"), "pipelines")
	var found []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		receivers := strs(below(all, id)["receivers"])
		if slices.ContainsFunc(receivers, func(name string) bool { return readsProcesses(tree, name) }) {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return nil, errors.New("no pipeline reads processes; give one with the receiver processmetrics, or hostmetrics with the scraper process")
	case 1:
		return below(all, found[0]), nil
	}
	return nil, fmt.Errorf("%s read processes; give one of them at a time", strings.Join(found, " and "))
}

// readsProcesses reports whether a receiver does. One that is the owner's, and
// so not here, is known by its type.
func readsProcesses(tree section, name string) bool {
	if !slices.Contains(sources, typeOf(name)) {
		return false
	}
	settings, here := below(tree, "receivers")[name]
	if typeOf(name) == "processmetrics" || !here {
		return true
	}
	of, _ := settings.(section)
	_, process := below(of, "scrapers")["process"]
	return process
}

// processor returns the settings of a processor as they are run.
func processor(all section, name string) (any, error) {
	settings, ok := all[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("the processor %q is not configured; add it", name)
	case !slices.Contains(pure, typeOf(name)):
		return nil, fmt.Errorf("the processor %q may reach out; leave it out, or use one of %s", name, strings.Join(pure, ", "))
	}
	of, _ := settings.(section)
	delete(of, "records") // of a meter: where it would send to
	return literal(settings), nil
}

// literal returns a value in which the collector expands nothing.
func literal(value any) any {
	switch v := value.(type) {
	case section:
		for key := range v {
			v[key] = literal(v[key])
		}
	case []any:
		for i := range v {
			v[i] = literal(v[i])
		}
	case string:
		return strings.ReplaceAll(strings.ReplaceAll(v, "$$", "$"), "$", "$$")
	}
	return value
}

// below returns a map of a map; nil if there is none.
func below(tree section, key string) section {
	m, _ := tree[key].(section)
	return m
}

func strs(value any) (all []string) {
	list, _ := value.([]any)
	for _, item := range list {
		if s, ok := item.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "/")
	return t
}
