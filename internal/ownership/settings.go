package ownership

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// defaultMaxItems bounds lists of which the allow-list does not say.
const defaultMaxItems = 100

// settings compares a component's settings with what is allowed.
func (c *checker) settings(node *yaml.Node, r *rule, path string) {
	if c.skip[node] {
		return
	}
	switch node.Kind {
	case yaml.MappingNode:
		c.settingsOfMap(node, r, path)
	case yaml.SequenceNode:
		c.settingsOfList(node, r, path)
	case yaml.ScalarNode:
		c.settingsOfScalar(node, r, path)
	}
}

func (c *checker) settingsOfMap(node *yaml.Node, r *rule, path string) {
	keys := r.keys()
	if r.isEmpty() && len(node.Content) == 0 {
		return
	}
	if len(keys) == 0 {
		c.find(CodeValue, node, path, "must not be a map", "write "+r.shape())
		return
	}
	for key, value := range c.visible(node) {
		below := path + "::" + key.Value
		next := r.below(key.Value)
		switch {
		case agentfile.ReachesOut(key.Value):
			c.find(CodeReach, key, below, "reads or writes files, uses an extension or sends elsewhere", "put the component into the owner's config_files, and refer to it")
		case next == nil:
			c.find(CodeField, key, below, "is not allowed", fmt.Sprintf("use %s, or add it to allow::components of the agent file", strings.Join(keys, ", ")))
		default:
			c.settings(value, next, below)
		}
	}
}

func (c *checker) settingsOfList(node *yaml.Node, r *rule, path string) {
	items := r.below("[]")
	if items == nil {
		c.find(CodeValue, node, path, "must not be a list", "write "+r.shape())
		return
	}
	most := defaultMaxItems
	if items.field != nil && items.field.MaxItems > 0 {
		most = items.field.MaxItems
	}
	if len(node.Content) > most {
		c.find(CodeValue, node, path, fmt.Sprintf("has %d items, at most %d are allowed", len(node.Content), most), "remove some")
		return
	}
	for i, item := range node.Content {
		c.settings(item, items, fmt.Sprintf("%s::%d", path, i))
	}
}

func (c *checker) settingsOfScalar(node *yaml.Node, r *rule, path string) {
	if r.field == nil || r.field.Type == agentfile.Map {
		c.find(CodeValue, node, path, fmt.Sprintf("must not be %s", quote(node.Value)), "write "+r.shape())
		return
	}
	if problem, remedy := unfit(node, *r.field); problem != "" {
		c.find(CodeValue, node, path, problem, remedy)
		return
	}
	if r.field.Type == agentfile.Endpoint {
		c.endpoint(node, path)
	}
}

// isEmpty reports whether a component is allowed without any setting.
func (r *rule) isEmpty() bool { return r.field == nil && len(r.children) == 0 }

// shape says what is expected at a place.
func (r *rule) shape() string {
	switch {
	case r.isEmpty():
		return "{}"
	case r.field != nil && r.field.Type != agentfile.Map:
		return "a single value of type " + r.field.Type
	case r.below("[]") != nil:
		return "a list"
	}
	return "a map with " + strings.Join(r.keys(), ", ")
}

func (c *checker) endpoint(node *yaml.Node, path string) {
	for _, allowed := range c.policy.endpoints {
		if node.Value == allowed {
			return
		}
	}
	c.find(CodeEndpoint, node, path, fmt.Sprintf("%s is not an endpoint that the agent file allows", quote(node.Value)), c.policy.possibleEndpoints())
}

func (p *Policy) possibleEndpoints() string {
	if len(p.endpoints) == 0 {
		return "refer to a destination instead, or add it to allow::endpoints of the agent file"
	}
	return "use one of " + strings.Join(p.endpoints, ", ")
}
