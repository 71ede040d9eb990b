package ownership

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/redact"
)

// Lookup returns the value that a reference stands for on this host.
type Lookup func(agentfile.Reference) (string, error)

// texts returns what is written in place of a reference.
type texts func(agentfile.Reference) (string, error)

// values is for the collector, which expands nothing in them.
func (l Lookup) values() texts {
	return func(r agentfile.Reference) (string, error) {
		value, err := l(r)
		return double(value), err
	}
}

// kept leaves references to the collector.
func kept(r agentfile.Reference) (string, error) { return r.String(), nil }

// hidden is for reports.
func hidden(agentfile.Reference) (string, error) { return redact.Hidden, nil }

// double writes a text so that the collector expands nothing in it.
func double(s string) string { return strings.ReplaceAll(s, "$", "$$") }

// resolve returns a value in which every reference is replaced, and every other
// $ doubled.
func (l texts) resolve(value any) (any, error) {
	switch v := value.(type) {
	case string:
		return l.resolveString(v)
	case []any:
		items := make([]any, len(v))
		for i := range v {
			item, err := l.resolve(v[i])
			if err != nil {
				return nil, err
			}
			items[i] = item
		}
		return items, nil
	case map[string]any:
		m := make(map[string]any, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			below, err := l.resolve(v[key])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			m[key] = below
		}
		return m, nil
	}
	return value, nil
}

func (l texts) resolveString(s string) (string, error) {
	parts, err := agentfile.Split(s)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, part := range parts {
		text := double(part.Text)
		if part.Reference != nil {
			if text, err = l(*part.Reference); err != nil {
				return "", fmt.Errorf("look up %s: %w; allow the collector to read it, or remove the reference", part.Reference, err)
			}
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// decode turns a checked tree into maps, as the collector's own reader does.
func decode(node *yaml.Node) (map[string]any, error) {
	var m map[string]any
	if err := node.Decode(&m); err != nil {
		return nil, fmt.Errorf("read the remote configuration: %w", err)
	}
	return m, nil
}

// section returns a map of a map; an empty one if it is not there.
func section(config map[string]any, key string) map[string]any {
	if m, ok := config[key].(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

// strs returns the strings of a list of ids.
func strs(value any) []string {
	items, _ := value.([]any)
	var all []string
	for _, item := range items {
		if s, ok := item.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

func list(ids []string) []any {
	items := make([]any, len(ids))
	for i, id := range ids {
		items[i] = id
	}
	return items
}
