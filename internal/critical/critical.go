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

// Validate reports every problem of a list of entries, each beginning with the
// path below key that it is at.
func Validate(key string, entries []Entry) error {
	_, err := Compile(key, entries, component.TelemetrySettings{Logger: zap.NewNop()})
	return err
}

// Matcher finds the entry of a process. It is safe for concurrent use.
type Matcher struct {
	entries    []Entry
	conditions [][]*ottl.Condition[*ottlresource.TransformContext]
}

// Compile parses the conditions of a list of entries and reports every problem
// in it, each beginning with the path below key that it is at.
func Compile(key string, entries []Entry, settings component.TelemetrySettings) (*Matcher, error) {
	parser, err := ottlresource.NewParser(
		ottlfuncs.StandardConverters[*ottlresource.TransformContext](),
		settings, ottlresource.EnablePathContextNames())
	if err != nil {
		return nil, fmt.Errorf("prepare the condition parser: %w", err)
	}
	m := &Matcher{entries: entries}
	var errs []error
	for i, e := range entries {
		path := fmt.Sprintf("%s::%d", key, i)
		errs = append(errs, e.validate(path, entries[:i]))
		conditions := make([]*ottl.Condition[*ottlresource.TransformContext], 0, len(e.Conditions))
		for j, text := range e.Conditions {
			c, err := parser.ParseCondition(text)
			if err != nil {
				errs = append(errs, fmt.Errorf(`%s::conditions::%d: %q is not an OTTL condition on a resource, such as resource.attributes["process.executable.name"] == "nginx": %w`,
					path, j, text, err))
				continue
			}
			conditions = append(conditions, c)
		}
		m.conditions = append(m.conditions, conditions)
	}
	return m, errors.Join(errs...)
}

func (e Entry) validate(path string, before []Entry) error {
	var errs []error
	switch {
	case e.Name == "":
		errs = append(errs, fmt.Errorf("%s::name: is empty; give the entry a name, logs and metrics call it so", path))
	case slices.ContainsFunc(before, func(o Entry) bool { return o.Name == e.Name }):
		errs = append(errs, fmt.Errorf("%s::name: %q is the name of an earlier entry; use another one, or add the conditions there", path, e.Name))
	}
	if len(e.Conditions) == 0 {
		errs = append(errs, fmt.Errorf("%s::conditions: is empty; an entry without conditions would keep every process", path))
	}
	if e.MaxProcesses < 0 {
		errs = append(errs, fmt.Errorf("%s::max_processes: must be at least 1, got %d; drop the key to use %d", path, e.MaxProcesses, DefaultMaxProcesses))
	}
	return errors.Join(errs...)
}

// Entries returns the list that was compiled.
func (m *Matcher) Entries() []Entry { return m.entries }

// Match returns the first entry whose conditions all hold for a resource, or
// -1. A condition that cannot be evaluated, as on an attribute that is not
// there, does not hold.
func (m *Matcher) Match(ctx context.Context, resource pcommon.Resource) int {
	if len(m.entries) == 0 {
		return -1
	}
	tc := ottlresource.NewTransformContextPtr(resource, noSchema{})
	defer tc.Close()
	return slices.IndexFunc(m.conditions, func(all []*ottl.Condition[*ottlresource.TransformContext]) bool {
		for _, c := range all {
			if holds, err := c.Eval(ctx, tc); err != nil || !holds {
				return false
			}
		}
		return true
	})
}

// noSchema stands for the schema URL, which no condition on a process needs.
type noSchema struct{}

func (noSchema) SchemaUrl() string   { return "" } //nolint:revive // the interface's spelling
func (noSchema) SetSchemaUrl(string) {}            //nolint:revive // the interface's spelling

var keyed = regexp.MustCompile(`resource\.attributes\["([^"\\]+)"\]`)

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
			if strings.Contains(keyed.ReplaceAllString(c, ""), "resource.") {
				all = true
			}
		}
	}
	return keys, all
}
