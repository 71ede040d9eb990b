package try_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// twins starts processes that only their PID tells apart.
func twins(t *testing.T, n int) (pids []int) {
	t.Helper()
	for range n {
		cmd := exec.Command("sleep", "600")
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		pids = append(pids, cmd.Process.Pid)
	}
	return pids
}

func TestTheEndpointTellsProcessesApart(t *testing.T) {
	pids, address := twins(t, 3), built.FreeAddress(t)
	r := try(t, "--interval", "1s", "--json", "--k", "5", "--critical", "sleepers=sleep", "--critical", "nobody=no-such-program", "--listen", address)
	r.next(t)
	s := r.next(t)
	requireSound(t, s)
	require.Len(t, s.Critical, 2)
	require.Equal(t, "kept", s.Critical[0].State)
	require.GreaterOrEqual(t, s.Critical[0].Processes, len(pids))
	require.Equal(t, "never_seen", s.Critical[1].State)
	why := map[int]string{}
	for _, k := range s.Kept {
		require.NotNil(t, k.Why)
		why[k.PID] = k.Why.Rule + " " + k.Why.Subject
	}

	page := get(t, "http://"+address+"/metrics")
	requireUnique(t, page)
	memory := byPID(t, page, "process_memory_usage_bytes")
	for _, pid := range pids {
		require.Equal(t, "critical sleepers", why[pid])
		require.Equal(t, resident(t, pid), memory[pid], "memory of sleep (%d)", pid)
	}
	r.signalAndEnd(t, syscall.SIGINT, s.Collector.PID)
	require.Contains(t, r.stderr.String(), "any local user can choose", "the collector's advice on the name alone is passed on")
}

// requireUnique requires that no two lines of a page are the same series, and
// that the labels other than the point's own say which process it is.
func requireUnique(t *testing.T, page string) {
	t.Helper()
	series, processes := map[string]bool{}, map[string]string{}
	for _, line := range strings.Split(page, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, _, ok := strings.Cut(line, "} ")
		require.True(t, ok, line)
		require.False(t, series[name], "twice: %s", name)
		series[name] = true
	}
	for name := range families(t, page) {
		for _, m := range families(t, page)[name].GetMetric() {
			labels := labelsOf(m)
			pid := labels["process_pid"]
			if pid == "" {
				require.Equal(t, "_other_", labels["process_executable_name"])
			}
			who := fmt.Sprint(labels["process_executable_name"], labels["process_owner"], labels["process_parent_pid"])
			if known, seen := processes[pid]; seen {
				require.Equal(t, known, who, "PID %s is two processes", pid)
			}
			processes[pid] = who
		}
	}
	require.Greater(t, len(processes), 3)
}

func families(t *testing.T, page string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	f, err := parser.TextToMetricFamilies(strings.NewReader(page))
	require.NoError(t, err)
	return f
}

func labelsOf(m *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, l := range m.GetLabel() {
		labels[l.GetName()] = l.GetValue()
	}
	return labels
}

// byPID returns a gauge's values by process.
func byPID(t *testing.T, page, metric string) map[int]float64 {
	t.Helper()
	values := map[int]float64{}
	for _, m := range families(t, page)[metric].GetMetric() {
		if pid, err := strconv.Atoi(labelsOf(m)["process_pid"]); err == nil {
			require.NotContains(t, values, pid, "PID %d has %s twice", pid, metric)
			values[pid] = m.GetGauge().GetValue()
		}
	}
	return values
}

// resident reads a process's resident memory from the kernel.
func resident(t *testing.T, pid int) float64 {
	t.Helper()
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(t, err)
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	require.NoError(t, err)
	return float64(pages * os.Getpagesize())
}
