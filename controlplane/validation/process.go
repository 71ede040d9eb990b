package validation

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// optimisers are the processors that thin processes, and meter is ours too.
var optimisers = []string{"topk", "adaptivefilter", "processgroup"}

const (
	meter  = "seriesmeter"
	filter = "filter" // a budget by conditions; not ours
)

// batchers put scrapes together or take them apart.
var batchers = []string{"batch", "groupbyattrs", "groupbytrace", "interval"}

func isOptimiser(id string) bool { return slices.Contains(optimisers, typeOf(id)) }

func isOurs(id string) bool { return isOptimiser(id) || typeOf(id) == meter }

// processRules looks at the pipelines of processes.
func (l *look) processRules() {
	any := false
	for _, p := range l.pipelines {
		reads := l.readsProcesses(p)
		any = any || reads
		ours := slices.ContainsFunc(p.processors, func(n *yaml.Node) bool { return isOurs(n.Value) })
		if !reads && !ours {
			continue
		}
		level := Warning
		if ours || l.options.Kind == Template {
			level = Error
		}
		if !reads {
			l.find(CodeNoProcesses, level, p.key, p.path, "none of its receivers reads processes", processesRemedy)
			any = true
		}
		l.limiter(p, level)
		l.batches(p)
		if reads {
			l.optimiser(p, level)
			l.collisions(p)
		}
	}
	if !any && len(l.pipelines) > 0 {
		l.noProcesses()
	}
}

const processesRemedy = "add the receiver processmetrics, or hostmetrics with the scraper process"

func (l *look) noProcesses() {
	level := Warning
	if l.options.Kind == Template {
		level = Error
	}
	at, _ := child(valueOf(l.root, service), pipelines)
	l.find(CodeNoProcesses, level, at, join(service, pipelines), "no pipeline reads processes", processesRemedy)
}

// upstream are a pipeline and those that send to it by connectors.
func (l *look) upstream(p pipeline) []pipeline {
	all := []pipeline{p}
	for i := 0; i < len(all); i++ {
		for _, before := range l.pipelines {
			known := slices.ContainsFunc(all, func(p pipeline) bool { return p.id == before.id })
			if !known && l.sends(before, all[i]) {
				all = append(all, before)
			}
		}
	}
	return all
}

// sends reports whether a connector leads from one pipeline to another.
func (l *look) sends(from, to pipeline) bool {
	return slices.ContainsFunc(from.exporters, func(out *yaml.Node) bool {
		return l.is(connectors, out.Value) && slices.ContainsFunc(to.receivers, func(in *yaml.Node) bool { return in.Value == out.Value })
	})
}

// readsProcesses reports whether processes come into a pipeline, by way of
// others too.
func (l *look) readsProcesses(p pipeline) bool {
	return slices.ContainsFunc(l.upstream(p), func(p pipeline) bool {
		return slices.ContainsFunc(p.receivers, func(name *yaml.Node) bool { return l.isSource(name.Value) })
	})
}

// isSource reports whether a receiver reads processes. One of the owner's is
// known by its type only.
func (l *look) isSource(id string) bool {
	switch typeOf(id) {
	case "processmetrics":
		return true
	case "hostmetrics", "host_metrics":
		settings := l.component(receivers, id)
		if settings == nil {
			return l.options.Agent != nil
		}
		key, _ := child(valueOf(settings, "scrapers"), "process")
		return key != nil
	}
	return false
}

// limiter looks for the memory limiter, which protects what is behind it.
func (l *look) limiter(p pipeline, level Level) {
	isLimiter := func(n *yaml.Node) bool { return typeOf(n.Value) == "memory_limiter" }
	i := slices.IndexFunc(p.processors, isLimiter)
	switch {
	case i < 0:
		l.find(CodeMemoryLimiter, level, p.key, join(p.path, processors), "has no memory_limiter", "add memory_limiter, and name it first")
	case i > 0:
		l.find(CodeMemoryLimiter, level, p.processors[i], fmt.Sprintf("%s::processors[%d]", p.path, i), "memory_limiter is not the first processor", "name it first: what is before it is not protected")
	}
}

// batches looks for what batches before a Phoenix processor.
func (l *look) batches(p pipeline) {
	last := -1
	for i, name := range p.processors {
		if isOurs(name.Value) {
			last = i
		}
	}
	for i, name := range p.processors[:last+1] {
		if slices.Contains(batchers, typeOf(name.Value)) {
			l.find(CodeBatch, Error, name, fmt.Sprintf("%s::processors[%d]", p.path, i),
				fmt.Sprintf("%s is before %s, which needs whole scrapes", quote(name.Value), quote(p.processors[last].Value)),
				"move it behind, or let the exporter batch (sending_queue::batch)")
		}
	}
}

// optimiser looks for what makes less of the processes.
func (l *look) optimiser(p pipeline, level Level) {
	if l.options.Strategy == Baseline || slices.ContainsFunc(l.upstream(p), l.isThinned) {
		return
	}
	l.find(CodeNoOptimiser, level, p.key, p.path, "sends every process: it has neither a budget nor an optimiser", "add topk, adaptivefilter, processgroup or filter, or say that it is the baseline")
}

// isThinned reports whether a pipeline has an optimiser, or a receiver that
// selects by itself.
func (l *look) isThinned(p pipeline) bool {
	return slices.ContainsFunc(p.processors, func(n *yaml.Node) bool { return isOptimiser(n.Value) || typeOf(n.Value) == filter }) ||
		slices.ContainsFunc(p.receivers, func(n *yaml.Node) bool {
			return !isNull(valueOf(l.component(receivers, n.Value), "selection"))
		})
}
