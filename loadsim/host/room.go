package host

import (
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Shares that a simulation leaves to the rest of the machine.
const (
	ofPIDs   = 0.8
	ofMemory = 0.8
)

// Room reads what this machine can give now.
func Room() (loadsim.Room, error) {
	return read("/", thisUser(), float64(runtime.NumCPU()))
}

// user is somebody who may have so many processes and threads; 0: as many as
// there can be.
type user struct {
	id    int
	limit int64
}

// UserProcesses is how many processes and threads the user who runs this program
// may have in all, with a fifth left free; 0: as many as there can be.
func UserProcesses() int { return int(float64(thisUser().limit) * ofPIDs) }

// read is Room of a file system that begins at a folder, for a user.
func read(root string, u user, cores float64) (loadsim.Room, error) {
	f := files{root: root}
	total, free := f.memory()
	groups := f.groups()
	room := loadsim.Room{
		Processes: f.processes(groups, u),
		Memory:    int64(float64(f.memoryLeft(groups, total, free)) * ofMemory),
		CPU:       f.cores(groups, cores),
	}
	if f.err != nil {
		return loadsim.Room{}, fmt.Errorf("read what this machine has room for: %w", f.err)
	}
	return room, nil
}

// processes is how many more there may be: of each kind of limit a fifth stays
// free.
func (f *files) processes(groups []group, u user) int {
	tasks := f.tasks()
	room := int(^uint(0) >> 1)
	take := func(limit, used int64) {
		if limit > 0 {
			room = min(room, max(0, int(float64(limit)*ofPIDs)-int(used)))
		}
	}
	take(f.number("proc/sys/kernel/pid_max"), tasks)
	take(f.number("proc/sys/kernel/threads-max"), tasks)
	if u.limit > 0 {
		take(u.limit, f.tasksOf(u.id))
	}
	for _, g := range groups {
		if limit, ok := g.number("pids.max"); ok {
			used, _ := g.number("pids.current")
			take(limit, used)
		}
	}
	return room
}

// memoryLeft is in bytes.
func (f *files) memoryLeft(groups []group, total, free int64) int64 {
	for _, g := range groups {
		for _, names := range [][2]string{{"memory.max", "memory.current"}, {"memory.limit_in_bytes", "memory.usage_in_bytes"}} {
			limit, ok := g.number(names[0])
			if used, _ := g.number(names[1]); ok && limit < total {
				free = min(free, max(0, limit-used))
			}
		}
	}
	return free
}

// cores is how many the cgroups leave of those that there are.
func (f *files) cores(groups []group, there float64) float64 {
	for _, g := range groups {
		if quota, period, ok := g.cpuMax(); ok {
			there = min(there, quota/period)
		}
	}
	return there
}

func (f *files) path(name string) string { return filepath.Join(f.root, name) }
