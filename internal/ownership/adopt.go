package ownership

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// destination is the exporter of every template of the catalog. Hosts have one
// of this name in their agent files.
const destination = "otlphttp/destination"

// Adopt turns a template of the catalog, with or without values of a user's,
// into a remote configuration: its components and pipelines are named
// …/phoenix…, and its destination is left to the host's agent file. Comments
// stay. What is named so already is left as it is.
func Adopt(template []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(template, &doc); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("read the template: it is not a map of sections; give a collector configuration")
	}
	root := doc.Content[0]
	for _, kind := range []string{receivers, processors, exporters} {
		adoptSection(root, kind)
	}
	all := child(child(root, service), pipelines)
	for key, pipeline := range pairs(all) {
		key.Value = adopted(key.Value)
		for kind, ids := range pairs(pipeline) {
			adoptReferences(child(root, kind.Value), ids)
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return nil, fmt.Errorf("write the adopted template: %w", err)
	}
	return out.Bytes(), nil
}

// adoptSection renames the components of a section, and removes one that has
// nothing else than the destination.
func adoptSection(root *yaml.Node, kind string) {
	components := child(root, kind)
	if kind == exporters {
		remove(components, destination)
	}
	for key := range pairs(components) {
		key.Value = adopted(key.Value)
	}
	if components != nil && len(components.Content) == 0 {
		remove(root, kind)
	}
}

// adoptReferences renames what refers to the template's own components.
func adoptReferences(components, ids *yaml.Node) {
	for _, id := range ids.Content {
		if child(components, adopted(id.Value)) != nil {
			id.Value = adopted(id.Value)
		}
	}
}

// adopted is the remote name of an id.
func adopted(id string) string {
	name := nameOf(id)
	switch {
	case strings.HasPrefix(name, prefix):
		return id
	case name == "":
		return typeOf(id) + "/" + prefix
	}
	return typeOf(id) + "/" + prefix + "-" + name
}

func remove(node *yaml.Node, key string) {
	if node == nil {
		return
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			node.Content = slices.Delete(node.Content, i, i+2)
			return
		}
	}
}
