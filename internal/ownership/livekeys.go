package ownership

import "slices"

// liveKeys are what components change while they run, by type.
var liveKeys = map[string][]string{
	"topk":           {"rank_by", "critical", "max_series", "mode"},
	"adaptivefilter": {"levels", "critical", "max_series", "mode"},
	"processgroup":   {"critical", "mode"},
	meterType:        {"critical"},
	readerType:       {"selection"},
}

// inSelection are the keys of a reader's selection, each with the component
// type whose configuration it is.
var inSelection = map[string]string{"topk": "topk", "meter": meterType}

// canChange reports whether a component takes its change while it runs. What is
// the owner's has expressions that only the collector expands.
func canChange(id string, old, new any) bool {
	a, before := old.(map[string]any)
	b, after := new.(map[string]any)
	return before && after && isRemote(id) && isLive(typeOf(id), a, b)
}

func isLive(componentType string, old, new map[string]any) bool {
	for _, key := range differing(old, new) {
		switch {
		case !slices.Contains(liveKeys[componentType], key):
			return false
		case key == "rank_by" && !same(rankedBy(old), rankedBy(new)):
			return false
		case key == "selection" && !selectionIsLive(section(old, key), section(new, key)):
			return false
		}
	}
	return true
}

// selectionIsLive reports whether nothing comes or goes, and what changes can.
func selectionIsLive(old, new map[string]any) bool {
	for _, key := range differing(old, new) {
		a, before := old[key].(map[string]any)
		b, after := new[key].(map[string]any)
		if !before || !after || !isLive(inSelection[key], a, b) {
			return false
		}
	}
	return true
}

// rankedBy is rank_by without the numbers, which can change.
func rankedBy(settings map[string]any) []any {
	var metrics []any
	ranks, _ := settings["rank_by"].([]any)
	for _, r := range ranks {
		rank, _ := r.(map[string]any)
		metrics = append(metrics, rank["metric"])
	}
	return metrics
}
