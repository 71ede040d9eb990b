package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/controlplane"
)

// Template is an entry of the catalog.
type Template struct {
	Name        string      `json:"name"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	When        string      `json:"when" doc:"the case that it is for"`
	Hash        string      `json:"hash" doc:"SHA-256 of its configuration"`
	Parameters  []Parameter `json:"parameters"`
	Config      string      `json:"config,omitempty" doc:"its configuration with the default values; not in the list"`
}

// Parameter is a value that a user of a template may set.
type Parameter struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Type        string   `json:"type"`
	Default     any      `json:"default"`
	Minimum     *float64 `json:"minimum,omitempty"`
	Maximum     *float64 `json:"maximum,omitempty"`
	Enum        []any    `json:"enum,omitempty"`
	Unit        string   `json:"unit,omitempty"`
}

type templateRequest struct {
	Reading
	Name string `path:"name"`
}

func (s *Server) catalogRoutes() {
	read := needs(controlplane.Read)
	register(s, get("listTemplates", "/api/v1/catalog", "Catalog", "List the pipeline templates"), read, listTemplates)
	register(s, get("getTemplate", "/api/v1/catalog/{name}", "Catalog", "Get a pipeline template"), read, getTemplate)
}

func listTemplates(_ context.Context, in *Reading) (*tagged[controlplane.List[Template]], error) {
	list := controlplane.List[Template]{Items: []Template{}}
	for _, name := range catalog.Names() {
		t, err := catalog.Lookup(name)
		if err != nil {
			return nil, err
		}
		entry := templateOf(t)
		entry.Config = ""
		list.Items = append(list.Items, entry)
	}
	return hashed(*in, list)
}

func getTemplate(_ context.Context, in *templateRequest) (*tagged[Template], error) {
	t, err := catalog.Lookup(in.Name)
	if errors.Is(err, catalog.ErrUnknown) {
		return nil, &controlplane.Error{Code: controlplane.CodeNotFound, Message: err.Error()}
	}
	if err != nil {
		return nil, err
	}
	return hashed(in.Reading, templateOf(t))
}

// hashed answers with what changes with the program only.
func hashed[T any](r Reading, v T) (*tagged[T], error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return unlessKnown(r, controlplane.HashConfiguration(text)[:16], v)
}

func templateOf(t *catalog.Template) Template {
	entry := Template{
		Name: t.Name, Title: t.Title, Description: t.Description, When: t.When,
		Hash: controlplane.HashConfiguration(t.Config), Config: string(t.Config), Parameters: []Parameter{},
	}
	for _, p := range t.Parameters {
		entry.Parameters = append(entry.Parameters, Parameter{
			Name: p.Name, Title: p.Title, Description: p.Description, Type: p.Type, Default: p.Default,
			Minimum: p.Minimum, Maximum: p.Maximum, Enum: p.Enum, Unit: p.Unit,
		})
	}
	return entry
}

// get and the others describe an operation.
func get(id, path, tag, summary string) huma.Operation {
	return operation(http.MethodGet, id, path, tag, summary)
}

func post(id, path, tag, summary string) huma.Operation {
	return operation(http.MethodPost, id, path, tag, summary)
}

func put(id, path, tag, summary string) huma.Operation {
	return operation(http.MethodPut, id, path, tag, summary)
}

func del(id, path, tag, summary string) huma.Operation {
	return operation(http.MethodDelete, id, path, tag, summary)
}

func operation(method, id, path, tag, summary string) huma.Operation {
	return huma.Operation{Method: method, OperationID: id, Path: path, Tags: []string{tag}, Summary: summary}
}

// created is an operation whose answer is 201.
func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}
