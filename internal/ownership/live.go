package ownership

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Setting is the whole new configuration of a component, for one that takes it
// while it runs.
type Setting struct {
	ID string
	// Config is as the component reads it: the collector would expand nothing in
	// it any more.
	Config map[string]any
}

// Change is what leads from one effective configuration to another.
type Change struct {
	// Settings are the components to change while they run, by id, if that is
	// all.
	Settings []Setting
	// Changed are the pipelines that differ, or of which a component does, by
	// id. Not only theirs restart: a collector restarts as a whole.
	Changed []string
	// Restarts are all the pipelines that restart; none if the change is live,
	// or if there is none.
	Restarts []string
}

// IsLive reports whether nothing restarts.
func (c Change) IsLive() bool { return len(c.Restarts) == 0 }

// liveKeys are what components change while they run, by type.
var liveKeys = map[string][]string{
	"topk":           {"rank_by", "critical", "max_series", "mode"},
	"adaptivefilter": {"levels", "critical", "max_series", "mode"},
	"processgroup":   {"critical", "mode"},
	meterType:        {"critical"},
}

// Live compares two effective configurations, as of [Compose].
func Live(old, new map[string]any) Change {
	changed := differing(section(old, processors), section(new, processors))
	c := Change{Changed: changedPipelines(old, new)}
	if same(without(old, processors), without(new, processors)) && allLive(old, new, changed) {
		for _, id := range changed {
			c.Settings = append(c.Settings, Setting{id, unescape(section(section(new, processors), id)).(map[string]any)})
		}
		return c
	}
	c.Restarts = union(section(section(old, service), pipelines), section(section(new, service), pipelines))
	return c
}

// differing lists the keys whose values are not the same.
func differing(old, new map[string]any) []string {
	return slices.DeleteFunc(union(old, new), func(id string) bool {
		a, before := old[id]
		b, after := new[id]
		return before == after && same(a, b)
	})
}

func union(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func without(config map[string]any, key string) map[string]any {
	rest := maps.Clone(config)
	delete(rest, key)
	return rest
}

// allLive reports whether every changed processor can take its change.
func allLive(old, new map[string]any, changed []string) bool {
	a, b := section(old, processors), section(new, processors)
	return !slices.ContainsFunc(changed, func(id string) bool {
		_, before := a[id]
		_, after := b[id]
		return !before || !after || !isLive(typeOf(id), section(a, id), section(b, id))
	})
}

func isLive(componentType string, old, new map[string]any) bool {
	for _, key := range differing(old, new) {
		if !slices.Contains(liveKeys[componentType], key) {
			return false
		}
		if key == "rank_by" && !same(rankedBy(old), rankedBy(new)) {
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

// changedPipelines lists the pipelines that differ, or of which a component
// does.
func changedPipelines(old, new map[string]any) []string {
	a, b := section(section(old, service), pipelines), section(section(new, service), pipelines)
	changed := map[string][]string{}
	for _, kind := range []string{receivers, processors, exporters} {
		changed[kind] = differing(section(old, kind), section(new, kind))
	}
	return slices.DeleteFunc(union(a, b), func(id string) bool {
		if !same(a[id], b[id]) {
			return false
		}
		for kind, ids := range changed {
			if slices.ContainsFunc(strs(section(b, id)[kind]), func(id string) bool { return slices.Contains(ids, id) }) {
				return false
			}
		}
		return true
	})
}

// unescape undoes the doubling of $, which the collector would.
func unescape(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(v, "$$", "$")
	case []any:
		items := make([]any, len(v))
		for i := range v {
			items[i] = unescape(v[i])
		}
		return items
	case map[string]any:
		m := make(map[string]any, len(v))
		for key, below := range v {
			m[key] = unescape(below)
		}
		return m
	}
	return value
}

func same(a, b any) bool { return reflect.DeepEqual(a, b) }
