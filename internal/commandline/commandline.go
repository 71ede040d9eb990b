// Package commandline is what the programs' command lines have in common: how
// one is begun, how it ends, and how a wrong flag is answered.
package commandline

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Main carries out this process's command line and ends it in order at a
// signal. An error is printed behind the program's name.
func Main(name string, run func(ctx context.Context, args []string, stdout, stderr io.Writer) error) {
	// A reader of the output that goes away is an error of the next write, so
	// that whoever runs can clean up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second signal ends at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// Run carries out one command line below a root command, without the program's
// name. Errors are returned, not printed; that of a wrong flag names the help.
func Run(ctx context.Context, root *cobra.Command, args []string, stdout, stderr io.Writer) error {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", err, cmd.CommandPath())
	})
	root.SetArgs(append([]string{}, args...)) // nil would be this process's own
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root.ExecuteContext(ctx)
}
