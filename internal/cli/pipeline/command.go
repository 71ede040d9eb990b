package pipeline

import (
	"github.com/spf13/cobra"
)

// NewCommand returns the verb.
func NewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pipeline",
		Short: "Validate or simulate a pipeline before a host runs it",
	}
	cmd.AddCommand(newValidateCommand(), newSimulateCommand())
	return cmd
}
