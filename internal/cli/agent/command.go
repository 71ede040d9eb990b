// Package agent is the verb `phoenix agent`: what the owner of a host asks on
// that host about the agent there.
package agent

import "github.com/spf13/cobra"

// NewCommand returns the verb, with its own verbs below it.
func NewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Ask on this host about its agent, and take care of it",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCheckCommand(), newStatusCommand(), newAttemptsCommand(), newExplainCommand(), newDetachCommand(), newSuperviseCommand())
	return cmd
}
