//go:build linux

package loadsim_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

func TestEveryProfileRunsAndTellsTheTruth(t *testing.T) {
	examples, err := filepath.Glob("../../loadsim/profile/examples/*.yaml")
	require.NoError(t, err)
	cases := map[string][]string{
		"realistic":        {"--profile", "realistic"},
		"high-cardinality": {"--profile", "high-cardinality", "--process-count", "300"},
		"process-churn":    {"--profile", "process-churn", "--churn-rate", "40"},
	}
	for _, file := range examples {
		cases[filepath.Base(file)] = []string{"--profile", "custom", "--file", file}
	}
	for name, args := range cases {
		t.Run(name, func(t *testing.T) {
			got, out := simulate(t, append(args, "--duration", "4s")...)
			require.Contains(t, out.stdout, "achieved")
			require.Equal(t, got.Summary.Processes.Asked, got.Summary.Processes.Achieved)
			require.Len(t, got.Lives, int(got.Summary.Processes.Asked))
			require.Zero(t, got.Failures)
			used := 0.0
			for _, l := range got.Lives {
				require.NotNil(t, l.Exit, "%s (%d)", l.Name, l.ID)
				require.Empty(t, l.Exit.Error)
				require.Positive(t, l.PID)
				require.Positive(t, l.ParentPID)
				require.Positive(t, l.Exit.PeakMemory)
				used += l.CPU()
			}
			require.InDelta(t, got.Summary.CPU.Achieved, used, 1e-6)
		})
	}
}

// same is what a truth says apart from PIDs, times and what was used.
type same struct {
	Name, Path string
	Args       []string
	CPU        float64
	Critical   bool
	Status     int
}

func TestTheSameSeedMakesTheSameTruth(t *testing.T) {
	args := []string{"--profile", "realistic", "--process-count", "80", "--duration", "4s", "--seed", "42"}
	once, _ := simulate(t, args...)
	again, _ := simulate(t, args...)
	require.Equal(t, content(t, once), content(t, again))
	require.Equal(t, once.Run.Parameters, again.Run.Parameters)
	other, _ := simulate(t, append(args[:len(args)-1:len(args)-1], "43")...)
	require.NotEqual(t, content(t, once), content(t, other))
}

func content(t *testing.T, read *truth.Truth) map[uint32]same {
	t.Helper()
	all := map[uint32]same{}
	for _, l := range read.Lives {
		require.NotNil(t, l.Exit)
		all[l.ID] = same{l.Name, l.Path, l.Args, l.CPUAsked, l.Critical, l.Exit.Status}
	}
	return all
}

func TestAnInterruptedRunTellsTheTruthToTheEnd(t *testing.T) {
	cmd, dir, file := start(t, "--profile", "realistic", "--duration", "5m")
	await(t, "the processes", func() bool { return running(t, dir) >= 100 })
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	require.NoError(t, cmd.Wait())
	requireNothingLeft(t, dir)
	got, err := truth.ReadFile(file)
	require.NoError(t, err)
	require.True(t, got.Summary.Interrupted)
	for _, l := range got.Lives {
		require.NotNil(t, l.Exit)
	}
}

// TestAKilledRunLeavesNothing has processes that try to get away.
func TestAKilledRunLeavesNothing(t *testing.T) {
	cmd, dir, file := start(t, "--profile", "custom", "--file", "../../loadsim/profile/examples/daemons.yaml", "--duration", "5m")
	born := func() int {
		got, err := truth.ReadFile(file)
		if err != nil {
			return 0 // nothing is written yet
		}
		return len(got.Lives)
	}
	await(t, "a truth that can be read while the run goes on", func() bool { return born() == 25 })
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	requireNothingLeft(t, dir)
	got, err := truth.ReadFile(file)
	require.NoError(t, err)
	require.Nil(t, got.Summary)
	require.Len(t, got.Lives, 25)
}

func TestWhatCannotBeIsRefusedBeforeTheFirstProcess(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("patterns: [{path: a, colour: red}]"), 0o600))
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown profile":   {[]string{"--profile", "huge"}, `there is no profile "huge"; the profiles are realistic,`},
		"absurd count":      {[]string{"--profile", "high-cardinality", "--process-count", "1000000"}, "high-cardinality takes 100 to 10000"},
		"beyond the limit":  {[]string{"--profile", "high-cardinality", "--process-count", "10000"}, "processes: the plan has 10000 at once; the limit is 5000"},
		"no such machine":   {[]string{"--max-processes", "100000000"}, "this machine has room for 1 to "},
		"more CPU":          {[]string{"--max-cpu", "0.1"}, "CPU: the plan asks for "},
		"more memory":       {[]string{"--max-memory", "1"}, "memory: the plan takes "},
		"longer":            {[]string{"--duration", "2h"}, "duration: 2h0m0s; the limit is 1h0m0s"},
		"no duration":       {[]string{"--duration", "0s"}, "--duration: is 0"},
		"negative duration": {[]string{"--duration", "-5s"}, "duration: -5s; give one above 0"},
		"no rate":           {[]string{"--profile", "process-churn", "--churn-rate", "0"}, "--churn-rate: is 0"},
		"no file":           {[]string{"--profile", "custom"}, "--file: goes with --profile custom"},
		"missing file":      {[]string{"--profile", "custom", "--file", "nowhere.yaml"}, "nowhere.yaml: no such file"},
		"bad file":          {[]string{"--profile", "custom", "--file", bad}, "line 1: field colour not found"},
		"truth in nowhere":  {[]string{"--truth", "/nowhere/truth.jsonl"}, "write the truth: open /nowhere/truth.jsonl"},
		"not loopback":      {[]string{"--listen", "0.0.0.0:9465"}, "is not a loopback address"},
		"an argument":       {[]string{"realistic"}, "unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out := loadsim(t, append([]string{"run", "--dir", dir}, c.args...)...)
			require.Equal(t, 1, out.code)
			require.Contains(t, out.stderr, c.want)
			left, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

func TestMoreCPUThanAllowedFitsOnRequest(t *testing.T) {
	var figures struct {
		CPU float64 `json:"cpu_cores"`
	}
	out := loadsim(t, "run", "--profile", "realistic", "--max-cpu", "0.25", "--fit-cpu", "--dry-run", "--json")
	require.Zero(t, out.code, out.stderr)
	require.NoError(t, json.Unmarshal([]byte(out.stdout), &figures))
	require.InDelta(t, 0.25, figures.CPU, 1e-6)
}

func TestProfilesAreListed(t *testing.T) {
	out := loadsim(t, "list-profiles", "--json")
	var profiles []struct {
		Name         string
		ProcessCount struct{ Min, Max, Default float64 } `json:"process_count"`
	}
	require.NoError(t, json.Unmarshal([]byte(out.stdout), &profiles))
	require.Len(t, profiles, 4)
	require.Equal(t, "realistic", profiles[0].Name)
	require.InDelta(t, 50, profiles[0].ProcessCount.Min, 0)
	require.InDelta(t, 200, profiles[0].ProcessCount.Max, 0)
	require.Contains(t, loadsim(t, "profiles").stdout, "50 to 200 (120)")
}

func TestTheTruthIsWrittenWhileTheRunGoesOn(t *testing.T) {
	cmd, _, file := start(t, "--profile", "process-churn", "--duration", "5m")
	await(t, "exits in the truth", func() bool {
		got, err := truth.ReadFile(file)
		return err == nil && len(got.Lives) > 0 && got.Lives[len(got.Lives)-1].Born().Sub(got.Run.Start) > 3*time.Second
	})
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
}
