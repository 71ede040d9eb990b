package ownership

import (
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"
)

// child returns the value of a map's key, or nil.
func child(node *yaml.Node, key string) *yaml.Node {
	for k, v := range pairs(node) {
		if k.Value == key {
			return v
		}
	}
	return nil
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

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// typeOf is the first part of a component's id.
func typeOf(id string) string {
	t, _, _ := strings.Cut(id, "/")
	return t
}

// nameOf is the second.
func nameOf(id string) string {
	_, name, _ := strings.Cut(id, "/")
	return name
}

// isRemote reports whether a component or a pipeline came from afar, or is a
// guard of one that did.
func isRemote(id string) bool { return strings.HasPrefix(nameOf(id), prefix) }
