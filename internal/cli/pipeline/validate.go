package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/controlplane/validation"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
)

// ValidateOptions says what to validate and how to show it.
type ValidateOptions struct {
	// Template is the name of a template of the catalog, in place of a file.
	Template string
	// Strict makes errors of warnings.
	Strict bool
	// AgentFile is the agent file of a host that would get the configuration;
	// empty: it is a whole one, for a collector without an agent.
	AgentFile string
	// Collector is the collector's path; empty: beside this program, then on
	// PATH.
	Collector string
	// JSON prints the report as JSON.
	JSON bool
}

const validateLong = `Find everything that is wrong with a collector configuration: what would not run,
what leaks a secret, and what keeps Phoenix from doing its work. Nothing is
started or sent. docs/validation.md lists the findings.

The collector beside this program is asked whether its components take it. Where
there is none the answer says so.`

const validateExamples = `  # A configuration for a collector.
  phoenix pipeline validate config.yaml

  # Would this host take it from afar?
  phoenix pipeline validate remote.yaml --agent-file /etc/otelcol-phoenix/agent.yaml

  # In a build: warnings fail too.
  phoenix pipeline validate config.yaml --strict --json`

func newValidateCommand() *cobra.Command {
	var o ValidateOptions
	cmd := &cobra.Command{
		Use:     "validate [FILE]",
		Short:   "Find everything that is wrong with a configuration",
		Long:    validateLong,
		Example: validateExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return Validate(cmd.Context(), args, o, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	p.StringVar(&o.Template, "template", "", "`NAME` of a template of the catalog to validate in place of FILE")
	p.BoolVar(&o.Strict, "strict", false, "take warnings for errors")
	p.StringVar(&o.AgentFile, "agent-file", "", "`PATH` of the agent file of a host that would get FILE from afar")
	p.StringVar(&o.Collector, "collector", "", "`PATH` of otelcol-phoenix (beside this program, then on PATH, if not given)")
	p.BoolVar(&o.JSON, "json", false, "print the report as JSON")
	return cmd
}

// Validate prints what is wrong with a configuration. Its error says that there
// are errors, or that it could not look.
func Validate(ctx context.Context, args []string, o ValidateOptions, stdout io.Writer) error {
	s, err := read(args, o.Template)
	if err != nil {
		return err
	}
	if s.options.Agent, err = o.agent(); err != nil {
		return err
	}
	s.options.Strict, s.options.Environment = o.Strict, variables()
	v, err := o.validator()
	if err != nil {
		return err
	}
	r, err := v.Validate(ctx, s.text, s.options)
	if err != nil {
		return err
	}
	show := showText
	if o.JSON {
		show = showJSON
	}
	if err := show(stdout, s.name, r); err != nil || r.Valid {
		return err
	}
	return fmt.Errorf("%s has errors; correct them, docs/validation.md explains each", s.name)
}

func (o ValidateOptions) agent() (*agentfile.File, error) {
	if o.AgentFile == "" {
		return nil, nil
	}
	return agentfile.Read(o.AgentFile)
}

func (o ValidateOptions) validator() (*validation.Validator, error) {
	path, err := findCollector(o.Collector)
	if err != nil && o.Collector != "" {
		return nil, err
	}
	if err != nil {
		return &validation.Validator{NoCollector: err.Error()}, nil
	}
	return &validation.Validator{Collector: childvalidate.Validator{Command: []string{path}}}, nil
}

// variables are the names of those that are set: a collector started here would
// see them too.
func variables() (names []string) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return names
}

func showJSON(w io.Writer, _ string, r validation.Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

func showText(w io.Writer, name string, r validation.Report) error {
	var errs []error
	say := func(format string, args ...any) {
		_, err := fmt.Fprintf(w, format, args...)
		errs = append(errs, err)
	}
	for _, f := range r.Findings {
		say("%s:%s\n", name, f)
	}
	if !r.Collector {
		say("note: no collector was asked: %s\n", r.NotAsked)
	}
	if r.Valid {
		say("%s has no errors.\n", name)
	}
	return errors.Join(errs...)
}
