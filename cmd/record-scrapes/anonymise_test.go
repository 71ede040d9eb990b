//go:build linux

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Process 10 is the recorder, 11 its collector, and 12 bears the crowd.
func TestWhatIsPrivateIsReplaced(t *testing.T) {
	for name, c := range map[string]struct{ in, want map[string]any }{
		"a private program": {
			map[string]any{
				"process.pid": 50, "process.parent_pid": 1,
				"process.executable.name": "payroll", "process.executable.path": "/home/alice/payroll",
				"process.command": "./payroll", "process.command_line": "./payroll --password=1234",
				"process.owner": "alice", "process.cgroup": "/user.slice/alice",
			},
			map[string]any{
				"process.pid": int64(50), "process.parent_pid": int64(1),
				"process.executable.name": "service-1", "process.executable.path": "/usr/bin/service-1",
				"process.command": "service-1", "process.command_line": "service-1 --redacted",
				"process.owner": "user-1",
			},
		},
		"one of the crowd": {
			map[string]any{
				"host.name": "recorded-host", "process.pid": 51, "process.parent_pid": 12,
				"process.executable.name": "nginx", "process.executable.path": "/tmp/alice/usr/bin/nginx",
				"process.command": "/usr/bin/nginx", "process.owner": "root",
			},
			map[string]any{
				"host.name": "recorded-host", "process.pid": int64(51), "process.parent_pid": int64(12),
				"process.executable.name": "nginx", "process.executable.path": "/usr/bin/nginx",
				"process.command": "nginx", "process.owner": "root",
			},
		},
		"a child of one of the crowd": {
			map[string]any{"process.pid": 52, "process.parent_pid": 51, "process.executable.name": "payroll"},
			map[string]any{"process.pid": int64(52), "process.parent_pid": int64(51), "process.executable.name": "service-1"},
		},
		"one of unknown parents": {
			map[string]any{"process.pid": 53, "process.executable.name": "payroll"},
			map[string]any{"process.pid": int64(53), "process.executable.name": "service-1"},
		},
		"a thread of the kernel": {
			map[string]any{"process.pid": 7, "process.parent_pid": 2, "process.executable.name": "ksoftirqd/0", "process.executable.path": "", "process.command_line": ""},
			map[string]any{"process.pid": int64(7), "process.parent_pid": int64(2), "process.executable.name": "ksoftirqd/0", "process.executable.path": "", "process.command_line": ""},
		},
		"a child of process 2 in a container": {
			map[string]any{"process.pid": 7, "process.parent_pid": 2, "process.executable.name": "payroll", "process.executable.path": "/payroll"},
			map[string]any{"process.pid": int64(7), "process.parent_pid": int64(2), "process.executable.name": "service-1", "process.executable.path": "/usr/bin/service-1"},
		},
		"the collector": {
			map[string]any{"process.pid": 11, "process.parent_pid": 10, "process.executable.name": "otelcol-phoenix"},
			map[string]any{"process.pid": int64(11), "process.parent_pid": int64(10), "process.executable.name": "otelcol-phoenix"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			md := pmetric.NewMetrics()
			for pid, parent := range map[int64]int64{10: 1, 11: 10, 12: 10, 51: 12} {
				others := md.ResourceMetrics().AppendEmpty().Resource().Attributes()
				others.PutInt("process.pid", pid)
				others.PutInt("process.parent_pid", parent)
				others.PutStr("process.executable.name", "known")
			}
			attrs := md.ResourceMetrics().AppendEmpty().Resource().Attributes()
			require.NoError(t, attrs.FromRaw(c.in))
			newAnonymiser(10).anonymise(md)
			require.Equal(t, c.want, attrs.AsRaw())
		})
	}
}

func TestANameIsReplacedByTheSameOneEachTime(t *testing.T) {
	a := aliases{}
	require.Equal(t, "user-1", a.of("alice", "user"))
	require.Equal(t, "user-2", a.of("bob", "user"))
	require.Equal(t, "user-1", a.of("alice", "user"))
}
