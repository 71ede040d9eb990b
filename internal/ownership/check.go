package ownership

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The sections that matter here.
const (
	receivers  = "receivers"
	processors = "processors"
	exporters  = "exporters"
	service    = "service"
	pipelines  = "pipelines"
	extensions = "extensions"
	telemetry  = "telemetry"
)

const (
	// prefix begins the name of everything that is remote.
	prefix = "phoenix"
	// guardPrefix begins the names of guards.
	guardPrefix = "phoenix_guard"
)

// remoteID is the id of a remote component or pipeline.
var remoteID = regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_]{0,62}/phoenix[0-9A-Za-z_.-]{0,100}$`)

// Check returns everything for which a policy refuses a remote configuration;
// nothing if it may be composed. It expands nothing and reads nothing.
func Check(remote []byte, p *Policy) Findings {
	root, findings := read(remote)
	if root == nil {
		return findings
	}
	c := &checker{policy: p, root: root, skip: map[*yaml.Node]bool{}}
	c.structure(root, nil)
	if c.nodes <= maxNodes {
		c.sections()
	}
	return c.findings.sorted()
}

func (c *checker) sections() {
	if c.root.Kind != yaml.MappingNode {
		c.find(CodeSection, c.root, "", "is not a map of sections", "write {} for a configuration that adds nothing")
		return
	}
	for key, value := range c.visible(c.root) {
		switch key.Value {
		case receivers, processors, exporters:
			c.components(key.Value, value)
		case service:
			c.service(value)
		default:
			c.find(CodeSection, key, key.Value, "is not for remote configurations",
				"put it into the owner's config_files; a remote one has receivers, processors, exporters and service::pipelines")
		}
	}
}

func (c *checker) service(node *yaml.Node) {
	if !c.isMap(node, service) {
		return
	}
	for key, value := range c.visible(node) {
		if key.Value == pipelines {
			c.pipelines(value)
			continue
		}
		c.find(CodeSection, key, "service::"+key.Value, "is not for remote configurations", "put it into the owner's config_files; a remote one has service::pipelines")
	}
}

func (c *checker) components(section string, node *yaml.Node) {
	if !c.isMap(node, section) {
		return
	}
	for key, value := range c.visible(node) {
		path := section + "::" + key.Value
		r := c.policy.rules[section+"/"+typeOf(key.Value)]
		switch {
		case !c.checkID(section, key, path):
		case r == nil:
			c.find(CodeComponent, key, path, fmt.Sprintf("the type %s is not allowed", quote(typeOf(key.Value))), c.policy.possibleTypes(section))
		case !isNull(value):
			c.settings(value, r, path)
		}
	}
}

// possibleTypes says which component types a section may have.
func (p *Policy) possibleTypes(section string) string {
	allowed := "none"
	if types := p.types(section); len(types) > 0 {
		allowed = strings.Join(types, ", ")
	}
	return fmt.Sprintf("use one of those that are (%s), or add it to allow::components of the agent file", allowed)
}

// checkID reports whether a component or a pipeline may be called so.
func (c *checker) checkID(section string, key *yaml.Node, path string) bool {
	id := key.Value
	switch {
	case strings.HasPrefix(nameOf(id), guardPrefix) || typeOf(id) == guardExtension:
		c.find(CodeGuard, key, path, "is the name of a guard", "use another name; guards are the agent's and cannot be changed")
	case c.policy.local[section][id]:
		c.find(CodeOwner, key, path, "belongs to the owner of the host", fmt.Sprintf("refer to it by its id, or call this one %s/phoenix", typeOf(id)))
	case !remoteID.MatchString(id):
		c.find(CodeName, key, path, fmt.Sprintf("%s is not a name for remote configurations", quote(id)),
			"call it TYPE/phoenix, or TYPE/phoenix- and a name of letters, digits, dots and dashes")
	default:
		return true
	}
	return false
}

// visible are the pairs of a map about which nothing was found yet.
func (c *checker) visible(node *yaml.Node) func(yield func(k, v *yaml.Node) bool) {
	return func(yield func(k, v *yaml.Node) bool) {
		for k, v := range pairs(node) {
			if !c.skip[k] && !c.skip[v] && !yield(k, v) {
				return
			}
		}
	}
}

func (c *checker) isMap(node *yaml.Node, path string) bool {
	if node.Kind == yaml.MappingNode {
		return true
	}
	if !isNull(node) {
		c.find(CodeValue, node, path, "must be a map of keys and values", "correct it, or remove it")
	}
	return false
}
