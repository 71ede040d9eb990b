package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// Render returns the template's configuration with the values of params in
// their places; what is not in params keeps its default. Wrong parameters are
// reported all at once as [Problems], each with what is possible.
func (t *Template) Render(params map[string]any) ([]byte, error) {
	params, err := normalise(params)
	if err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", t.Name, err)
	}
	if err := t.check(params); err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(t.Config, &doc); err != nil {
		return nil, fmt.Errorf("config.yaml of %s: %w", t.Name, err)
	}
	for _, p := range t.Parameters {
		v, set := params[p.Name]
		if !set {
			continue
		}
		for _, pointer := range p.Paths {
			node, err := find(&doc, pointer)
			if err != nil {
				return nil, fmt.Errorf("parameter %s of %s: %w", p.Name, t.Name, err)
			}
			put(node, p.node(v))
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&doc); err != nil {
		return nil, fmt.Errorf("write the configuration of %s: %w", t.Name, err)
	}
	return out.Bytes(), nil
}

// normalise turns Go values into those that JSON has.
func normalise(params map[string]any) (map[string]any, error) {
	values := map[string]any{}
	if len(params) == 0 {
		return values, nil
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(raw, &values)
	return values, err
}

// check reports every parameter that the schema refuses.
// Problem is what is wrong with a parameter.
type Problem struct {
	// Path is its name, and where in its value it is.
	Path []string
	// Text says what is wrong and what is possible.
	Text string
}

// Problems are all that is wrong with parameters.
type Problems []Problem

// Error has a line for each.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

func (p Problem) Error() string { return strings.Join(p.Path, "::") + ": " + p.Text }

func (t *Template) check(params map[string]any) error {
	var found Problems
	for name := range params {
		if t.Parameter(name) == nil {
			known := make([]string, len(t.Parameters))
			for i, p := range t.Parameters {
				known[i] = p.Name
			}
			found = append(found, Problem{[]string{name}, fmt.Sprintf("is not a parameter of %s; it has %s", t.Name, strings.Join(known, ", "))})
		}
	}
	var invalid *jsonschema.ValidationError
	if err := t.schema.Validate(params); errors.As(err, &invalid) {
		found = append(found, t.leaves(invalid)...)
	} else if err != nil {
		return err
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b Problem) int { return strings.Compare(a.Error(), b.Error()) })
	return found
}

var english = message.NewPrinter(language.English)

// leaves lists the causes of a validation error that have no causes of their
// own.
func (t *Template) leaves(err *jsonschema.ValidationError) (found Problems) {
	for _, cause := range err.Causes {
		found = append(found, t.leaves(cause)...)
	}
	if len(err.Causes) > 0 || len(err.InstanceLocation) == 0 {
		return found
	}
	text := reason(err.ErrorKind)
	if p := t.Parameter(err.InstanceLocation[0]); p != nil {
		text += "; " + p.Possible()
	}
	return append(found, Problem{err.InstanceLocation, text})
}

// reason says what is wrong with a value.
func reason(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Not, *kind.Enum:
		return "this value is not possible"
	case *kind.Minimum:
		return fmt.Sprintf("must be at least %s, got %s", rational(k.Want), rational(k.Got))
	case *kind.Maximum:
		return fmt.Sprintf("must be at most %s, got %s", rational(k.Want), rational(k.Got))
	}
	return k.LocalizedString(english)
}

func rational(r *big.Rat) string {
	v, _ := r.Float64() // it was one before
	return number(v)
}

// Possible says which values a parameter takes.
func (p *Parameter) Possible() string {
	preset, err := json.Marshal(p.Default)
	if err != nil { // the default was JSON before
		panic(err)
	}
	return fmt.Sprintf("%s is %s, by default %s", p.Name, p.values(), preset)
}

// values names the possible values in a sentence.
func (p *Parameter) values() string {
	switch {
	case len(p.Enum) > 0:
		values := make([]string, len(p.Enum))
		for i, v := range p.Enum {
			values[i] = fmt.Sprint(v)
		}
		return "one of " + strings.Join(values, ", ")
	case p.Type == "array":
		return "a list"
	case p.Minimum == nil || p.Maximum == nil:
		return "a " + p.Type
	}
	article := "a"
	if p.Type == "integer" {
		article = "an"
	}
	text := fmt.Sprintf("%s %s from %s to %s %s", article, p.Type, number(*p.Minimum), number(*p.Maximum), p.Unit)
	return strings.TrimSpace(text)
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// find follows a JSON Pointer (RFC 6901) through a YAML document.
func find(doc *yaml.Node, pointer string) (*yaml.Node, error) {
	node := doc.Content[0]
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		next := child(node, token)
		if next == nil {
			return nil, fmt.Errorf("config.yaml has nothing at %s", pointer)
		}
		node = next
	}
	return node, nil
}

func child(node *yaml.Node, token string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == token {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// put replaces a node's value and keeps its comments.
func put(node, value *yaml.Node) {
	value.HeadComment, value.LineComment, value.FootComment = node.HeadComment, node.LineComment, node.FootComment
	*node = *value
}

// node makes the YAML of a parameter's value.
func (p *Parameter) node(v any) *yaml.Node {
	n := nodeOf(v)
	if p.Suffix != "" {
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: n.Value + p.Suffix}
	}
	return n
}

func nodeOf(v any) *yaml.Node {
	switch v := v.(type) {
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, nodeOf(item))
		}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			n.Content = append(n.Content, nodeOf(key), nodeOf(v[key]))
		}
		return n
	case string:
		// The collector expands $ in configurations; $$ stands for one.
		return &yaml.Node{
			Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle,
			Value: strings.ReplaceAll(v, "$", "$$"),
		}
	case float64:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: number(v)}
		if strings.Contains(n.Value, ".") {
			n.Tag = "!!float"
		}
		return n
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
}
