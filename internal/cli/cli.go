// Package cli is the command line `phoenix`: its root command. Each verb is a
// package of its own below this one.
package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/internal/cli/agent"
	"github.com/phoenix-platform/phoenix/internal/cli/pipeline"
	"github.com/phoenix-platform/phoenix/internal/cli/try"
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
		Use:   "phoenix",
		Short: "Thin host process metrics without losing totals",
		Long: `Phoenix cuts the cost of host process metrics: the processes that matter keep
their own series, all others become one called _other_, and no total is lost.`,
		Example: `  # See what it would do on this host, sending nothing anywhere.
  phoenix try`,
		Version: version.Text(),
	}
	root.AddCommand(try.NewCommand(), pipeline.NewCommand(), agent.NewCommand())
	return root
}
