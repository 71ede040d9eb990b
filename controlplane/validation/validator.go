package validation

import (
	"context"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
)

// Kind is what a configuration was made of.
type Kind string

const (
	// Inline text, which somebody wrote. It is the zero value.
	Inline Kind = ""
	// Template of the catalog: the process rules are errors.
	Template Kind = "template"
)

// Baseline is the strategy of which no optimiser is asked.
const Baseline = "baseline"

// Options say what a configuration is for.
type Options struct {
	Kind Kind
	// Strategy is that of a template: Baseline, or anything else.
	Strategy string
	// Strict makes errors of warnings.
	Strict bool
	// Agent is the agent file of who would get it, and Owner what the files of
	// the host's owner say, as of [ownership.Owner]. The source is then a
	// remote configuration, as of [ownership.Adopt]. Nil: it is a whole
	// configuration, for a collector without an agent.
	Agent *agentfile.File
	Owner map[string]any
	// Environment names the variables of this process that the configuration
	// may use when the collector is asked. All others are empty then.
	Environment []string
}

// Validator validates configurations. It may be used from several goroutines at
// once.
type Validator struct {
	// Collector is who is asked. Its command is otelcol-phoenix.
	Collector childvalidate.Validator
	// NoCollector says why there is none; empty: there is.
	NoCollector string
}

// Validate finds everything that is wrong with a configuration. Its error says
// that the context is done.
func (v *Validator) Validate(ctx context.Context, source []byte, o Options) (Report, error) {
	l, findings := parse(source, o)
	notAsked := "what it says cannot be read"
	if l != nil {
		l.add(findings...)
		l.rules(source)
		notAsked = v.ask(ctx, l, source)
		findings = l.findings
	}
	r := report(findings, o.Strict)
	r.Collector, r.NotAsked = notAsked == "", notAsked
	return r, ctx.Err()
}

// parse reads a configuration; nil if it says nothing that could be looked at.
func parse(source []byte, o Options) (*look, []Finding) {
	root, findings := read(source)
	if root == nil {
		return nil, findings
	}
	tree, findings := expand(root)
	if tree == nil {
		return nil, findings
	}
	if tree.Kind != yaml.MappingNode {
		return nil, []Finding{{CodeDocuments, Error, tree.Line, tree.Column, "", "is not a map of sections", "write receivers, exporters and service"}}
	}
	return newLook(tree, o), findings
}

// rules looks at everything that can be seen without a collector.
func (l *look) rules(source []byte) {
	l.expressions()
	l.secrets(source)
	if l.options.Agent != nil {
		l.agent(source)
	} else {
		l.structure()
		l.reach()
	}
	l.processRules()
}
