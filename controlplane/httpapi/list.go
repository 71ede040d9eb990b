package httpapi

import (
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Listing is a request for a page of a list.
type Listing struct {
	Cursor string `query:"cursor" doc:"the next of the page before; without it the list begins" maxLength:"253"`
	Limit  int    `query:"limit" doc:"how many items a page has at most" minimum:"1" maximum:"1000" default:"100"`
	Sort   string `query:"sort" doc:"up, or -up for the other end first: by name, or the newest" enum:"up,-up" default:"up"`
}

func (l Listing) page() controlplane.Page {
	return controlplane.Page{After: l.Cursor, Limit: l.Limit, Descending: l.Sort == "-up"}
}

// InputMetadata is what a user gives of a resource's metadata. What the server
// decides may be there, as it was read, and means nothing.
type InputMetadata struct {
	Name            string            `json:"name,omitempty" doc:"letters a-z, digits and dashes; at most 63" maxLength:"63"`
	Labels          map[string]string `json:"labels,omitempty"`
	ResourceVersion string            `json:"resourceVersion,omitempty" doc:"as If-Match, which comes first"`
	UID             string            `json:"uid,omitempty" doc:"ignored"`
	Generation      int64             `json:"generation,omitempty" doc:"ignored"`
	CreatedAt       string            `json:"createdAt,omitempty" doc:"ignored"`
	UpdatedAt       string            `json:"updatedAt,omitempty" doc:"ignored"`
}

// base is the version that a change is based on.
func (m InputMetadata) base(c Changing) string {
	if c.IfMatch != "" {
		return c.version()
	}
	return m.ResourceVersion
}

// named refuses a name in the body that is not the one in the path.
func (m InputMetadata) named(path string) error {
	if m.Name == "" || m.Name == path {
		return nil
	}
	return wrong("/metadata/name", "name: is %.80q here and %.80q in the path; they must be the same", m.Name, path)
}

// parseSelector reads labels as in tier=web,zone!=b,canary,!old: all must hold.
func parseSelector(text string) (s controlplane.Selector, err error) {
	if text == "" {
		return s, nil
	}
	for term := range strings.SplitSeq(text, ",") {
		r, ok := parseTerm(strings.TrimSpace(term))
		if !ok {
			return s, wrong("query.selector", "selector: %.80q; write it as key=value, key!=value, key or !key, with commas between", term)
		}
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	return s, nil
}

func parseTerm(term string) (controlplane.Requirement, bool) {
	if key, value, found := strings.Cut(term, "!="); found {
		return controlplane.Requirement{Key: key, Operator: controlplane.NotIn, Values: []string{value}}, key != ""
	}
	if key, value, found := strings.Cut(term, "="); found {
		return controlplane.Requirement{Key: key, Operator: controlplane.In, Values: []string{value}}, key != ""
	}
	if key, found := strings.CutPrefix(term, "!"); found {
		return controlplane.Requirement{Key: key, Operator: controlplane.DoesNotExist}, key != ""
	}
	return controlplane.Requirement{Key: term, Operator: controlplane.Exists}, term != ""
}
