package agent

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSuperviseNeedsAProgramThatIsThere(t *testing.T) {
	_, err := agent("supervise")
	require.ErrorContains(t, err, "requires at least 1 arg")
	_, err = agent("supervise", "--", "/nowhere/otelcol-phoenix", "--config", "x")
	require.EqualError(t, err, "start /nowhere/otelcol-phoenix: fork/exec /nowhere/otelcol-phoenix: no such file or directory; give the path of a program behind --")
}

func TestTheStatusOfAProgramIsOurs(t *testing.T) {
	var err error = &EndedError{"otelcol-phoenix", 7}
	var coded interface{ ExitCode() int }
	require.ErrorAs(t, err, &coded)
	require.Equal(t, 7, coded.ExitCode())
	require.EqualError(t, err, "otelcol-phoenix ended with exit status 7")
}
