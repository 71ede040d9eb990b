package agent

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// PageOptions says where the page is, and how it is to be read.
type PageOptions struct {
	// AgentFile names the socket, unless Socket does.
	AgentFile string
	// Socket is the path of the page's Unix socket.
	Socket string
	// JSON asks for JSON in place of text.
	JSON bool
}

func newStatusCommand() *cobra.Command {
	return newPageCommand("/status", &cobra.Command{
		Use:   "status",
		Short: "What runs here and why, what is blocked, and how it is with the server",
	})
}

func newAttemptsCommand() *cobra.Command {
	return newPageCommand("/attempts", &cobra.Command{
		Use:   "attempts",
		Short: "What became of each configuration that was offered",
	})
}

func newExplainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Why a process was kept, or became part of _other_, in the last 24 hours",
		Example: `  phoenix agent explain --name nginx
  phoenix agent explain --pid 812 --at 2026-01-31T12:00:00Z`,
	}
	p := cmd.Flags()
	p.String("name", "", "`NAME` of the executable")
	p.String("pid", "", "`PID` of the process")
	p.String("at", "", "`TIME`, such as 2026-01-31T12:00:00Z; without it all of the 24 hours")
	p.String("host", "", "`HOST`, if the collector sees the processes of several")
	return newPageCommand("/decisions", cmd, "name", "pid", "at", "host")
}

// newPageCommand completes a command that shows a page. The flags of these
// names are its query.
func newPageCommand(path string, cmd *cobra.Command, query ...string) *cobra.Command {
	var o PageOptions
	cmd.Args = cobra.NoArgs
	cmd.Long = cmd.Short + ".\n\nThe collector's local page is asked by its Unix socket, which the collector's user\nand group may do."
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		values := url.Values{}
		for _, name := range query {
			if text := cmd.Flag(name).Value.String(); text != "" {
				values.Set(name, text)
			}
		}
		return Page(cmd.Context(), o, path, values, cmd.OutOrStdout())
	}
	p := cmd.Flags()
	p.SortFlags = false
	agentFileFlag(p, &o.AgentFile)
	p.StringVar(&o.Socket, "socket", "", "`PATH` of the page's socket in place of the agent file's")
	p.BoolVar(&o.JSON, "json", false, "print JSON")
	return cmd
}

// answerWithin is how long a page may take.
const answerWithin = 10 * time.Second

// Page prints a page of the collector that runs on this host. What the collector
// answers in place of it, such as that a time is wrong, is the error.
func Page(ctx context.Context, o PageOptions, path string, query url.Values, stdout io.Writer) error {
	socket, err := o.socket()
	if err != nil {
		return err
	}
	query.Set("format", map[bool]string{true: "json", false: "text"}[o.JSON])
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://page"+path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("ask the collector at %s: %w; see whether it runs, and whether you are of its group", socket, cmp.Or(context.Cause(ctx), err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 4<<10))
		return fmt.Errorf("%s of the collector: %s: %s", path, response.Status, text)
	}
	_, err = io.Copy(stdout, response.Body)
	return err
}

func (o PageOptions) socket() (string, error) {
	if o.Socket != "" {
		return o.Socket, nil
	}
	file, err := agentfile.Read(o.AgentFile)
	if err != nil {
		return "", fmt.Errorf("%w; --socket names the page's socket", err)
	}
	return file.Page.Socket, nil
}
