package controlplane

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// criticalProcessors are the types of processors that have a critical list.
var criticalProcessors = []string{"topk", "adaptivefilter", "processgroup", "seriesmeter"}

// withCritical sets entries in the critical list of every processor that has
// one. Entries of the text stay, but for those of the same name. A text is
// returned as it is if there are no entries, and refused if it has no processor
// for them.
func withCritical(text []byte, entries []CriticalEntry) ([]byte, error) {
	if len(entries) == 0 {
		return text, nil
	}
	return editCritical(text, func(list []*yaml.Node) []*yaml.Node {
		for _, e := range entries {
			list = append(without(list, e.Name), e.node())
		}
		return list
	})
}

// withoutCritical takes the entries of these names out of every critical list.
func withoutCritical(text []byte, names []string) ([]byte, error) {
	return editCritical(text, func(list []*yaml.Node) []*yaml.Node { return without(list, names...) })
}

func without(list []*yaml.Node, names ...string) []*yaml.Node {
	return slices.DeleteFunc(list, func(n *yaml.Node) bool {
		name := child(n, "name")
		return name != nil && slices.Contains(names, strings.ReplaceAll(name.Value, "$$", "$"))
	})
}

// editCritical changes the critical lists of a text, and nothing else of it.
func editCritical(text []byte, edit func([]*yaml.Node) []*yaml.Node) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, invalid("/spec/pipeline", "pipeline: %v", err)
	}
	processors := protecting(&doc)
	if len(processors) == 0 {
		return nil, invalid("/spec/critical", "critical: the pipeline has no processor with a critical list; add one of %s, or drop critical", strings.Join(criticalProcessors, ", "))
	}
	if slices.ContainsFunc(processors, shares) {
		return nil, invalid("/spec/pipeline/inline", "inline: a processor with a critical list has its settings from a YAML alias; write them out, or drop critical")
	}
	for _, p := range processors {
		list := list(p, "critical")
		list.Content, list.Style = edit(list.Content), 0
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	err := e.Encode(&doc)
	return out.Bytes(), err
}

// protecting returns the processors of a document that have a critical list. One
// without settings gets some.
func protecting(doc *yaml.Node) (found []*yaml.Node) {
	if len(doc.Content) == 0 {
		return nil
	}
	processors := child(doc.Content[0], "processors")
	if processors == nil || processors.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(processors.Content); i += 2 {
		kind, _, _ := strings.Cut(processors.Content[i].Value, "/")
		settings := processors.Content[i+1]
		if !slices.Contains(criticalProcessors, kind) {
			continue
		}
		if settings.Kind == yaml.ScalarNode && settings.Tag == "!!null" {
			*settings = yaml.Node{Kind: yaml.MappingNode}
		}
		if settings.Kind == yaml.MappingNode || settings.Kind == yaml.AliasNode {
			found = append(found, settings)
		}
	}
	return found
}

// shares says whether settings come from elsewhere by an alias, so that setting
// something in them would change or hide what is there.
func shares(settings *yaml.Node) bool {
	critical := child(settings, "critical")
	return settings.Kind == yaml.AliasNode || child(settings, "<<") != nil || (critical != nil && critical.Kind == yaml.AliasNode)
}

// child returns the value of a key of a mapping, or nil.
func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// list returns the list of a key of a mapping, which it makes if there is none.
func list(n *yaml.Node, key string) *yaml.Node {
	value := child(n, key)
	if value == nil {
		value = &yaml.Node{}
		n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, value)
	}
	if value.Kind != yaml.SequenceNode {
		*value = yaml.Node{Kind: yaml.SequenceNode}
	}
	return value
}

// node is the entry as the processors read it.
func (e CriticalEntry) node() *yaml.Node {
	conditions := &yaml.Node{Kind: yaml.SequenceNode}
	for _, c := range e.Conditions {
		conditions.Content = append(conditions.Content, literal(c))
	}
	n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{literal("name"), literal(e.Name), literal("conditions"), conditions}}
	if e.MaxProcesses > 0 {
		limit := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.Itoa(e.MaxProcesses)}
		n.Content = append(n.Content, literal("max_processes"), limit)
	}
	return n
}

// literal is a string that a collector reads as it is: it expands $, and $$
// stands for one.
func literal(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: strings.ReplaceAll(s, "$", "$$")}
}

// ended says whether the time of an entry is over.
func (e CriticalEntry) ended(now time.Time) bool { return e.Until != nil && !now.Before(*e.Until) }
