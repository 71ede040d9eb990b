// Package cli is the command line `loadsim`: one file for each verb, with its
// options and the function that does its work.
package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/internal/commandline"
	"github.com/phoenix-platform/phoenix/internal/version"
)

// Run executes one command line, without the program's name. It ends in order
// when ctx is done.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return commandline.Run(ctx, newCommand(), args, stdout, stderr)
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:     "loadsim",
		Version: version.Text(),
		Short:   "Make real processes in known numbers, and write down the truth",
		Long: `loadsim makes real processes in known numbers and writes down what they really
did, so that whoever watches the host can be graded against it.`,
		Example: `  # A small server for a minute, with its truth.
  loadsim run --profile realistic --duration 1m --truth truth.jsonl

  # What would be made, without making it.
  loadsim run --profile process-churn --churn-rate 200 --dry-run

  # How much of it a collector saw.
  loadsim verify --truth truth.jsonl --metrics metrics.jsonl`,
	}
	root.AddCommand(newRunCommand(), newProfilesCommand(), newVerifyCommand(), newWorkerCommand())
	return root
}
