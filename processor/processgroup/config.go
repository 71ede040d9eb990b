package processgroup

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/problems"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Config says which groups processes are summed into.
type Config struct {
	// Groups are tried in order: a process belongs to the first one whose
	// conditions it meets.
	Groups []Group `mapstructure:"groups"`
	// By names resource attributes: the processes that belong to none of
	// Groups are grouped by their values. One that has none of the attributes
	// is _other_'s. Empty: all the rest is.
	By []string `mapstructure:"by"`
	// MaxGroups is how many groups a host has at most, those of Groups among
	// them. Processes beyond are _other_'s.
	MaxGroups int `mapstructure:"max_groups"`
	// ForgetAfter is for how long a group that By made goes on without a
	// process. 0: for ever.
	ForgetAfter time.Duration `mapstructure:"forget_after"`
	// Critical lists the processes that stay on their own.
	Critical critical.List `mapstructure:"critical"`
	// Other is the process that stands for all that are in no group.
	Other thinning.Other `mapstructure:"other"`
	// Counters says what values the counters of critical processes have.
	Counters thinning.Counters `mapstructure:"counters"`
	// DropAttributes are removed from critical processes after conditions have
	// seen them.
	DropAttributes []string `mapstructure:"drop_attributes"`
	// StateLimit is how many processes are remembered, over all hosts.
	StateLimit int `mapstructure:"state_limit"`
	// Mode is enforce (the default), or observe: decide and count, but pass
	// everything through.
	Mode thinning.Mode `mapstructure:"mode"`
}

// Group is a group with a name and a condition.
type Group struct {
	// Name is its process.group.
	Name string `mapstructure:"name"`
	// Conditions are OTTL conditions on the resource; all must hold.
	Conditions []string `mapstructure:"conditions"`
}

// maxGroups is the most that max_groups may be: a group costs a backend as much
// as a process.
const maxGroups = 10_000

func createDefaultConfig() component.Config {
	s := thinning.DefaultSettings()
	return &Config{
		By:             []string{"process.owner"},
		MaxGroups:      100,
		ForgetAfter:    10 * time.Minute,
		Other:          s.Other,
		Counters:       s.Counters,
		DropAttributes: s.DropAttributes,
		StateLimit:     s.StateLimit,
		Mode:           s.Mode,
	}
}

func (c *Config) settings() thinning.Settings {
	return thinning.Settings{
		Critical: c.Critical, Other: c.Other, Counters: c.Counters,
		DropAttributes: c.DropAttributes, StateLimit: c.StateLimit, Mode: c.Mode,
	}
}

// Validate reports every problem of the values that are not of a type with a
// Validate of its own, in one line: the collector puts the path before the
// first line only.
func (c *Config) Validate() error {
	var p problems.List
	p.Check(len(c.Groups) > 0 || len(c.By) > 0,
		"groups: is empty and so is by, everything would be _other_; drop the key by to group by process.owner")
	for i, g := range c.Groups {
		first := slices.IndexFunc(c.Groups, func(o Group) bool { return o.Name == g.Name })
		p.Check(g.Name == "" || first == i, "groups::%d::name: %q is the name of entry %d; use another one, or add the conditions there with or", i, g.Name, first)
	}
	p.Check(!slices.Contains(c.By, ""), "by: has an empty name; give the name of a resource attribute, such as process.owner")
	p.Check(!slices.Contains(c.By, "process.pid"), "by: process.pid would make every process a group; use topk to keep processes on their own")
	for i, key := range c.By {
		p.Check(key != groupAttribute, "by: process.group is what groups are written with; give the name of another attribute")
		p.Check(key == "" || slices.Index(c.By, key) == i, "by: %q is named twice; name it once", key)
		p.Check(!slices.Contains(c.DropAttributes, key) || key == "", "by: %q is in drop_attributes, but would be on every group; remove it from one of them", key)
	}
	p.Check(c.MaxGroups >= 1 && c.MaxGroups <= maxGroups, "max_groups: must be between 1 and %d, got %d; drop the key to use 100", maxGroups, c.MaxGroups)
	p.Check(c.MaxGroups < 1 || len(c.Groups) <= c.MaxGroups,
		"max_groups: %d is less than the %d entries of groups, which all have a place; raise it", c.MaxGroups, len(c.Groups))
	p.Check(c.ForgetAfter >= 0, "forget_after: must not be negative, got %s; use 0s for never", c.ForgetAfter)
	p.Check(c.ForgetAfter <= 0 || c.ForgetAfter >= time.Millisecond,
		"forget_after: %s is too short; a number without a unit is in nanoseconds, write 10m for minutes", c.ForgetAfter)
	shared := c.settings()
	shared.Check(&p)
	return p.Err()
}

// Validate reports every problem of the group.
func (g *Group) Validate() error {
	var p problems.List
	p.Check(g.Name != "", "name: is empty; give the group a name, it becomes process.group")
	p.Check(len(g.Conditions) > 0, "conditions: is empty, so that the group would hold every process; give at least one")
	if _, err := critical.Compile(critical.List{g.entry()}, component.TelemetrySettings{Logger: zap.NewNop()}); err != nil {
		p = append(p, strings.Split(err.Error(), "\n")...)
	}
	return p.Err()
}

// entry is the group as the matcher knows it.
func (g *Group) entry() critical.Entry {
	return critical.Entry{Name: g.Name, Conditions: g.Conditions}
}
