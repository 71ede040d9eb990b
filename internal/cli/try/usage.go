package try

import (
	"fmt"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// usage is what a process uses, as the operating system says.
type usage struct {
	process *process.Process
	since   time.Time
	cpu     float64 // seconds, at since
	begun   time.Time
}

func newUsage(pid int, begun time.Time) (*usage, error) {
	p, err := process.NewProcess(int32(pid))
	if err != nil {
		return nil, fmt.Errorf("look at the collector, process %d: %w", pid, err)
	}
	return &usage{process: p, since: begun, begun: begun}, nil
}

// read returns the cores used since the last call, those used since the
// process began, and the resident bytes.
func (u *usage) read() (cores, average float64, resident uint64, err error) {
	times, err := u.process.Times()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read the collector's CPU time: %w", err)
	}
	memory, err := u.process.MemoryInfo()
	if err != nil {
		return 0, 0, 0, fmt.Errorf("read the collector's memory: %w", err)
	}
	now, cpu := time.Now(), times.User+times.System
	cores = (cpu - u.cpu) / max(now.Sub(u.since).Seconds(), 0.001)
	average = cpu / max(now.Sub(u.begun).Seconds(), 0.001)
	u.since, u.cpu = now, cpu
	return cores, average, memory.RSS, nil
}
