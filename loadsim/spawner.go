package loadsim

import (
	"context"
	"time"
)

// Spawner makes processes and says what became of them. One goroutine calls
// its methods; another may receive from Events.
type Spawner interface {
	// Spawn asks for a process. That it was born, or could not be, is told by
	// an event, for each of its descendants too: an error here says that there
	// can be no such process on any machine, or that the spawner itself cannot
	// go on.
	Spawn(ctx context.Context, p Process) error
	// Stop asks the process with this ID, if it still lives, to end.
	Stop(id uint32) error
	// Events is closed when the last process is gone after Close.
	Events() <-chan Event
	// Close ends every process, waits for all of them and removes what the
	// spawner put on disk. It may be called twice.
	Close() error
}

// EventKind says what happened to a process.
type EventKind uint8

const (
	// Born says that the process runs under its own name.
	Born EventKind = iota
	// Exited says that it has ended and been waited for.
	Exited
	// Failed says that it could not be born; Err says why.
	Failed
)

// Event is something that happened to one process.
type Event struct {
	Kind EventKind
	ID   uint32
	PID  int
	// Parent is the PID of its parent, of a detached process of who adopted
	// it; of Born only.
	Parent int
	// At is when it happened by the wall clock: of Born, just after the
	// kernel made it, of Exited, when it was waited for.
	At time.Time
	// Used is what the kernel accounted to it; of Exited only.
	Used Usage
	// Status is the exit status, or minus the signal that ended it.
	Status int
	// Err is why a process Failed. Of Exited it says what was not as asked
	// for: the memory could not be had, or what it used is unknown.
	Err error
}

// Usage is what a process used in its life by the kernel's accounting, its
// waited-for children not included.
type Usage struct {
	User, System time.Duration
	// PeakMemory is the largest resident size in bytes (VmHWM); 0 if it could not be read.
	PeakMemory int64
}
