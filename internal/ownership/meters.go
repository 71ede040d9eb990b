package ownership

import (
	"slices"
	"strings"
)

// isOfProcesses reports whether processes come into a pipeline.
func isOfProcesses(config, pipeline map[string]any) bool {
	return slices.ContainsFunc(strs(pipeline[receivers]), func(id string) bool {
		scrapers := section(section(section(config, receivers), id), "scrapers")
		_, process := scrapers["process"]
		return process || typeOf(id) == readerType
	}) || slices.ContainsFunc(strs(pipeline[processors]), func(id string) bool {
		return slices.Contains(withMemory, typeOf(id))
	})
}

// meter returns the chain of a pipeline with the meters that it lacks. What the
// limiters at its beginning refuse is not measured.
func (g Guards) meter(config, pipeline map[string]any, chain []string, name string) []string {
	all, selections := section(config, processors), selectionsOf(config, pipeline)
	critical := criticalOf(all, chain, selections)
	settings := func(role string) map[string]any {
		s := map[string]any{"variant": name, "role": role}
		if critical != nil {
			s["critical"] = clone(critical)
		}
		return s
	}
	if len(selections) > 0 {
		meterSelections(selections, settings("input"))
	} else if !hasMeter(all, chain, "input") {
		id := guardMeter("input", name)
		all[id] = settings("input")
		chain = slices.Insert(chain, behindLimiters(chain), id)
	}
	if !hasMeter(all, chain, "output") {
		id := guardMeter("output", name)
		all[id] = settings("output")
		if g.Records != nil {
			section(all, id)["records"] = clone(g.Records)
		}
		chain = append(chain, id)
	}
	return chain
}

// guardMeter is the id of a meter of the pipeline of this name.
func guardMeter(role, pipeline string) string {
	return meterType + "/" + guardPrefix + "_" + role + strings.TrimPrefix(pipeline, prefix)
}

func hasMeter(all map[string]any, chain []string, role string) bool {
	return slices.ContainsFunc(chain, func(id string) bool { return typeOf(id) == meterType && section(all, id)["role"] == role })
}

// behindLimiters is the place behind the memory limiters that a chain begins
// with.
func behindLimiters(chain []string) int {
	if i := slices.IndexFunc(chain, func(id string) bool { return typeOf(id) != "memory_limiter" }); i >= 0 {
		return i
	}
	return len(chain)
}

// selectionsOf returns the selections of the remote receivers of a pipeline
// that choose processes where they read them.
func selectionsOf(config, pipeline map[string]any) (all []map[string]any) {
	for _, id := range strs(pipeline[receivers]) {
		selection := section(section(section(config, receivers), id), "selection")
		if _, chooses := selection["topk"]; chooses && isRemote(id) {
			all = append(all, selection)
		}
	}
	return all
}

// meterSelections puts the input meter where no pipeline can have it: behind
// the selection only those that are kept are seen.
func meterSelections(selections []map[string]any, settings map[string]any) {
	for _, selection := range selections {
		if _, has := selection["meter"]; !has {
			selection["meter"] = clone(settings)
		}
	}
}

// criticalOf returns the critical list of the processor or selection that has
// one: the meters watch the same processes.
func criticalOf(all map[string]any, chain []string, selections []map[string]any) any {
	for _, id := range chain {
		if critical, ok := section(all, id)["critical"]; ok && typeOf(id) != meterType {
			return critical
		}
	}
	for _, selection := range selections {
		if critical, ok := section(selection, "topk")["critical"]; ok {
			return critical
		}
	}
	return nil
}
