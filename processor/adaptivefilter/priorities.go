package adaptivefilter

import (
	"context"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
)

// Priority is a kind of process that goes before those of the priorities that
// come later.
type Priority struct {
	// Name is what levels and explanations call it. It is unique in its list.
	Name string `mapstructure:"name"`
	// Conditions are OTTL conditions on the resource; all must hold. The last
	// priority has none: it takes every process that meets no other.
	Conditions []string `mapstructure:"conditions"`
}

// Priorities are in descending order.
type Priorities []Priority

// maxPriorities bounds what is asked of every new process.
const maxPriorities = 100

// index returns the place of a name, or -1.
func (l Priorities) index(name string) int {
	return slices.IndexFunc(l, func(p Priority) bool { return p.Name == name })
}

// least returns the last place that a level keeps.
func (l Priorities) least(level Level) int {
	if i := l.index(level.MinPriority); i >= 0 {
		return i
	}
	return max(len(l)-1, 0)
}

// name returns that of a place; empty if there are no priorities.
func (l Priorities) name(place int) string {
	if len(l) == 0 {
		return ""
	}
	return l[place].Name
}

// Validate reports every problem of the list. What is wrong with a condition,
// its priority reports.
func (l Priorities) Validate() error {
	var p problems.List
	p.Check(len(l) <= maxPriorities, "has %d entries, at most %d are possible; remove some", len(l), maxPriorities)
	for i, priority := range l {
		first := l.index(priority.Name)
		p.Check(priority.Name == "" || first == i, "%d::name: %q is the name of entry %d; use another one", i, priority.Name, first)
		last := i == len(l)-1
		p.Check(!last || len(priority.Conditions) == 0,
			"%d::conditions: the last priority takes every process that meets no other; remove them, or add a priority without conditions behind it", i)
		p.Check(last || len(priority.Conditions) > 0,
			"%d::conditions: is empty, no process would get to the priorities behind it; give it conditions, or make it the last", i)
	}
	return p.Err()
}

// Validate reports an empty name and every condition that cannot be parsed.
func (r Priority) Validate() error {
	var p problems.List
	p.Check(r.Name != "", "name: is empty; give the priority a name, levels call it so")
	if _, err := (Priorities{r, {}}).compile(component.TelemetrySettings{Logger: zap.NewNop()}); err != nil {
		p = append(p, strings.Split(err.Error(), "\n")...)
	}
	return p.Err()
}

// order finds the priority of a process.
type order struct {
	list    Priorities
	matcher *critical.Matcher
}

// compile parses the conditions of all but the last.
func (l Priorities) compile(set component.TelemetrySettings) (order, error) {
	var entries critical.List
	for i := range len(l) - 1 {
		entries = append(entries, critical.Entry{Name: l[i].Name, Conditions: l[i].Conditions})
	}
	matcher, err := critical.Compile(entries, set)
	return order{l, matcher}, err
}

// of returns the place of the first priority whose conditions hold for a
// process's resource, else of the last.
func (o order) of(ctx context.Context, resource pcommon.Resource) int {
	if i := o.matcher.Match(ctx, resource); i >= 0 {
		return i
	}
	return max(len(o.list)-1, 0)
}
