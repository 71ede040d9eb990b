package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// allOfLinux turns on all that Linux has.
func allOfLinux() map[string]any {
	metrics := map[string]any{}
	for _, name := range []string{
		"process.context_switches", "process.cpu.utilization", "process.disk.operations", "process.memory.utilization",
		"process.open_file_descriptors", "process.paging.faults", "process.signals_pending", "process.threads", "process.uptime",
	} {
		metrics[name] = map[string]any{"enabled": true}
	}
	attributes := map[string]any{}
	for _, name := range []string{"process.cgroup", "process.linux.cgroup"} {
		attributes[name] = map[string]any{"enabled": true}
	}
	return map[string]any{"metrics": metrics, "resource_attributes": attributes}
}

// point is the value of one series and all that is to be the same of it.
type point struct {
	start pcommon.Timestamp
	value float64
	grows bool // it is a counter
}

// seen is what a scrape saw of one process: its resource attributes in one text
// and its series by all that names them.
type seen struct {
	resource string
	series   map[string]point
}

// processesIn returns what a scrape saw, by PID.
func processesIn(md pmetric.Metrics) map[int64]seen {
	all := map[int64]seen{}
	for _, rm := range md.ResourceMetrics().All() {
		pid, _ := rm.Resource().Attributes().Get("process.pid")
		p := seen{rm.SchemaUrl() + " " + text(rm.Resource().Attributes()), map[string]point{}}
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			p.add(m)
		}
		all[pid.Int()] = p
	}
	return all
}

func (p seen) add(m pmetric.Metric) {
	name := strings.Join([]string{m.Name(), m.Unit(), m.Description(), m.Type().String()}, "|")
	dps, grows := pmetric.NewNumberDataPointSlice(), false
	switch m.Type() {
	case pmetric.MetricTypeSum:
		dps, grows = m.Sum().DataPoints(), m.Sum().IsMonotonic()
		name += fmt.Sprintf("|%s|%t", m.Sum().AggregationTemporality(), grows)
	case pmetric.MetricTypeGauge:
		dps = m.Gauge().DataPoints()
	}
	for _, dp := range dps.All() {
		value := dp.DoubleValue()
		if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
			value = float64(dp.IntValue())
		}
		p.series[name+"|"+dp.ValueType().String()+"|"+text(dp.Attributes())] = point{dp.StartTimestamp(), value, grows}
	}
}

func text(m pcommon.Map) string {
	var all []string
	for key, value := range m.All() {
		all = append(all, fmt.Sprintf("%s=%s:%q", key, value.Type(), value.AsString()))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// rounding is by how much start times may differ: in a container hostmetrics
// takes the time of boot from the clock and the uptime, at each scrape.
const rounding = 2e9

// requireBetween tests what we saw of a process between two scrapes of
// hostmetrics: the same series, counters between theirs, and levels that are
// theirs if those are the same.
func requireBetween(t *testing.T, before, ours, after seen) {
	t.Helper()
	require.Equal(t, before.resource, ours.resource)
	for name, a := range before.series {
		o, ok := ours.series[name]
		require.True(t, ok, "%s has no %s", ours.resource, name)
		require.InDelta(t, float64(a.start), float64(o.start), rounding, name)
		switch b := after.series[name]; {
		case a.grows || strings.HasPrefix(name, "process.uptime"):
			const lowest = 0.011 // a tick, with what floats lose
			require.GreaterOrEqual(t, o.value, a.value-lowest-uptimeRounding(name), name)
			require.LessOrEqual(t, o.value, b.value+lowest+uptimeRounding(name), name)
		case strings.HasPrefix(name, "process.cpu.utilization"): // of another span of time
		case a.value == b.value:
			require.Equal(t, a.value, o.value, "%s %s", name, ours.resource)
		}
	}
	for name := range ours.series {
		require.Contains(t, before.series, name)
	}
}

func uptimeRounding(name string) float64 {
	if strings.HasPrefix(name, "process.uptime") {
		return rounding / 1e9
	}
	return 0
}

// between scrapes with hostmetrics, with ours and with hostmetrics again, each
// for the second time, since the first has no utilization.
func between(t *testing.T, root string, conf map[string]any) (before, ours, after map[int64]seen) {
	t.Helper()
	theirs, err := newHostmetrics(root, conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, theirs.close()) }()
	mine, err := newProcessmetrics(root, conf)
	require.NoError(t, err)
	defer func() { require.NoError(t, mine.close()) }()
	next := func(s *scraper) map[int64]seen {
		md, err := s.next()
		require.NoError(t, err)
		return processesIn(md)
	}
	next(theirs)
	next(mine)
	return next(theirs), next(mine), next(theirs)
}

func TestBothScrapersSeeTheSameOfLiveProcesses(t *testing.T) {
	c, err := newCrowd(300, 10)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.close()) })
	for name, conf := range map[string]map[string]any{"defaults": {}, "everything": allOfLinux()} {
		t.Run(name, func(t *testing.T) {
			before, ours, after := between(t, "", conf)
			for _, pid := range c.pids {
				require.Contains(t, ours, int64(pid))
				requireBetween(t, before[int64(pid)], ours[int64(pid)], after[int64(pid)])
			}
			for pid := range before {
				if _, lives := after[pid]; lives {
					require.Contains(t, ours, pid)
				}
			}
		})
	}
}

// In what was recorded nothing moves. The PIDs are of processes that live, since
// hostmetrics asks the system about them.
func TestBothScrapersSeeTheSameOfARecordedTree(t *testing.T) {
	c, err := newCrowd(5, 2)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.close()) })
	root := t.TempDir()
	for _, file := range []string{"stat", "meminfo", "cpuinfo", "uptime"} {
		record(t, root, file)
	}
	for _, pid := range c.pids {
		recordProcess(t, root, strconv.Itoa(pid))
	}
	before, ours, after := between(t, root, allOfLinux())
	require.Len(t, ours, len(c.pids))
	for pid := range before {
		requireBetween(t, before[pid], ours[pid], after[pid])
	}
}

// record copies a file of /proc.
func record(t *testing.T, root, file string) {
	content, err := os.ReadFile(filepath.Join("/proc", file))
	require.NoError(t, err)
	to := filepath.Join(root, "proc", file)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
	require.NoError(t, os.WriteFile(to, content, 0o600))
}

func recordProcess(t *testing.T, root, pid string) {
	for _, file := range []string{"stat", "statm", "io", "status", "comm", "cmdline", "cgroup", "limits"} {
		record(t, root, filepath.Join(pid, file))
	}
	recordThread(t, root, pid)
	path, err := os.Readlink(filepath.Join("/proc", pid, "exe"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(path, filepath.Join(root, "proc", pid, "exe")))
	open, err := os.ReadDir(filepath.Join("/proc", pid, "fd"))
	require.NoError(t, err)
	for _, fd := range open {
		require.NoError(t, os.MkdirAll(filepath.Join(root, "proc", pid, "fd", fd.Name()), 0o755))
	}
}

// recordThread writes what the process's only thread says: what the process
// does, as it was recorded.
func recordThread(t *testing.T, root, pid string) {
	of := filepath.Join(root, "proc", pid)
	thread := filepath.Join(of, "task", pid)
	require.NoError(t, os.MkdirAll(thread, 0o755))
	for _, file := range []string{"stat", "status"} {
		require.NoError(t, os.Link(filepath.Join(of, file), filepath.Join(thread, file)))
	}
}
