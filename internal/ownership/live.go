package ownership

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
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
	// Settings are the components to change while they run, if that is all, in
	// the order in which they change: by id, meters last.
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

// Live compares two effective configurations, as of [Compose].
func Live(old, new map[string]any) Change {
	c := Change{Changed: changedPipelines(old, new)}
	if settings, ok := liveSettings(old, new); ok {
		c.Settings = settings
		return c
	}
	c.Restarts = union(section(section(old, service), pipelines), section(section(new, service), pipelines))
	return c
}

// liveSettings returns what changes, and whether all of it can while it runs.
func liveSettings(old, new map[string]any) (settings []Setting, ok bool) {
	kinds := []string{receivers, processors}
	if !same(without(old, kinds...), without(new, kinds...)) {
		return nil, false
	}
	for _, kind := range kinds {
		a, b := section(old, kind), section(new, kind)
		for _, id := range differing(a, b) {
			if !canChange(id, a[id], b[id]) {
				return nil, false
			}
			settings = append(settings, Setting{id, unescape(b[id]).(map[string]any)})
		}
	}
	slices.SortStableFunc(settings, func(a, b Setting) int {
		return cmp.Or(cmp.Compare(isMeter(a.ID), isMeter(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	return settings, true
}

func isMeter(id string) int {
	if typeOf(id) == meterType {
		return 1
	}
	return 0
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

func without(config map[string]any, keys ...string) map[string]any {
	rest := maps.Clone(config)
	maps.DeleteFunc(rest, func(key string, _ any) bool { return slices.Contains(keys, key) })
	return rest
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

func same(a, b any) bool { return reflect.DeepEqual(a, b) }
