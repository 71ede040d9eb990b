package ownership

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// withMemory are the processors that know a pipeline's processes: none may be
// in two pipelines.
var withMemory = []string{"topk", "adaptivefilter", "processgroup", "seriesmeter"}

func (c *checker) pipelines(node *yaml.Node) {
	if !c.isMap(node, "service::pipelines") {
		return
	}
	users := map[string]string{} // pipelines, by processor with a memory
	for key, value := range c.visible(node) {
		path := "service::pipelines::" + key.Value
		if !c.checkID(pipelines, key, path) {
			continue
		}
		if typeOf(key.Value) != "metrics" {
			c.find(CodeSignal, key, path, "is not a pipeline of metrics", "call it metrics/phoenix; logs and traces are the owner's")
			continue
		}
		if c.pipeline(key, value, path) {
			c.shared(users, child(value, processors), path)
		}
	}
}

// pipeline reports whether there is more to look at.
func (c *checker) pipeline(key, node *yaml.Node, path string) bool {
	if node.Kind != yaml.MappingNode {
		c.find(CodeValue, node, path, "must be a map", "give it receivers, processors and exporters")
		return false
	}
	for k, list := range c.visible(node) {
		switch k.Value {
		case receivers, processors, exporters:
			c.references(k.Value, list, path+"::"+k.Value)
		default:
			c.find(CodeField, k, path+"::"+k.Value, "is not a field of a pipeline", "use receivers, processors and exporters")
		}
	}
	for _, needed := range []string{receivers, exporters} {
		list := child(node, needed)
		if list == nil || list.Kind == yaml.SequenceNode && len(list.Content) == 0 {
			c.find(CodeReference, key, path, "has no "+needed, "name at least one")
		}
	}
	return true
}

func (c *checker) references(section string, list *yaml.Node, path string) {
	if list.Kind != yaml.SequenceNode {
		c.find(CodeValue, list, path, "must be a list of ids", "write it as [ID, …]")
		return
	}
	for _, item := range list.Content {
		if !c.skip[item] && !c.defined(section, item) {
			c.find(CodeReference, item, path, fmt.Sprintf("%s is neither in this configuration nor the owner's to refer to", quote(item.Value)), c.policy.referable(section))
		}
	}
}

// defined reports whether an id is that of a component to refer to: a remote
// one, or a receiver or exporter of the owner.
func (c *checker) defined(section string, item *yaml.Node) bool {
	if item.Kind != yaml.ScalarNode || item.ShortTag() != "!!str" {
		return false
	}
	local := section != processors && c.policy.local[section][item.Value]
	return local || child(child(c.root, section), item.Value) != nil
}

// referable says which ids of the owner there are.
func (p *Policy) referable(section string) string {
	if section == processors || len(p.local[section]) == 0 {
		return fmt.Sprintf("add it to %s", section)
	}
	all := make([]string, 0, len(p.local[section]))
	for id := range p.local[section] {
		all = append(all, id)
	}
	slices.Sort(all)
	return fmt.Sprintf("add it to %s, or refer to one of %s", section, strings.Join(all, ", "))
}

// shared finds processors with a memory that another pipeline has too, or this
// one twice.
func (c *checker) shared(users map[string]string, list *yaml.Node, path string) {
	if list == nil {
		return
	}
	for _, item := range list.Content {
		if !slices.Contains(withMemory, typeOf(item.Value)) {
			continue
		}
		if other, taken := users[item.Value]; taken {
			c.find(CodeShared, item, path+"::processors", fmt.Sprintf("%s remembers the processes of %s", item.Value, other), "give each pipeline one of its own")
		}
		users[item.Value] = path
	}
}
