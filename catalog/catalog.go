// Package catalog holds the pipeline templates. A template is a folder: its
// config.yaml is a complete collector configuration with the default values,
// its schema.json says which values a user may set and where in config.yaml
// each one belongs. A value is set on a node of the parsed YAML, never pasted
// into text. Its README.md and expected.txt say what it does to a recorded host.
package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed */config.yaml */schema.json
var files embed.FS

// ErrUnknown is returned when no template has the name asked for.
var ErrUnknown = errors.New("unknown template")

// Template is one entry of the catalog.
type Template struct {
	Name        string
	Title       string
	Description string      // its strategy
	When        string      // the case that it is for
	Config      []byte      // config.yaml, with the default values
	Parameters  []Parameter // in the order of their names

	schema *jsonschema.Schema
}

// Parameter is a value that a user of a template may set.
type Parameter struct {
	Name        string   `json:"-"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Type        string   `json:"type"`
	Default     any      `json:"default"`
	Minimum     *float64 `json:"minimum"`
	Maximum     *float64 `json:"maximum"`
	Enum        []any    `json:"enum"`
	Unit        string   `json:"x-phoenix-unit"`
	// Suffix is written behind a number, as in 10s.
	Suffix string `json:"x-phoenix-suffix"`
	// Paths are JSON Pointers to the nodes of config.yaml that it sets.
	Paths []string `json:"x-phoenix-paths"`
}

// Names lists the templates, sorted.
func Names() []string {
	found, err := fs.Glob(files, "*/config.yaml")
	if err != nil { // the pattern is a constant
		panic(err)
	}
	names := make([]string, len(found))
	for i, f := range found {
		names[i] = path.Dir(f)
	}
	slices.Sort(names)
	return names
}

// Lookup returns the template of this name, or ErrUnknown with the names that
// there are.
func Lookup(name string) (*Template, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("%w %q; the catalog has %s", ErrUnknown, name, strings.Join(Names(), ", "))
	}
	config, err := files.ReadFile(name + "/config.yaml")
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", name, err)
	}
	raw, err := files.ReadFile(name + "/schema.json")
	if err != nil {
		return nil, fmt.Errorf("read template %s: %w", name, err)
	}
	t := &Template{Name: name, Config: config}
	if err := t.parse(raw); err != nil {
		return nil, fmt.Errorf("schema of template %s: %w", name, err)
	}
	return t, nil
}

func (t *Template) parse(raw []byte) error {
	var doc struct {
		Title       string               `json:"title"`
		Description string               `json:"description"`
		When        string               `json:"x-phoenix-when"`
		Properties  map[string]Parameter `json:"properties"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return err
	}
	t.Title, t.Description, t.When = doc.Title, doc.Description, doc.When
	for name, p := range doc.Properties {
		p.Name = name
		t.Parameters = append(t.Parameters, p)
	}
	slices.SortFunc(t.Parameters, func(a, b Parameter) int { return strings.Compare(a.Name, b.Name) })

	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", tree); err != nil {
		return err
	}
	t.schema, err = c.Compile("schema.json")
	return err
}

// Parameter returns the parameter of this name, or nil.
func (t *Template) Parameter(name string) *Parameter {
	i := slices.IndexFunc(t.Parameters, func(p Parameter) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Parameters[i]
}
