package validation

import (
	"fmt"
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"
)

// child returns a key of a map and its value; nil if it has none.
func child(node *yaml.Node, name string) (key, value *yaml.Node) {
	for k, v := range pairs(node) {
		if k.Value == name {
			return k, v
		}
	}
	return nil, nil
}

// valueOf returns the value at the end of keys, or nil.
func valueOf(node *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		_, node = child(node, name)
	}
	return node
}

// pairs are the keys and values of a map; none of anything else.
func pairs(node *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if node == nil || node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

// scalars visits every single value below a node, with its path, the nearest
// key above it and that key's name.
func scalars(node *yaml.Node, path, key string, visit func(path, key string, value *yaml.Node)) {
	switch node.Kind {
	case yaml.MappingNode:
		for k, v := range pairs(node) {
			scalars(v, join(path, k.Value), k.Value, visit)
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			scalars(item, fmt.Sprintf("%s[%d]", path, i), key, visit)
		}
	case yaml.ScalarNode:
		visit(path, key, node)
	}
}

func join(keys ...string) string {
	return strings.TrimPrefix(strings.Join(keys, "::"), "::")
}

func isNull(node *yaml.Node) bool {
	return node == nil || node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
}

func isTrue(node *yaml.Node) bool {
	var value bool
	return node != nil && node.Decode(&value) == nil && value
}

// typeOf is the first part of a component's id.
func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "/")
	return strings.TrimSpace(t)
}
