package agent

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// CheckOptions says what to check.
type CheckOptions struct {
	// AgentFile is the path of the agent file.
	AgentFile string
	// Remote is the path of a remote configuration. Empty: Template, else the
	// agent file's bootstrap configuration.
	Remote string
	// Template is the name of a template of the catalog, with its default
	// values, as it would come from afar.
	Template string
	// Show prints the whole configuration that the collector would run.
	Show bool
}

const checkLong = `Check an agent file, the owner's configuration files that it names, and a
configuration as it would come from afar: is it allowed on this host, and what
would the collector run?

Everything that is wrong is listed at once, each with its line and what to do.
Nothing is started, sent or changed. Secrets are neither read nor shown.`

const checkExamples = `  # Is the agent file in order?
  phoenix agent check --agent-file /etc/otelcol-phoenix/agent.yaml

  # Would this host take a template of the catalog, and what would it run?
  phoenix agent check --template process-topk-v1 --show

  # Would it take this one?
  phoenix agent check remote.yaml`

func newCheckCommand() *cobra.Command {
	var o CheckOptions
	cmd := &cobra.Command{
		Use:     "check [CONFIG]",
		Short:   "Check the agent file, and whether it allows a remote configuration",
		Long:    checkLong,
		Example: checkExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Remote = args[0]
			}
			return Check(o, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	agentFileFlag(p, &o.AgentFile)
	p.StringVar(&o.Template, "template", "", "`NAME` of a template of the catalog to check in place of CONFIG")
	p.BoolVar(&o.Show, "show", false, "print the whole configuration that the collector would run, without secrets")
	return cmd
}

// Check reports what is wrong, as one error; else it says that all is in order,
// and what to think of.
func Check(o CheckOptions, stdout io.Writer) error {
	if o.Remote != "" && o.Template != "" {
		return errors.New("CONFIG and --template name two configurations; give one")
	}
	file, err := agentfile.Read(o.AgentFile)
	if err != nil {
		return err
	}
	name, remote, err := o.remote(file)
	if err != nil {
		return err
	}
	effective, err := compose(file, remote)
	if err != nil {
		return fmt.Errorf("%s is not allowed by %s:\n%w", name, o.AgentFile, err)
	}
	if o.Show {
		return show(effective, stdout)
	}
	return report(o.AgentFile, name, file, stdout)
}

// remote returns the configuration to check, and what to call it.
func (o CheckOptions) remote(file *agentfile.File) (name string, remote []byte, err error) {
	path := o.Remote
	if o.Template != "" {
		remote, err = adopt(o.Template)
		return "the template " + o.Template, remote, err
	}
	if path == "" {
		path = file.Bootstrap
	}
	if path == "" {
		return "what config_files say", nil, nil
	}
	if remote, err = os.ReadFile(path); err != nil {
		return path, nil, fmt.Errorf("read the configuration to check: %w", err)
	}
	return path, remote, nil
}

// adopt returns a template as it comes from afar.
func adopt(name string) ([]byte, error) {
	template, err := catalog.Lookup(name)
	if err != nil {
		return nil, err
	}
	config, err := template.Render(nil)
	if err != nil {
		return nil, err
	}
	return ownership.Adopt(config)
}

// compose returns what the collector would run, without secrets.
func compose(file *agentfile.File, remote []byte) (map[string]any, error) {
	own, err := owner(file)
	if err != nil {
		return nil, err
	}
	effective, err := ownership.Compose(ownership.Parts{Owner: own, Remote: remote, Agent: file, Guards: ownership.GuardsOf(file), Lookup: unread})
	if err != nil {
		return nil, err
	}
	return effective.Redacted, nil
}

// unread stands for every secret: whoever checks need not be allowed to read it.
func unread(agentfile.Reference) (string, error) { return "", nil }

func report(agentFile, name string, file *agentfile.File, stdout io.Writer) error {
	_, err := fmt.Fprintf(stdout, "%s is in order, and allows %s.\n", agentFile, name)
	for _, advice := range agentfile.Advice(agentFile, file) {
		_, failed := fmt.Fprintln(stdout, "note:", advice)
		err = errors.Join(err, failed)
	}
	return err
}
