package spawn

import (
	"errors"
	"fmt"
)

// Settings bound what a Spawner may make. A process beyond a limit is not made,
// nor is any of its descendants: each gets a Failed event.
type Settings struct {
	// Dir is where the run's folder is made; empty is the system's temporary
	// folder. Programs must be allowed to run from there.
	Dir string
	// MaxProcesses is how many there may be at a time, descendants that are
	// yet to be born included. It must be given.
	MaxProcesses int
	// MaxMemory is how many bytes they may hold together by what their loads
	// ask for at most; 0 is no limit.
	MaxMemory int64
	// UserProcesses is RLIMIT_NPROC for the processes of the run: how many
	// the whole user may have when another is born. 0 leaves it as it is. The
	// kernel exempts root.
	UserProcesses int
}

func (s Settings) validate() error {
	var errs []error
	if s.MaxProcesses < 1 {
		errs = append(errs, fmt.Errorf("MaxProcesses: must be at least 1, got %d", s.MaxProcesses))
	}
	if s.MaxMemory < 0 {
		errs = append(errs, fmt.Errorf("MaxMemory: must be 0 (no limit) or a number of bytes, got %d", s.MaxMemory))
	}
	if s.UserProcesses < 0 {
		errs = append(errs, fmt.Errorf("UserProcesses: must be 0 (as it is) or a number of processes, got %d", s.UserProcesses))
	}
	return errors.Join(errs...)
}
