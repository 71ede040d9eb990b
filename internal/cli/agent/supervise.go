package agent

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/internal/cli/agent/supervise"
)

const superviseLong = `Run a program and start it again each time that it ends, a second later, or up to
five if it keeps ending. It is for containers, whose own restarts wait up to
minutes: a collector that ended in the trial of a bad configuration needs one
more start to go back. On a host with systemd the unit does this.

SIGTERM and SIGINT are forwarded and end both; the exit status is the program's.
Other signals are forwarded, SIGHUP among them. Why the program ended is said on
standard error each time. As the first process of a container it waits for
orphans, too.`

const superviseExamples = `  # The entry point of a container.
  phoenix agent supervise -- otelcol-phoenix --config phoenix:/etc/otelcol-phoenix/agent.yaml`

func newSuperviseCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "supervise -- PROGRAM [ARGUMENT]...",
		Short:   "Run a program, and start it again each time that it ends",
		Long:    superviseLong,
		Example: superviseExamples,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return Supervise(args, cmd.ErrOrStderr())
		},
	}
}

// EndedError is returned when the program was told to end and did, with another
// status than 0.
type EndedError struct {
	Program string
	Code    int
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("%s ended with exit status %d", e.Program, e.Code)
}

// ExitCode is the status for this process to end with.
func (e *EndedError) ExitCode() int { return e.Code }

// Supervise runs a program until this process is told to end.
func Supervise(command []string, notes io.Writer) error {
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	code, err := supervise.Run(supervise.Settings{
		Program: command[0], Args: command[1:], Signals: signals,
		Say: func(sentence string) { fmt.Fprintln(notes, "phoenix:", sentence) },
	})
	if err == nil && code != 0 {
		return &EndedError{command[0], code}
	}
	return err
}

// forwarded are the signals that a program may be sent by an operator.
var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
