package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/simulation"
	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

// workerOptions says whom to work for, and within which limits.
type workerOptions struct {
	server, tokenFile, host string
	// truths is the folder that the truth of each simulation is written to;
	// empty: none is.
	truths, dir string
	limits      limitOptions
}

func newWorkerCommand() *cobra.Command {
	o := workerOptions{}
	cmd := &cobra.Command{
		Use:   "worker --server URL",
		Short: "Take simulations for this host from a server",
		Long: `Take simulations for this host from a server, one at a time, until Ctrl-C.

Only what fits the limits given here is carried out, whatever the server asks
for. The token is read from a file, so that no process list shows it.`,
		Example: "  loadsim worker --server https://phoenix.example:8443 --token-file /etc/phoenix/loadsim.token --max-cpu 1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := refuseZeros(cmd); err != nil {
				return err
			}
			return work(cmd.Context(), o, cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.server, "server", "", "its `URL`: https, or http on a loopback address (required)")
	f.StringVar(&o.tokenFile, "token-file", "", "`FILE` with the token that the server knows this host by")
	f.StringVar(&o.host, "host-name", "", "`NAME` of this host at the server (the system's if not given)")
	f.StringVar(&o.truths, "truth-dir", "", "`FOLDER` to write the truth of each simulation to")
	f.StringVar(&o.dir, "dir", "", "`FOLDER` for the executables (the temporary one if not given)")
	o.limits.define(f)
	return cmd
}

// work does it.
func work(ctx context.Context, o workerOptions, stderr io.Writer) error {
	if o.server == "" {
		return errors.New("--server: is missing; give its URL")
	}
	limits, err := o.limits.limits()
	if err != nil {
		return err
	}
	token, err := o.token()
	if err != nil {
		return err
	}
	if o.host == "" {
		if o.host, err = os.Hostname(); err != nil {
			return fmt.Errorf("find this host's name: %w; give --host-name", err)
		}
	}
	return worker.Run(ctx, worker.Settings{
		Server: o.server, Token: token, Host: o.host,
		Log:   slog.New(slog.NewTextHandler(stderr, nil)),
		Check: func(p loadsim.Plan) error { return simulation.Settings{Plan: p, Limits: limits}.Check() },
		Simulate: func(ctx context.Context, p loadsim.Plan, to loadsim.Observer) (loadsim.Summary, error) {
			return simulation.Run(ctx, simulation.Settings{
				Plan: p, Limits: limits, Dir: o.dir, Truth: o.truthFile(p, time.Now()), Observers: []loadsim.Observer{to},
			})
		},
	})
}

func (o workerOptions) token() (string, error) {
	if o.tokenFile == "" {
		return "", nil
	}
	content, err := os.ReadFile(o.tokenFile)
	if err != nil {
		return "", fmt.Errorf("read the token: %w; check --token-file", err)
	}
	token := strings.TrimSpace(string(content))
	if token == "" {
		return "", fmt.Errorf("--token-file: %s is empty", o.tokenFile)
	}
	return token, nil
}

// truthFile is that of one simulation. Its name holds nothing that a server chose.
func (o workerOptions) truthFile(p loadsim.Plan, begun time.Time) string {
	if o.truths == "" {
		return ""
	}
	return filepath.Join(o.truths, fmt.Sprintf("truth-%s-seed-%d.jsonl", begun.UTC().Format("20060102T150405.000"), p.Seed))
}
