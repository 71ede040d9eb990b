package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// DetachOptions says what to write where.
type DetachOptions struct {
	// AgentFile is the path of the agent file.
	AgentFile string
	// File is what is written.
	File string
	// Force replaces a file that is there.
	Force bool
	// NoReports leaves the extension out, so that the server hears no more.
	NoReports bool
}

const detachLong = `Write what the collector of this host runs as a plain configuration file, which
runs without the agent: nothing comes from afar any more. The agent file, the
state directory and the collector that runs are left as they are.

The file has the owner's parts, what is proven of the remote configuration, and
the guards. The collector still reports to the server, and takes nothing from it.
Secrets are not in it: they stay references, which are listed.`

const detachExamples = `  # Write it, look at it, and run it in place of the agent.
  phoenix agent detach /etc/otelcol-phoenix/detached.yaml
  otelcol-phoenix validate --config /etc/otelcol-phoenix/detached.yaml`

func newDetachCommand() *cobra.Command {
	var o DetachOptions
	cmd := &cobra.Command{
		Use:     "detach FILE",
		Short:   "Write what runs as a file that runs without the agent",
		Long:    detachLong,
		Example: detachExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			return Detach(o, cmd.OutOrStdout())
		},
	}
	p := cmd.Flags()
	p.SortFlags = false
	agentFileFlag(p, &o.AgentFile)
	p.BoolVar(&o.Force, "force", false, "replace FILE if it is there")
	p.BoolVar(&o.NoReports, "no-reports", false, "leave out the extension that reports to the server and has the local page")
	return cmd
}

// Detach writes the file and says what to do with it.
func Detach(o DetachOptions, stdout io.Writer) error {
	file, err := agentfile.Read(o.AgentFile)
	if err != nil {
		return err
	}
	state, err := remoteconfig.Read(file.StateDir)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; %s names it as state_directory, and no agent ran there yet: run its config_files as they are", err, o.AgentFile)
	}
	if err != nil {
		return err
	}
	remote, name, err := proven(file, state)
	if err != nil {
		return err
	}
	config, err := o.compose(file, remote)
	if err != nil {
		return fmt.Errorf("%s is not allowed by %s:\n%w", name, o.AgentFile, err)
	}
	if err := o.write(config, name); err != nil {
		return err
	}
	return o.report(config, name, state, stdout)
}

// proven is the remote part of what runs, and what to call it.
func proven(file *agentfile.File, state *remoteconfig.Reading) (remote []byte, name string, err error) {
	switch run := state.Proven(); run.Source {
	case remoteconfig.SafeMode:
		return nil, "", errors.New("safe mode runs, since nothing else came up; there is nothing to keep: phoenix agent check says what is wrong with the files here")
	case remoteconfig.Bootstrap:
		return bootstrap(file)
	default:
		if remote, err = state.Config(run.Hash); err != nil {
			return nil, "", fmt.Errorf("read the remote configuration that runs: %w", err)
		}
		if len(remote) == 0 { // the server gave the host back to its agent file
			return bootstrap(file)
		}
		return remote, "remote configuration " + run.Hash.Short(), nil
	}
}

// bootstrap is what the agent file itself has beside the owner's parts.
func bootstrap(file *agentfile.File) (remote []byte, name string, err error) {
	if file.Bootstrap == "" {
		return nil, "what config_files say", nil
	}
	if remote, err = os.ReadFile(file.Bootstrap); err != nil {
		return nil, "", fmt.Errorf("read the bootstrap configuration: %w", err)
	}
	return remote, "the bootstrap configuration", nil
}

func (o DetachOptions) compose(file *agentfile.File, remote []byte) (map[string]any, error) {
	own, err := owner(file)
	if err != nil {
		return nil, err
	}
	guards := ownership.GuardsOf(file)
	if o.NoReports {
		guards.Extension = nil
	}
	effective, err := ownership.Compose(ownership.Parts{Owner: own, Remote: remote, Agent: file, Guards: guards, KeepReferences: true})
	if err != nil {
		return nil, err
	}
	return effective.Config, nil
}

func (o DetachOptions) write(config map[string]any, name string) error {
	text := bytes.NewBufferString("# Written by phoenix agent detach from " + o.AgentFile + " and " + name + ".\n")
	if err := show(config, text); err != nil {
		return err
	}
	err := writeFile(o.File, text.Bytes(), o.Force)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; give another name, or --force to replace it", o.File)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", o.File, err)
	}
	return nil
}

func (o DetachOptions) report(config map[string]any, name string, state *remoteconfig.Reading, stdout io.Writer) error {
	lines := []string{
		fmt.Sprintf("%s is what runs: %s. Only its owner can read it: give it to the collector's user, and run", o.File, name),
		fmt.Sprintf("  otelcol-phoenix --config %s", o.File),
	}
	if state.OnTrial() {
		lines = append(lines, fmt.Sprintf("note: %s is on trial; what ran before it was written", state.State.Candidate.Short()))
	}
	for _, remark := range append(remarks(config), state.Problems...) {
		lines = append(lines, "note: "+remark)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(stdout, line); err != nil {
			return err
		}
	}
	return nil
}

func show(config map[string]any, out io.Writer) error {
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	return errors.Join(encoder.Encode(config), encoder.Close())
}
