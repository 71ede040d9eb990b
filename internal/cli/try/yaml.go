package try

import "go.yaml.in/yaml/v3"

// node makes the YAML of a value.
func node(v any) *yaml.Node {
	var n yaml.Node
	if err := n.Encode(v); err != nil { // only for values that YAML cannot say
		panic(err)
	}
	return &n
}

// field returns a key's value in a mapping, or nil.
func field(mapping *yaml.Node, key string) *yaml.Node {
	if mapping == nil || mapping.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i+1]
		}
	}
	return nil
}

// section is field, with an empty mapping put there if there is nothing.
func section(mapping *yaml.Node, key string) *yaml.Node {
	n := field(mapping, key)
	if n == nil {
		n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		put(mapping, key, n)
	}
	return n
}

// put sets a key of a mapping.
func put(mapping *yaml.Node, key string, value *yaml.Node) {
	remove(mapping, key)
	mapping.Content = append(mapping.Content, node(key), value)
}

// remove takes a key out of a mapping, and tells whether it was there.
func remove(mapping *yaml.Node, key string) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			mapping.Content = append(mapping.Content[:i], mapping.Content[i+2:]...)
			return true
		}
	}
	return false
}

// indexOf finds a text in a sequence, -1 if it is not there.
func indexOf(sequence *yaml.Node, text string) int {
	if sequence == nil {
		return -1
	}
	for i, n := range sequence.Content {
		if n.Value == text {
			return i
		}
	}
	return -1
}
