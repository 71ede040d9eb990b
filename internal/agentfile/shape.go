package agentfile

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// shape compares a YAML tree with a Go value's type, so that every key that is
// not known and every value of another kind is reported with its path.
func shape(node *yaml.Node, like any) problems.List {
	var p problems.List
	shapeOf(&p, node, reflect.TypeOf(like).Elem(), "")
	return p
}

func shapeOf(p *problems.List, node *yaml.Node, t reflect.Type, path string) {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		p.Check(false, "%s: line %d: has an anchor or an alias; write the value out", named(path), node.Line)
		return
	}
	if node.ShortTag() == "!!null" || t.Kind() == reflect.Interface {
		return
	}
	switch {
	case t.Kind() == reflect.Struct:
		shapeOfKeys(p, node, path, func(key string) (reflect.Type, string) { return fieldOf(t, key) })
	case t.Kind() == reflect.Map:
		shapeOfKeys(p, node, path, func(string) (reflect.Type, string) { return t.Elem(), "" })
	case t.Kind() == reflect.Slice:
		shapeOfItems(p, node, t, path)
	default:
		shapeOfScalar(p, node, t, path)
	}
}

func shapeOfKeys(p *problems.List, node *yaml.Node, path string, typeOf func(key string) (t reflect.Type, remedy string)) {
	if node.Kind != yaml.MappingNode {
		p.Check(false, "%s: line %d: must be a map of keys and values", named(path), node.Line)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		below := join(path, key.Value)
		p.Check(!seen[key.Value], "%s: line %d: is given twice; remove one", below, key.Line)
		seen[key.Value] = true
		t, remedy := typeOf(key.Value)
		if t == nil {
			p.Check(false, "%s: line %d: is not a key here; %s", below, key.Line, remedy)
			continue
		}
		shapeOf(p, value, t, below)
	}
}

func shapeOfItems(p *problems.List, node *yaml.Node, t reflect.Type, path string) {
	if node.Kind != yaml.SequenceNode {
		p.Check(false, "%s: line %d: must be a list", named(path), node.Line)
		return
	}
	for i, item := range node.Content {
		shapeOf(p, item, t.Elem(), fmt.Sprintf("%s::%d", path, i))
	}
}

func shapeOfScalar(p *problems.List, node *yaml.Node, t reflect.Type, path string) {
	fits := node.Kind == yaml.ScalarNode && node.Decode(reflect.New(t).Interface()) == nil
	p.Check(fits, "%s: line %d: must be %s", named(path), node.Line, kindOf(t))
}

// fieldOf returns the type of a struct's key, or which keys there are.
func fieldOf(t reflect.Type, key string) (reflect.Type, string) {
	keys := keysOf(t)
	if field, ok := keys[key]; ok {
		return field.Type, ""
	}
	return nil, "the keys are " + strings.Join(slices.Sorted(maps.Keys(keys)), ", ")
}

// keysOf returns the fields of a struct by their keys.
func keysOf(t reflect.Type) map[string]reflect.StructField {
	keys := map[string]reflect.StructField{}
	for field := range t.Fields() {
		if key := field.Tag.Get("yaml"); key != "" {
			keys[key] = field
		}
	}
	return keys
}

// kindOf is what a user calls a type.
func kindOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration, such as 10s"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	return "a string"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "::" + key
}

func named(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
