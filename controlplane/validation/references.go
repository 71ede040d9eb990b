package validation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// sections are those that a collector has.
var sections = []string{receivers, processors, exporters, connectors, extensions, service}

// structure looks for sections that are none, for references that lead nowhere
// and for pipelines in which nothing can flow.
func (l *look) structure() {
	for key := range pairs(l.root) {
		if !slices.Contains(sections, key.Value) {
			l.find(CodeSection, Error, key, key.Value, "is not a section of a collector configuration", "correct it to one of "+strings.Join(sections, ", "))
		}
	}
	for key := range pairs(valueOf(l.root, service)) {
		if !slices.Contains([]string{pipelines, extensions, "telemetry"}, key.Value) {
			l.find(CodeSection, Error, key, join(service, key.Value), "is not a key of service", "correct it to pipelines, extensions or telemetry")
		}
	}
	for i, item := range namesIn(valueOf(l.root, service), extensions) {
		if !l.is(extensions, item.Value) {
			l.missing(item, fmt.Sprintf("service::extensions[%d]", i), "extension", l.ids(extensions))
		}
	}
	if len(l.pipelines) == 0 {
		l.noPipelines()
	}
	for _, p := range l.pipelines {
		l.references(p)
	}
	l.unused()
}

func (l *look) noPipelines() {
	at := l.root
	for _, name := range []string{service, pipelines} {
		if key, _ := child(at, name); key != nil {
			at = key
		}
	}
	l.find(CodePipeline, Error, at, join(service, pipelines), "there is no pipeline", "add one, such as metrics/process, with receivers and exporters")
}

func (l *look) references(p pipeline) {
	l.list(p, receivers, p.receivers, receivers, connectors)
	l.list(p, processors, p.processors, processors)
	l.list(p, exporters, p.exporters, exporters, connectors)
	if len(p.receivers) == 0 {
		l.find(CodePipeline, Error, p.key, p.path, "has no receivers", "name "+possible(l.ids(receivers, connectors)))
	}
	if len(p.exporters) == 0 {
		l.find(CodePipeline, Error, p.key, p.path, "has no exporters", "name "+possible(l.ids(exporters, connectors)))
	}
}

// list looks at one list of a pipeline, whose names may be of these kinds.
func (l *look) list(p pipeline, list string, names []*yaml.Node, kinds ...string) {
	seen := map[string]bool{}
	for i, name := range names {
		path := fmt.Sprintf("%s::%s[%d]", p.path, list, i)
		if seen[name.Value] {
			l.find(CodePipeline, Error, name, path, fmt.Sprintf("names %s twice", quote(name.Value)), "remove one of them")
		}
		seen[name.Value] = true
		if !slices.ContainsFunc(kinds, func(kind string) bool { return l.is(kind, name.Value) }) {
			l.missing(name, path, strings.TrimSuffix(list, "s"), l.ids(kinds...))
		}
	}
}

func (l *look) missing(at *yaml.Node, path, what string, there []string) {
	l.find(CodeReference, Error, at, path, fmt.Sprintf("the %s %s is not configured", what, quote(at.Value)), "add it, or use "+possible(there))
}

// possible are the ids that there are to choose from.
func possible(ids []string) string {
	if len(ids) == 0 {
		return "one that is configured; there is none yet"
	}
	return "one that is configured: " + strings.Join(ids, ", ")
}

// ids lists what is configured.
func (l *look) ids(kinds ...string) []string {
	all := map[string]bool{}
	for _, kind := range kinds {
		for key := range pairs(valueOf(l.root, kind)) {
			all[key.Value] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// unused looks for components in no pipeline.
func (l *look) unused() {
	used := map[string]bool{}
	for _, p := range l.pipelines {
		for kind, names := range map[string][]*yaml.Node{receivers: p.receivers, processors: p.processors, exporters: p.exporters} {
			for _, name := range names {
				used[kind+" "+name.Value] = true
			}
		}
	}
	for _, kind := range []string{receivers, processors, exporters} {
		for key := range pairs(valueOf(l.root, kind)) {
			if !used[kind+" "+key.Value] {
				l.find(CodeUnused, Warning, key, join(kind, key.Value), "is in no pipeline and does nothing", "name it in a pipeline, or remove it")
			}
		}
	}
}
