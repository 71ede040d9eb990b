package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// machine is a file system as the kernel shows it: 4 GiB of memory, 32,768
// PIDs of which 768 are in use.
func machine(t *testing.T, more map[string]string) string {
	t.Helper()
	root := t.TempDir()
	all := map[string]string{
		"proc/sys/kernel/pid_max":     "32768\n",
		"proc/sys/kernel/threads-max": "100000\n",
		"proc/loadavg":                "0.20 0.18 0.12 1/768 11206\n",
		"proc/meminfo":                "MemTotal:        4194304 kB\nMemFree: 1 kB\nMemAvailable:    3145728 kB\n",
		"proc/self/cgroup":            "0::/a/b\n",
		"sys/fs/cgroup/a/b/pids.max":  "max\n",
	}
	for name, content := range more {
		all[name] = content
	}
	for name, content := range all {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	return root
}

func TestRoomIsTheLeastOfAllLimits(t *testing.T) {
	const pids = 32768*8/10 - 768
	for name, c := range map[string]struct {
		more      map[string]string
		processes int
		memory    float64 // GiB
		cores     float64
	}{
		"no cgroup":  {nil, pids, 3, 2},
		"version 2":  {map[string]string{"sys/fs/cgroup/a/pids.max": "1000", "sys/fs/cgroup/a/pids.current": "100", "sys/fs/cgroup/a/cpu.max": "50000 100000", "sys/fs/cgroup/a/b/memory.max": "2147483648", "sys/fs/cgroup/a/b/memory.current": "1073741824"}, 700, 1, 0.5},
		"version 1":  {map[string]string{"proc/self/cgroup": "4:memory:/x\n3:cpu:/\n2:pids:/x\n", "sys/fs/cgroup/pids/x/pids.max": "500", "sys/fs/cgroup/pids/x/pids.current": "10", "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "1073741824", "sys/fs/cgroup/memory/x/memory.usage_in_bytes": "0", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "150000", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"}, 390, 1, 1.5},
		"none given": {map[string]string{"sys/fs/cgroup/a/cpu.max": "max 100000", "sys/fs/cgroup/a/memory.max": "max"}, pids, 3, 2},
		"full":       {map[string]string{"sys/fs/cgroup/a/pids.max": "100", "sys/fs/cgroup/a/pids.current": "90"}, 0, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			room, err := read(machine(t, c.more), user{}, 2)
			require.NoError(t, err)
			require.Equal(t, c.processes, room.Processes)
			require.InDelta(t, c.memory*0.8*(1<<30), float64(room.Memory), 1)
			require.InDelta(t, c.cores, room.CPU, 1e-9)
		})
	}
}

func TestAUsersOwnLimitCounts(t *testing.T) {
	root := machine(t, map[string]string{
		"proc/1/status":  "Name:\tinit\nUid:\t0\t0\t0\t0\nThreads:\t1\n",
		"proc/20/status": "Name:\tjava\nUid:\t1000\t0\t0\t0\nThreads:\t100\n",
		"proc/21/status": "Name:\tsh\nUid:\t1000\t1000\t1000\t1000\nThreads:\t1\n",
	})
	room, err := read(root, user{1000, 2000}, 2)
	require.NoError(t, err)
	require.Equal(t, 2000*8/10-101, room.Processes, "what others have does not count")
}

func TestAMachineThatSaysNothingIsAnError(t *testing.T) {
	for name, content := range map[string]string{
		"proc/loadavg": "?", "proc/meminfo": "MemTotal: 5 kB", "proc/sys/kernel/pid_max": "many",
	} {
		_, err := read(machine(t, map[string]string{name: content}), user{}, 2)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "read what this machine has room for")
	}
	_, err := read(t.TempDir(), user{}, 2)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestCPUTimesAreReadBehindAnyName(t *testing.T) {
	stat := "17 (a) 1 2) S 1 17 17 0 -1 4194560 149 0 0 0 25 50 0 0 20 0 1 0 3 1 1"
	used, err := parseStat("stat", []byte(stat))
	require.NoError(t, err)
	require.Equal(t, 750*time.Millisecond, used)
	for _, bad := range []string{"", "17 (a) S 1", "17 (a) S 1 17 17 0 -1 4194560 149 0 0 0 x 50 0"} {
		_, err := parseStat("stat", []byte(bad))
		require.ErrorContains(t, err, "stat")
	}
}
