package truth_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var begun = time.Date(2026, 11, 25, 12, 0, 0, 1, time.UTC)

// life is one that was lived.
func life(id uint32) loadsim.Life {
	return loadsim.Life{
		Process: &loadsim.Process{ID: id, Path: "usr/sbin/nginx", Args: []string{"nginx: <master>"}, Critical: true, Load: loadsim.Load{{CPU: 0.5}}},
		PID:     100 + int(id), Parent: 1, Born: begun, Ended: begun.Add(10 * time.Second),
		Asked: 5 * time.Second, Used: loadsim.Usage{User: 3 * time.Second, System: time.Second, PeakMemory: 4096}, Status: -9,
	}
}

// written is a truth with one life, one that did not end and one that was not made.
func written(t require.TestingT) string {
	var b bytes.Buffer
	w := truth.NewWriter(&b, nil)
	plan := loadsim.Plan{Profile: "test", Seed: 7, Duration: time.Minute, Parameters: map[string]any{"process_count": 3.0}}
	require.NoError(t, w.Begin(plan, loadsim.Limits{Processes: 9}, "/tmp/run"))
	w.Born(life(1))
	w.Born(life(2))
	w.Failed(loadsim.Life{Process: &loadsim.Process{ID: 3, Path: "a"}}, errors.New("no room"))
	w.Exited(life(1))
	require.NoError(t, w.End(loadsim.Summary{Peak: 2}, nil))
	return b.String()
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text := written(t)
	require.Contains(t, text, `"command_line":["nginx: <master>"]`, "people read it")
	got, err := truth.Read(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, "test", got.Run.Profile)
	require.Equal(t, uint64(7), got.Run.Seed)
	require.Equal(t, 9, got.Run.Limits.Processes)
	require.Equal(t, map[string]any{"process_count": 3.0}, got.Run.Parameters)
	require.Equal(t, 1, got.Failures)
	require.Equal(t, 2, got.Summary.Peak)
	require.Len(t, got.Lives, 2)
	require.Equal(t, truth.Process{
		ID: 1, Name: "nginx", Path: "usr/sbin/nginx", Args: []string{"nginx: <master>"},
		PID: 101, ParentPID: 1, Start: &begun, CPUAsked: 0.5, Critical: true,
	}, got.Lives[0].Process)
	require.InDelta(t, 4, got.Lives[0].CPU(), 1e-9)
	require.Equal(t, -9, got.Lives[0].Exit.Status)
	require.Nil(t, got.Lives[1].Exit)
	require.Zero(t, got.Lives[1].CPU())
}

func TestATruthThatWasCutOffIsReadUpToThere(t *testing.T) {
	text := written(t)
	lines := strings.SplitAfter(text, "\n")
	for end := len(lines[0]); end < len(text); end++ {
		got, err := truth.Read(strings.NewReader(text[:end]))
		require.NoError(t, err, "after %d bytes", end)
		require.Nil(t, got.Summary)
	}
}

func TestWhatIsNoTruthIsRefused(t *testing.T) {
	run := `{"kind":"run"}` + "\n"
	birth := `{"kind":"birth","id":1,"start":"2026-11-25T12:00:00Z"}` + "\n"
	exit := `{"kind":"exit","id":1}` + "\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":        {"", "it does not begin with a record of kind run: this is no truth of loadsim"},
		"no run":       {birth, `line 1: a record of kind "birth"; the first line, and no other, is of kind run`},
		"two runs":     {run + run, `line 2: a record of kind "run"; the first line, and no other, is of kind run`},
		"no json":      {run + "hello\n", "line 2: invalid character 'h' looking for beginning of value"},
		"unknown":      {run + `{"kind":"rebirth"}` + "\n", `line 2: a record of kind "rebirth", which this program does not know`},
		"no start":     {run + `{"kind":"birth","id":1}` + "\n", "line 2: the birth of process 1 has no start"},
		"born twice":   {run + birth + birth, "line 3: process 1 is born a second time"},
		"ends twice":   {run + birth + exit + exit, "line 4: process 1 ends a second time"},
		"ends, unborn": {run + exit, "line 2: process 1 ends before it was born"},
		"a long line":  {run + strings.Repeat("x", 1<<20+1), "behind line 1: bufio.Scanner: token too long"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := truth.Read(strings.NewReader(c.text))
			require.EqualError(t, err, c.want)
		})
	}
	_, err := truth.ReadFile("testdata/nothing")
	require.ErrorContains(t, err, "loadsim run --truth FILE writes one")
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestATruthThatCannotBeWrittenIsReportedOnce(t *testing.T) {
	var failures []error
	w := truth.NewWriter(full{}, func(err error) { failures = append(failures, err) })
	err := w.Begin(loadsim.Plan{}, loadsim.Limits{}, "")
	require.ErrorContains(t, err, "no space left on device")
	w.Born(life(1))
	w.Progress(loadsim.Progress{})
	require.Equal(t, err, w.End(loadsim.Summary{}, nil))
	require.Equal(t, []error{err}, failures)
}

func TestWhatWasWrittenIsThereAfterAProgress(t *testing.T) {
	var b bytes.Buffer
	w := truth.NewWriter(&b, nil)
	require.NoError(t, w.Begin(loadsim.Plan{}, loadsim.Limits{}, ""))
	w.Born(life(1))
	before := b.Len()
	w.Progress(loadsim.Progress{})
	require.Greater(t, b.Len(), before)
}

func FuzzRead(f *testing.F) {
	f.Add(written(f))
	f.Add("{\"kind\":\"run\"}\n{\"kind\":\"summary\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := truth.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, l := range got.Lives {
			_ = l.Born() // every life has one
		}
	})
}
