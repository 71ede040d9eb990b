package httpapi

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsPage string

var docsTemplate = template.Must(template.New("docs").Funcs(template.FuncMap{"name": path.Base, "words": wordsOf}).Parse(docsPage))

// group is the operations of one tag.
type group struct {
	Tag        string
	Operations []*huma.Operation
}

// docs renders the page.
func (s *Server) docs() ([]byte, error) {
	groups := map[string]*group{}
	for _, item := range s.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op == nil {
				continue
			}
			tag := strings.Join(op.Tags, " ")
			if groups[tag] == nil {
				groups[tag] = &group{Tag: tag}
			}
			groups[tag].Operations = append(groups[tag].Operations, op)
		}
	}
	var out bytes.Buffer
	err := docsTemplate.Execute(&out, map[string]any{
		"Info": s.OpenAPI().Info, "Groups": ordered(groups), "Shapes": shapes(s.OpenAPI().Components.Schemas.Map()),
	})
	return out.Bytes(), err
}

func ordered(groups map[string]*group) []*group {
	for _, g := range groups {
		slices.SortFunc(g.Operations, func(a, b *huma.Operation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
		})
	}
	return slices.SortedFunc(maps.Values(groups), func(a, b *group) int { return strings.Compare(a.Tag, b.Tag) })
}

// shape is the fields of an object that is sent or answered.
type shape struct {
	Name   string
	Fields []field
}

type field struct {
	Name, Type, Meaning string
	Required            bool
}

func shapes(schemas map[string]*huma.Schema) (all []shape) {
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := shape{Name: name}
		for _, key := range slices.Sorted(maps.Keys(schemas[name].Properties)) {
			p := schemas[name].Properties[key]
			s.Fields = append(s.Fields, field{key, wordsOf(p), p.Description, slices.Contains(schemas[name].Required, key)})
		}
		all = append(all, s)
	}
	return all
}

// wordsOf says what a value is.
func wordsOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return "anything"
	case s.Ref != "":
		return path.Base(s.Ref)
	case s.Items != nil:
		return "list of " + wordsOf(s.Items)
	case len(s.Enum) > 0:
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Enum), "[]"), " ", " | ")
	case s.Type == "":
		return "anything"
	}
	if of, ok := s.AdditionalProperties.(*huma.Schema); ok {
		return "map of " + wordsOf(of)
	}
	return strings.TrimSpace(s.Type + " " + s.Format)
}
