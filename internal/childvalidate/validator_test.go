//go:build linux

package childvalidate

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// validate lets the test binary validate a configuration.
func validate(t *testing.T, v Validator, config map[string]any, env ...string) remoteconfig.Cause {
	t.Helper()
	v.Command = []string{os.Args[0], asChild}
	err := v.Validate(t.Context(), config, env)
	if err == nil {
		return remoteconfig.Cause{}
	}
	var cause remoteconfig.Cause
	require.ErrorAs(t, err, &cause)
	return cause
}

func do(what string, more ...string) map[string]any {
	config := map[string]any{"do": what}
	for i := 0; i < len(more); i += 2 {
		config[more[i]] = more[i+1]
	}
	return config
}

func TestHowAChildEnds(t *testing.T) {
	for name, c := range map[string]struct {
		validator Validator
		config    map[string]any
		want      remoteconfig.Cause
	}{
		"valid":     {config: do("")},
		"much":      {config: do("", "text", strings.Repeat("x", 1<<20))},
		"invalid":   {config: do("", "say", "Error: no\n"), want: remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: "no"}},
		"hangs":     {Validator{Timeout: 200 * time.Millisecond}, do("hang"), remoteconfig.Cause{Code: remoteconfig.Timeout, Detail: "the child that validates had not ended after 200ms; offer it again when the host is less busy"}},
		"eats":      {Validator{MemoryLimit: 100 << 20}, do("eat"), remoteconfig.Cause{Code: remoteconfig.NoMemory, Detail: "the child that validates took more than 100 MiB"}},
		"no memory": {config: do("no memory"), want: remoteconfig.Cause{Code: remoteconfig.NoMemory, Detail: "the child that validates was killed or found no memory; offer it again when the host has some"}},
		"killed":    {config: do("die", "signal", "KILL"), want: remoteconfig.Cause{Code: remoteconfig.NoMemory, Detail: "the child that validates was killed or found no memory; offer it again when the host has some"}},
		"told":      {config: do("die", "signal", "TERM"), want: remoteconfig.Cause{Code: remoteconfig.Stopped, Detail: "the child that validates was stopped; offer it again"}},
		"panics":    {config: do("panic"), want: remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: "panic: assignment to entry in nil map"}},
		"floods":    {config: do("flood", "say", "Error: at last\n"), want: remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: "at last"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, validate(t, c.validator, c.config))
		})
	}
}

func TestAChildThatOnlyComputesIsEnded(t *testing.T) {
	require.Equal(t, remoteconfig.Timeout, validate(t, Validator{Timeout: time.Second}, do("spin")).Code)
}

func TestAChildSaysNothing(t *testing.T) {
	require.Contains(t, validate(t, Validator{}, do("die", "signal", "ABRT")).Detail, "SIGABRT")
	e := ending{state: &os.ProcessState{}}
	require.Equal(t, "the collector ended with exit status 0 when it was asked to validate, and said nothing", invalid(e).Detail)
}

func TestAChildThatCannotStart(t *testing.T) {
	err := Validator{Command: []string{"/nowhere/otelcol"}}.Validate(t.Context(), do(""), nil)
	require.ErrorContains(t, err, "no_memory: start a child to validate the configuration: fork/exec /nowhere/otelcol: no such file or directory")
}

func TestTheCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	err := Validator{Command: []string{os.Args[0], asChild}}.Validate(ctx, do("hang"), nil)
	require.Equal(t, remoteconfig.Stopped, remoteconfig.CauseOf(err, "").Code)

	ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = Validator{Command: []string{os.Args[0], asChild}}.Validate(ctx, do("hang"), nil)
	require.Equal(t, remoteconfig.Timeout, remoteconfig.CauseOf(err, "").Code)
}

func TestAChildHasOnlyTheVariablesThatAreNamed(t *testing.T) {
	t.Setenv("CANARY", "canary-value")
	t.Setenv("NAMED", "a b")
	require.Equal(t, "["+asChild+" validate] []", validate(t, Validator{}, do("print")).Detail)
	require.Equal(t, "["+asChild+" validate] [NAMED=[REDACTED]]", replaced(t, "NAMED", "abcd"))
	require.Equal(t, "["+asChild+" validate] [NAMED=abc]", replaced(t, "NAMED", "abc"), "too short for a secret")
}

func replaced(t *testing.T, name, value string) string {
	t.Helper()
	t.Setenv(name, value)
	return validate(t, Validator{}, do("print"), name, "NOT_SET").Detail
}

func TestAChildWritesNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "canary")
	require.Contains(t, validate(t, Validator{}, do("write", "path", path)).Detail, "file too large")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Empty(t, content)
}

// Root, and who may make user namespaces, gives a child a network of its own.
func TestAChildReachesNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cause := validate(t, Validator{}, do("connect", "address", l.Addr().String()))
	if os.Geteuid() == 0 {
		require.Contains(t, cause.Detail, "network is unreachable")
	} else {
		t.Logf("as user %d: %s", os.Geteuid(), cause.Detail)
	}
}

func TestWhatAChildLeavesIsEnded(t *testing.T) {
	pid := strings.TrimPrefix(validate(t, Validator{}, do("leave")).Detail, "left ")
	require.NotEmpty(t, pid)
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	}, time.Minute, time.Millisecond)
}
