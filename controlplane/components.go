package controlplane

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// part is a place of a configuration that changes as one: a component, a
// pipeline, or another entry of a section.
type part struct{ section, id string }

// parts takes a configuration apart. What is none has no parts: its text is
// compared all the same.
func parts(text []byte) map[part]any {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil
	}
	found := map[part]any{}
	for section, value := range doc {
		into(found, section, plain(value))
	}
	return found
}

// into adds the entries of a section; service has sections of its own.
func into(found map[part]any, section string, value any) {
	entries, ok := value.(map[string]any)
	if !ok {
		found[part{section: section}] = value
		return
	}
	for id, v := range entries {
		if section == "service" && id == "pipelines" {
			into(found, "service.pipelines", v)
			continue
		}
		found[part{section, id}] = v
	}
}

// plain makes what YAML has what JSON has.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = plain(value)
		}
	case map[any]any:
		named := make(map[string]any, len(v))
		for key, value := range v {
			named[fmt.Sprint(key)] = plain(value)
		}
		return named
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	}
	return v
}

// sections is the order in which data passes through a configuration.
var sections = []string{"extensions", "receivers", "processors", "connectors", "exporters", "service", "service.pipelines"}

func (p part) order(other part) int {
	return cmp.Or(cmp.Compare(slices.Index(sections, p.section), slices.Index(sections, other.section)),
		cmp.Compare(p.section, other.section), cmp.Compare(p.id, other.id))
}

func diffComponents(before, after map[part]any) []ComponentChange {
	all := maps.Clone(before)
	if all == nil {
		all = map[part]any{}
	}
	maps.Copy(all, after)
	changes := []ComponentChange{}
	for _, p := range slices.SortedFunc(maps.Keys(all), part.order) {
		from, was := before[p]
		to, is := after[p]
		c := ComponentChange{Section: p.section, ID: p.id, Change: Changed, Fields: compare("", from, to)}
		switch {
		case !was:
			c.Change = Added
		case !is:
			c.Change = Removed
		case len(c.Fields) == 0:
			continue
		}
		changes = append(changes, c)
	}
	return changes
}

// compare lists the values that differ below a path. A list is one value: its
// order means something.
func compare(path string, from, to any) []FieldChange {
	before, isMap := from.(map[string]any)
	after, toMap := to.(map[string]any)
	if !isMap || !toMap {
		if reflect.DeepEqual(from, to) {
			return []FieldChange{}
		}
		return []FieldChange{{Path: path, From: from, To: to}}
	}
	all := maps.Clone(before)
	maps.Copy(all, after)
	changes := []FieldChange{}
	for _, key := range sortedKeys(all) {
		changes = append(changes, compare(path+"/"+pointerToken.Replace(key), before[key], after[key])...)
	}
	return changes
}

// pointerToken escapes a key for a JSON Pointer.
var pointerToken = strings.NewReplacer("~", "~0", "/", "~1")
