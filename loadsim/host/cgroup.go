package host

import (
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// group is a folder of a cgroup that limits this process.
type group string

// groups are the cgroups that this process is in, of both versions, and all
// above them. In a container the paths may be the host's: what is not there is
// left out.
func (f *files) groups() (found []group) {
	for _, line := range strings.Fields(string(f.read("proc/self/cgroup"))) {
		parts := strings.SplitN(line, ":", 3) // 4:memory:/a/b, or 0::/a/b
		if len(parts) != 3 {
			continue
		}
		for place := path.Clean("/" + parts[2]); ; place = path.Dir(place) {
			folder := f.path(filepath.Join("sys/fs/cgroup", parts[1], place))
			if _, err := os.Stat(folder); err == nil {
				found = append(found, group(folder))
			}
			if place == "/" {
				break
			}
		}
	}
	return found
}

func (g group) fields(name string) []string {
	content, err := os.ReadFile(filepath.Join(string(g), name))
	if err != nil {
		return nil // this controller has no limit here
	}
	return strings.Fields(string(content))
}

// number is a limit; ok is false if there is none.
func (g group) number(name string) (n int64, ok bool) {
	fields := g.fields(name)
	if len(fields) != 1 {
		return 0, false
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	return n, err == nil // else it is max
}

// cpuMax is a quota of CPU time in a period, both in microseconds.
func (g group) cpuMax() (quota, period float64, ok bool) {
	fields := g.fields("cpu.max") // 150000 100000
	if fields == nil {
		fields = append(g.fields("cpu.cfs_quota_us"), g.fields("cpu.cfs_period_us")...)
	}
	if len(fields) != 2 {
		return 0, 0, false
	}
	quota, err := strconv.ParseFloat(fields[0], 64)
	period, second := strconv.ParseFloat(fields[1], 64)
	return quota, period, err == nil && second == nil && quota > 0 && period > 0
}
