package validation

import (
	"go.yaml.in/yaml/v3"
)

// The sections of a configuration.
const (
	receivers  = "receivers"
	processors = "processors"
	exporters  = "exporters"
	connectors = "connectors"
	extensions = "extensions"
	service    = "service"
	pipelines  = "pipelines"
)

// look is one look at a configuration.
type look struct {
	options   Options
	root      *yaml.Node // without aliases
	pipelines []pipeline
	findings  []Finding
	// told are the places about which something was found.
	told map[place]bool
}

type place struct{ line, column int }

// pipeline is one of a configuration. Its lists have what is a list of names.
type pipeline struct {
	id                               string
	path                             string
	key                              *yaml.Node
	receivers, processors, exporters []*yaml.Node
}

func newLook(root *yaml.Node, o Options) *look {
	l := &look{options: o, root: root, told: map[place]bool{}}
	for key, value := range pairs(valueOf(root, service, pipelines)) {
		l.pipelines = append(l.pipelines, pipeline{
			id: key.Value, path: join(service, pipelines, key.Value), key: key,
			receivers: namesIn(value, receivers), processors: namesIn(value, processors), exporters: namesIn(value, exporters),
		})
	}
	return l
}

// namesIn are the scalars of a list of a pipeline.
func namesIn(pipeline *yaml.Node, kind string) (names []*yaml.Node) {
	list := valueOf(pipeline, kind)
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil
	}
	for _, item := range list.Content {
		if item.Kind == yaml.ScalarNode {
			names = append(names, item)
		}
	}
	return names
}

// find notes a finding at a node.
func (l *look) find(code Code, level Level, at *yaml.Node, path, message, remedy string) {
	l.add(Finding{code, level, at.Line, at.Column, path, message, remedy})
}

func (l *look) add(findings ...Finding) {
	for _, f := range findings {
		l.findings = append(l.findings, f)
		l.told[place{f.Line, f.Column}] = true
	}
}

// component returns the settings of a component, nil if there is none.
func (l *look) component(kind, id string) *yaml.Node { return valueOf(l.root, kind, id) }

// is reports whether there is a component of this kind and id.
func (l *look) is(kind, id string) bool {
	key, _ := child(valueOf(l.root, kind), id)
	return key != nil
}
