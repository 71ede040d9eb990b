// Package critical tells which processes must never be lost: those whose
// resource meets all the OTTL conditions of an entry.
package critical

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.uber.org/zap"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlresource"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/ottlfuncs"

	"github.com/phoenix-platform/phoenix/internal/problems"
)

// DefaultMaxProcesses is how many processes an entry protects if it does not
// say: any local user can name ten thousand processes nginx.
const DefaultMaxProcesses = 200

// Entry names a kind of process that is never dropped.
type Entry struct {
	// Name is what logs and metrics call the entry. It is unique in its list.
	Name string `mapstructure:"name"`
	// Conditions are OTTL conditions on the resource; all must hold.
	Conditions []string `mapstructure:"conditions"`
	// MaxProcesses is how many processes of a host the entry protects, the
	// oldest first; the others are treated like any process. 0: 200.
	MaxProcesses int `mapstructure:"max_processes"`
}

// Limit returns MaxProcesses, or its default.
func (e Entry) Limit() int {
	if e.MaxProcesses == 0 {
		return DefaultMaxProcesses
	}
	return e.MaxProcesses
}

// List is the entries of one component.
type List []Entry

// Validate reports names that are given twice. What is wrong inside an entry,
// the entry reports.
func (l List) Validate() error {
	var p problems.List
	for i, e := range l {
		first := slices.IndexFunc(l, func(o Entry) bool { return o.Name == e.Name })
		p.Check(e.Name == "" || first == i, "%d::name: %q is the name of entry %d; use another one, or add the conditions there", i, e.Name, first)
	}
	return p.Err()
}

// Validate reports every problem of the entry, in one line: the collector puts
// the path before the first line only.
func (e *Entry) Validate() error {
	var p problems.List
	p.Check(e.Name != "", "name: is empty; give the entry a name, logs and metrics call it so")
	p.Check(len(e.Conditions) > 0, "conditions: is empty; an entry without conditions would keep every process")
	p.Check(e.MaxProcesses >= 0, "max_processes: must be at least 1, got %d; drop the key to use %d", e.MaxProcesses, DefaultMaxProcesses)
	if _, err := Compile(List{*e}, component.TelemetrySettings{Logger: zap.NewNop()}); err != nil {
		p = append(p, strings.Split(err.Error(), "\n")...)
	}
	return p.Err()
}

// Matcher finds the entry of a process. It is safe for concurrent use.
type Matcher struct {
	entries    List
	conditions [][]*condition
}

// Compile parses the conditions of a list of entries, and reports every one
// that it cannot parse.
func Compile(entries List, settings component.TelemetrySettings) (*Matcher, error) {
	parser, err := ottlresource.NewParser(
		ottlfuncs.StandardConverters[*ottlresource.TransformContext](),
		settings, ottlresource.EnablePathContextNames())
	if err != nil {
		return nil, fmt.Errorf("prepare the condition parser: %w", err)
	}
	m := &Matcher{entries: entries}
	var errs []error
	for _, e := range entries {
		var all []*condition
		for j, text := range e.Conditions {
			c, err := parser.ParseCondition(text)
			if err != nil {
				errs = append(errs, fmt.Errorf(`conditions::%d: %q is not an OTTL condition on a resource, such as resource.attributes["process.executable.name"] == "nginx": %w`,
					j, text, err))
				continue
			}
			all = append(all, c)
		}
		m.conditions = append(m.conditions, all)
	}
	return m, errors.Join(errs...)
}

type condition = ottl.Condition[*ottlresource.TransformContext]

// Match returns the first entry whose conditions all hold for a resource, or
// -1. A condition that cannot be evaluated, as on an attribute that is not
// there, does not hold.
func (m *Matcher) Match(ctx context.Context, resource pcommon.Resource) int {
	return m.MatchAfter(ctx, resource, -1)
}

// MatchAfter is Match among the entries that come after one.
func (m *Matcher) MatchAfter(ctx context.Context, resource pcommon.Resource, after int) int {
	rest := m.conditions[after+1:]
	if len(rest) == 0 {
		return -1
	}
	tc := ottlresource.NewTransformContextPtr(resource, noSchema{})
	defer tc.Close()
	i := slices.IndexFunc(rest, func(all []*condition) bool {
		for _, c := range all {
			if holds, err := c.Eval(ctx, tc); err != nil || !holds {
				return false
			}
		}
		return true
	})
	if i < 0 {
		return -1
	}
	return after + 1 + i
}

// noSchema stands for the schema URL, which no condition on a process needs.
type noSchema struct{}

func (noSchema) SchemaUrl() string   { return "" }
func (noSchema) SetSchemaUrl(string) {}

var keyed = regexp.MustCompile(`resource\s*\.\s*attributes\s*\[\s*"([^"\\]+)"\s*\]`)

// Attributes returns the names of the resource attributes that the conditions
// read; all is true if they may read any.
func (m *Matcher) Attributes() (keys []string, all bool) {
	for _, e := range m.entries {
		for _, c := range e.Conditions {
			for _, match := range keyed.FindAllStringSubmatch(c, -1) {
				if !slices.Contains(keys, match[1]) {
					keys = append(keys, match[1])
				}
			}
			if strings.Contains(keyed.ReplaceAllString(c, ""), "resource") {
				all = true
			}
		}
	}
	return keys, all
}
