// Package cli is the command line `phoenix-controlplane`: it reads the settings,
// puts the parts of the control plane together, and serves them.
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
		Use:   "phoenix-controlplane",
		Short: "Decide and remember which configuration runs on which agent",
		Long: `The control plane serves the HTTP API for deployments, agents, load simulations
and savings, and keeps all of it in one folder. With nothing configured it
listens on this machine only.

A setting comes from a flag, else from the environment (PHOENIX_DATA_DIR for
--data-dir), else from the file of --config.`,
		Example: `  # Serve on this machine; the first start writes an administrator's token.
  phoenix-controlplane

  # Serve to others, with a certificate of its own authority.
  phoenix-controlplane init --host phoenix.example.com
  phoenix-controlplane --listen 0.0.0.0:4320 --allowed-hosts phoenix.example.com`,
		Version: version.Text(),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := loadSettings(settingFlags(cmd))
			if err != nil {
				return err
			}
			return serve(cmd.Context(), set, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	root.PersistentFlags().String("data-dir", "phoenix-data", "folder that everything is kept in; it is made if need be")
	root.PersistentFlags().String("config", "", "YAML file with settings, named as the flags")
	addServeFlags(root.Flags())
	root.AddCommand(newInit(), newBackup(), newRestore(), newCheck(), newAudit(), newToken())
	return root
}
