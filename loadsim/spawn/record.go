package spawn

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// record is struct event of child/child.h.
type record struct {
	Kind   int32
	ID     uint32
	PID    int32
	Teller int32
	At     int64 // ns since 1970
	User   int64 // µs
	System int64 // µs
	Peak   int64 // KiB
	Status int32
	Errno  int32
	Stage  int32
	Unused int32
}

const recordSize = 64

// Kinds of records.
const (
	recordCloned = iota
	recordRuns
	recordExited
	recordFailed
	recordPeak
)

// Stages at which a birth fails.
const (
	stageReading = iota
	stageCloning
	stageExecuting
)

// noMemory is the exit status of a process that could not reserve its memory.
const noMemory = 100

func decode(b []byte) record {
	var r record
	if _, err := binary.Decode(b, binary.NativeEndian, &r); err != nil {
		panic(err) // b is shorter than recordSize
	}
	return r
}

func (r record) at() time.Time { return time.Unix(0, r.At) }

// used is what the kernel accounted, waited-for children included.
func (r record) used() loadsim.Usage {
	return loadsim.Usage{
		User:       time.Duration(r.User) * time.Microsecond,
		System:     time.Duration(r.System) * time.Microsecond,
		PeakMemory: r.Peak << 10,
	}
}

// failure says why the process could not be born and what would help.
func (r record) failure() error {
	no := syscall.Errno(r.Errno)
	switch r.Stage {
	case stageCloning:
		return fmt.Errorf("the kernel makes no further process: %w; %s", no, cloneAdvice(no))
	case stageExecuting:
		return fmt.Errorf("its program could not be executed: %w", no)
	default:
		return fmt.Errorf("the child program did not understand what it was asked for: %w; build both anew with make build", no)
	}
}

func cloneAdvice(no syscall.Errno) string {
	if no == syscall.EAGAIN {
		return "a limit on processes is reached (ulimit -u, pids.max of a cgroup, kernel.pid_max or kernel.threads-max): ask for fewer or raise it"
	}
	return "the machine has no memory for it: ask for fewer processes or less memory"
}
