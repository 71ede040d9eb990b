package agentfile

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Reference stands for a value that is kept elsewhere on the host: in a
// variable of the environment, or in a file.
type Reference struct {
	Scheme string // env or file
	Name   string // of the variable, or the file's path
}

// String is how a configuration writes it.
func (r Reference) String() string { return "${" + r.Scheme + ":" + r.Name + "}" }

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ParseReference reads ${env:NAME} or ${file:/PATH}.
func ParseReference(s string) (Reference, error) {
	inner, ok := strings.CutPrefix(s, "${")
	inner, closed := strings.CutSuffix(inner, "}")
	scheme, name, _ := strings.Cut(inner, ":")
	r := Reference{scheme, name}
	valid := scheme == "env" && variableName.MatchString(name) ||
		scheme == "file" && absolute(name) && filepath.Clean(name) == name && !strings.ContainsAny(name, "${}")
	if !ok || !closed || !valid {
		return Reference{}, fmt.Errorf("%q is neither ${env:NAME} nor ${file:/whole/path}", s)
	}
	return r, nil
}

// Part is a piece of a value: text as it is meant, or a reference.
type Part struct {
	Text      string
	Reference *Reference
}

// Split takes a value apart as the collector would: $$ stands for one $, and
// ${ begins a reference. The error names what is no reference that we know.
func Split(value string) ([]Part, error) {
	var parts []Part
	var text strings.Builder
	for value != "" {
		switch {
		case strings.HasPrefix(value, "$$"):
			text.WriteByte('$')
			value = value[2:]
		case strings.HasPrefix(value, "${"):
			end := strings.IndexByte(value, '}') + 1
			if end == 0 {
				end = len(value)
			}
			r, err := ParseReference(value[:end])
			if err != nil {
				return nil, err
			}
			parts = append(parts, Part{Text: text.String()}, Part{Reference: &r})
			text.Reset()
			value = value[end:]
		default:
			text.WriteByte(value[0])
			value = value[1:]
		}
	}
	return append(parts, Part{Text: text.String()}), nil
}

// CheckReferences notes a value that has an expression which is no reference.
func CheckReferences(p *problems.List, key, value string) {
	if _, err := Split(value); err != nil {
		p.Check(false, "%s: %v; write $$ for a $ that is meant as it is", key, err)
	}
}

// checkReferencesIn does so for every text in a value, by the path to it.
func checkReferencesIn(p *problems.List, key string, value any) {
	switch v := value.(type) {
	case string:
		CheckReferences(p, key, v)
	case []any:
		for i, item := range v {
			checkReferencesIn(p, fmt.Sprintf("%s::%d", key, i), item)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			checkReferencesIn(p, key+"::"+name, v[name])
		}
	}
}

func absolute(path string) bool { return filepath.IsAbs(path) }
