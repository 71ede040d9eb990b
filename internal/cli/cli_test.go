package cli

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/version"
)

// phoenix runs a command line.
func phoenix(args ...string) (stdout string, err error) {
	var out, notes bytes.Buffer
	err = Run(context.Background(), args, &out, &notes)
	return out.String(), err
}

func TestCommandLines(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"version":     {[]string{"--version"}, "phoenix version " + version.Text()},
		"help":        {[]string{"--help"}, "Try a template on this host's processes, sending nothing anywhere"},
		"nothing":     {nil, "phoenix [command]"},
		"help of try": {[]string{"try", "--help"}, "--critical NAME=EXECUTABLE"},
		"completion":  {[]string{"completion", "bash"}, "__start_phoenix"},
		"the configuration": {
			[]string{"try", "--print-config"}, "processors: [memory_limiter, seriesmeter/input, topk, seriesmeter/output]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := phoenix(c.args...)
			require.NoError(t, err)
			require.Contains(t, out, c.want)
		})
	}
}

func TestWrongCommandLines(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"verb":     {[]string{"tri"}, `unknown command "tri" for "phoenix"`},
		"flag":     {[]string{"try", "--foo"}, "unknown flag: --foo; phoenix try --help lists the flags"},
		"value":    {[]string{"try", "--k", "many"}, "phoenix try --help lists the flags"},
		"argument": {[]string{"try", "here"}, `unknown command "here" for "phoenix try"`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := phoenix(c.args...)
			require.ErrorContains(t, err, c.want)
			require.Empty(t, out)
		})
	}
}
