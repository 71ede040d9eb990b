package ownership

import (
	"fmt"
	"maps"
	"slices"
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
	// Reader is added to the readers of the collector's own metrics: the agent
	// sees by them whether data flows. Nil: none.
	Reader map[string]any
	// Export is a further reader, which sends those metrics to a destination.
	// References in it are looked up. Nil: none.
	Export map[string]any
}

const (
	guardExtension = "phoenix_opamp"
	guardLimiter   = "memory_limiter/" + guardPrefix
	meterType      = "seriesmeter"
	readerType     = "processmetrics"
)

// around puts guards into the remote pipelines: a memory limiter first, and
// meters before and behind the processors of every pipeline of processes.
func (g Guards) around(config, added map[string]any) {
	for _, id := range slices.Sorted(maps.Keys(added)) {
		p := added[id].(map[string]any)
		chain := strs(p[processors])
		if len(chain) == 0 || typeOf(chain[0]) != "memory_limiter" {
			extend(config, processors, map[string]any{guardLimiter: clone(g.limiter())})
			chain = slices.Insert(chain, 0, guardLimiter)
		}
		if isOfProcesses(config, p) {
			chain = g.meter(config, p, chain, nameOf(id))
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

// add puts in the extension and the readers.
func (g Guards) add(config map[string]any, texts texts) error {
	if g.Extension != nil {
		below(config, extensions)[guardExtension] = clone(g.Extension)
		svc := below(config, service)
		if started := strs(svc[extensions]); !slices.Contains(started, guardExtension) {
			svc[extensions] = list(append(started, guardExtension))
		}
	}
	export, err := texts.resolve(g.Export)
	if err != nil {
		return fmt.Errorf("telemetry::destination: %w", err)
	}
	if g.Reader != nil {
		addReader(config, clone(g.Reader))
	}
	if g.Export != nil {
		addReader(config, export)
	}
	return nil
}
