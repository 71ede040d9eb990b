package cli

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/grade"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhereThereIsNoTerminalALineComesEveryTenSeconds(t *testing.T) {
	var out bytes.Buffer
	v := newView(loadsim.Plan{Profile: "test", Seed: 4, Duration: 25 * time.Second}, &out, nil, false)
	v.begin(loadsim.Limits{Processes: 10, Memory: 1 << 30, CPU: 2})
	for second := range 25 {
		if second == 14 {
			v.Failed(loadsim.Life{Process: &loadsim.Process{ID: 9, Path: "bin/a"}}, errors.New("no room"))
			v.Failed(loadsim.Life{Process: &loadsim.Process{ID: 10, Path: "bin/a"}}, errors.New("no room"))
		}
		elapsed := time.Duration(second+1) * time.Second
		p := loadsim.Progress{Elapsed: elapsed, Left: 25*time.Second - elapsed, Active: 7, BirthRate: 2.5, CPUAsked: 0.5, CPUAchieved: 0.4951}
		if second > 14 {
			p.Failed = 2
		}
		v.Progress(p)
	}
	v.end(loadsim.Summary{
		Took: 25 * time.Second, Processes: loadsim.Comparison{Asked: 60, Achieved: 58}, BirthRate: loadsim.Comparison{Asked: 2.4, Achieved: 2.32},
		CPU: loadsim.Comparison{Asked: 12, Achieved: 11.5}, Peak: 8, Failed: 2, Retried: 1, Late: 3 * time.Millisecond, Judged: 4, Off: 1,
	})
	require.Equal(t, `test, seed 4, for 25s; at most 10 processes, 1 GiB, 2 cores; Ctrl-C ends it
   7 processes,    2.5 births/s, CPU 0.495 of 0.500 cores, 15s left
process 9 (bin/a) could not be made: no room
   7 processes,    2.5 births/s, CPU 0.495 of 0.500 cores, 5s left, 2 failed
25s                 asked  achieved
processes           60     58
births per second   2.40   2.32
CPU, core-seconds   12.00  11.50
CPU within a tenth  4      3
8 at once at most; the latest birth was 3ms late; 2 attempts failed, 1 were made again
`, out.String())
}

func TestAReportForPeople(t *testing.T) {
	in, reduction, share := 1000.0, 0.95, 0.9
	begun := time.Unix(0, 0)
	r := &grade.Report{
		Profile: "test", From: begun, To: begun.Add(time.Minute), Scrapes: 13, Interval: 5,
		Processes: grade.Seen{Alive: 40, Seen: 30, Missed: 10, CPU: 20, CPUMissed: 1.5},
		CPU:       grade.CPU{Total: 22, Used: 20, Named: 18, Missed: 2, Share: &share, Other: 7},
		Critical:  []grade.Critical{{Name: "sshd", Processes: 1, Expected: 13, Present: 13}},
		Series:    grade.Series{Out: 50, In: &in, Reduction: &reduction},
		Names:     []grade.Name{{Name: "java", Used: 20, Named: 18}},
		Notes:     []string{"no summary: the run was cut off, or goes on"},
	}
	var out bytes.Buffer
	require.NoError(t, printReport(r, &out))
	var text strings.Builder
	for line := range strings.Lines(out.String()) {
		fmt.Fprintln(&text, strings.TrimRight(line, " \n")) // tabwriter fills up the last cells
	}
	require.Equal(t, `test: 13 scrapes in 1m0s, one every 5 s

processes seen     30 of 40          1.50 s of CPU missed                       75.0 %
short-lived seen   0 of 0            0.00 s of CPU missed                       –
CPU by name        18.00 of 20.00 s  2.00 s missed, 2.00 s outside the scrapes  90.0 %
CPU of the rest    7.00 s            of the whole host
critical sshd      13 of 13          scrapes and processes                      100.0 %
series per scrape  50.0 of 1000.0                                               95.0 % fewer

NAME               CPU, s            NAMED, s
java               20.00             18.00                                      90.0 %
note: no summary: the run was cut off, or goes on
`, text.String())
}

func TestAWorkerNeedsAServerAndItsToken(t *testing.T) {
	run := func(args ...string) error {
		return Run(t.Context(), append([]string{"worker"}, args...), &bytes.Buffer{}, &bytes.Buffer{})
	}
	require.ErrorContains(t, run(), "--server: is missing")
	require.ErrorContains(t, run("--server", "https://a", "--token-file", "nowhere"), "check --token-file")
	require.ErrorContains(t, run("--server", "http://phoenix.example"), "use https")
	require.ErrorContains(t, run("--server", "https://a", "--max-births", "-1"), "limit of births: -1 a second")
}

func TestAnUnknownFlagSaysWhereToLook(t *testing.T) {
	err := Run(t.Context(), []string{"run", "--proflie", "x"}, &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, err, "loadsim run --help lists the flags")
}

func TestALimitOfMemoryIsWhatWasWritten(t *testing.T) {
	run := func(args ...string) error {
		return Run(t.Context(), append([]string{"run", "--dry-run", "--max-memory"}, args...), &bytes.Buffer{}, &bytes.Buffer{})
	}
	require.NoError(t, run("1024"))
	require.ErrorContains(t, run("0"), "--max-memory: is 0; give more, or leave it out")
	require.ErrorContains(t, run("17592186048513"), "limit of memory: ", "MiB beyond 64 bits of bytes")
	worker := Run(t.Context(), []string{"worker", "--server", "https://a", "--max-cpu", "0"}, &bytes.Buffer{}, &bytes.Buffer{})
	require.ErrorContains(t, worker, "--max-cpu: is 0")
}
