package ownership

import (
	"slices"
	"strings"
)

// Guards are the agent's own parts of every configuration. They are settings as
// the collector reads them, and are merged last.
type Guards struct {
	// Extension are the settings of phoenix_opamp. Nil: the extension is not
	// added.
	Extension map[string]any
	// MemoryLimiter are the settings of the memory limiter that begins every
	// remote pipeline which does not begin with one. Nil: 400 MiB.
	MemoryLimiter map[string]any
	// Records says where the output meters send their records, as their key
	// records does. Nil: nowhere.
	Records map[string]any
	// Reader is added to the readers of the collector's own metrics. Nil: none.
	Reader map[string]any
}

const (
	guardExtension = "phoenix_opamp"
	guardLimiter   = "memory_limiter/" + guardPrefix
	meterType      = "seriesmeter"
)

// around puts guards into the remote pipelines: a memory limiter first, and
// meters before and behind the processors of every pipeline of processes.
func (g Guards) around(config, added map[string]any) {
	for id, pipeline := range added {
		p := pipeline.(map[string]any)
		chain := strs(p[processors])
		if len(chain) == 0 || typeOf(chain[0]) != "memory_limiter" {
			extend(config, processors, map[string]any{guardLimiter: clone(g.limiter())})
			chain = slices.Insert(chain, 0, guardLimiter)
		}
		if isOfProcesses(config, p) {
			chain = g.meter(config, chain, nameOf(id))
		}
		p[processors] = list(chain)
	}
}

func (g Guards) limiter() map[string]any {
	if g.MemoryLimiter != nil {
		return g.MemoryLimiter
	}
	return map[string]any{"check_interval": "1s", "limit_mib": 400, "spike_limit_mib": 100}
}

// isOfProcesses reports whether processes come into a pipeline.
func isOfProcesses(config, pipeline map[string]any) bool {
	return slices.ContainsFunc(strs(pipeline[receivers]), func(id string) bool {
		scrapers := section(section(section(config, receivers), id), "scrapers")
		_, process := scrapers["process"]
		return process || typeOf(id) == "processmetrics"
	}) || slices.ContainsFunc(strs(pipeline[processors]), func(id string) bool {
		return slices.Contains(withMemory, typeOf(id))
	})
}

// meter returns the chain with the meters that it lacks. What the limiters at
// its beginning refuse is not measured.
func (g Guards) meter(config map[string]any, chain []string, pipeline string) []string {
	all := section(config, processors)
	has := func(role string) bool {
		return slices.ContainsFunc(chain, func(id string) bool { return typeOf(id) == meterType && section(all, id)["role"] == role })
	}
	critical := criticalOf(all, chain)
	add := func(role string, settings map[string]any) string {
		id := meterType + "/" + guardPrefix + "_" + role + strings.TrimPrefix(pipeline, prefix)
		settings["variant"], settings["role"] = pipeline, role
		if critical != nil {
			settings["critical"] = clone(critical)
		}
		all[id] = settings
		return id
	}
	if !has("input") {
		first := slices.IndexFunc(chain, func(id string) bool { return typeOf(id) != "memory_limiter" })
		if first < 0 {
			first = len(chain)
		}
		chain = slices.Insert(chain, first, add("input", map[string]any{}))
	}
	if !has("output") {
		settings := map[string]any{}
		if g.Records != nil {
			settings["records"] = clone(g.Records)
		}
		chain = append(chain, add("output", settings))
	}
	return chain
}

// criticalOf returns the critical list of the processor that has one: the
// meters watch the same processes.
func criticalOf(all map[string]any, chain []string) any {
	for _, id := range chain {
		if critical, ok := section(all, id)["critical"]; ok && typeOf(id) != meterType {
			return critical
		}
	}
	return nil
}

// add puts in the extension and the reader.
func (g Guards) add(config map[string]any) {
	if g.Extension != nil {
		below(config, extensions)[guardExtension] = clone(g.Extension)
		svc := below(config, service)
		if started := strs(svc[extensions]); !slices.Contains(started, guardExtension) {
			svc[extensions] = list(append(started, guardExtension))
		}
	}
	if g.Reader != nil {
		metrics := below(below(below(config, service), telemetry), "metrics")
		readers, _ := metrics["readers"].([]any)
		metrics["readers"] = append(readers[:len(readers):len(readers)], clone(g.Reader))
	}
}
