package ownership

import (
	_ "embed"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// Policy is what remote configurations may say on one host.
type Policy struct {
	rules     map[string]*rule // by kind and type, such as processors/topk
	endpoints []string
	secrets   []agentfile.Secret
	// local holds the ids of the owner's components and pipelines and of the
	// destinations, by section.
	local map[string]map[string]bool
}

// rule is what may be at one place of a component's settings.
type rule struct {
	field    *agentfile.Field // of a single value, or of the items of a list
	children map[string]*rule // by key; [] for the items of a list, * for any key
}

//go:embed templates.yaml
var templates []byte

// templateFields is what the templates of the catalog need, in the agent file's
// own form. A selection has the keys of the processors that it takes the place
// of.
func templateFields() map[string]agentfile.Fields {
	var all map[string]agentfile.Fields
	if err := yaml.Unmarshal(templates, &all); err != nil { // it is part of the program
		panic(err)
	}
	for key, componentType := range inSelection {
		for path, field := range all[processors+"/"+componentType] {
			all[receivers+"/"+readerType]["selection::"+key+"::"+path] = field
		}
	}
	return all
}

// NewPolicy makes the policy of an agent file and the owner's own
// configuration, which is that of [Owner].
func NewPolicy(agent *agentfile.File, owner map[string]any) *Policy {
	p := &Policy{
		rules: map[string]*rule{}, endpoints: agent.Allow.Endpoints, secrets: agent.Allow.Secrets,
		local: map[string]map[string]bool{},
	}
	if agent.Allow.Templates {
		p.allow(templateFields())
	}
	p.allow(agent.Allow.Components)
	for _, section := range []string{receivers, processors, exporters} {
		p.local[section] = ids(owner[section])
	}
	for name, d := range agent.Destinations {
		p.local[exporters][d.ID(name)] = true
	}
	p.local[pipelines] = ids(section(owner, service)[pipelines])
	return p
}

// ids are the keys of a section.
func ids(section any) map[string]bool {
	all := map[string]bool{}
	components, _ := section.(map[string]any)
	for id := range components {
		all[id] = true
	}
	return all
}

func (p *Policy) allow(components map[string]agentfile.Fields) {
	for component, fields := range components {
		root := p.rules[component]
		if root == nil {
			root = &rule{}
			p.rules[component] = root
		}
		for path, field := range fields {
			root.add(agentfile.Segments(path), field)
		}
	}
}

func (r *rule) add(segments []string, field agentfile.Field) {
	for _, segment := range segments {
		if r.children == nil {
			r.children = map[string]*rule{}
		}
		if r.children[segment] == nil {
			r.children[segment] = &rule{}
		}
		r = r.children[segment]
	}
	r.field = &field
}

// below returns the rule of a key, or nil.
func (r *rule) below(key string) *rule {
	if next := r.children[key]; next != nil || key == "[]" {
		return next
	}
	return r.children["*"]
}

// keys lists the keys that there are.
func (r *rule) keys() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(r.children)), func(key string) bool { return key == "[]" })
}

// types lists the component types of a section.
func (p *Policy) types(section string) []string {
	var all []string
	for component := range p.rules {
		if kind, name := typeOf(component), nameOf(component); kind == section {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}
