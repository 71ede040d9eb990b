package truth

import (
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Kinds of records.
const (
	KindRun     = "run"
	KindBirth   = "birth"
	KindExit    = "exit"
	KindFailure = "failure"
	KindSummary = "summary"
)

// Run is the record of what was to be done.
type Run struct {
	Kind       string         `json:"kind"`
	Profile    string         `json:"profile"`
	Seed       uint64         `json:"seed"`
	Parameters map[string]any `json:"parameters"`
	Limits     loadsim.Limits `json:"limits"`
	Duration   time.Duration  `json:"duration_nanoseconds"`
	// Folder is below which the executables lie.
	Folder string    `json:"folder,omitempty"`
	Start  time.Time `json:"start"`
}

// Process is what the records of one process say of it.
type Process struct {
	ID uint32 `json:"id"`
	// Name is what the kernel calls it: comm.
	Name string `json:"name"`
	// Path is the executable's, below the run's folder.
	Path string   `json:"executable_path"`
	Args []string `json:"command_line"`
	// PID and ParentPID are 0 if it was not made.
	PID       int `json:"pid,omitempty"`
	ParentPID int `json:"parent_pid,omitempty"`
	// Start is when it was born; a failure has none.
	Start *time.Time `json:"start,omitempty"`
	// CPUAsked is the share of a core that its load wants on average.
	CPUAsked float64 `json:"cpu_asked_cores"`
	Critical bool    `json:"critical,omitempty"`
}

// Birth is the record of a process that runs.
type Birth struct {
	Kind string `json:"kind"`
	Process
}

// Exit is the record of a process that has ended.
type Exit struct {
	Kind string `json:"kind"`
	Process
	End time.Time `json:"end"`
	// CPUAskedSeconds is what its load wanted between start and end.
	CPUAskedSeconds float64 `json:"cpu_asked_seconds"`
	// UserSeconds and SystemSeconds are by the kernel's accounting.
	UserSeconds   float64 `json:"cpu_user_seconds"`
	SystemSeconds float64 `json:"cpu_system_seconds"`
	// PeakMemory is in bytes; 0 if it is not known.
	PeakMemory int64 `json:"peak_memory_bytes"`
	// Status is the exit status, or minus the signal that ended it.
	Status int    `json:"status"`
	Error  string `json:"error,omitempty"`
}

// Failure is the record of an attempt that made no process.
type Failure struct {
	Kind string `json:"kind"`
	Process
	At    time.Time `json:"at"`
	Error string    `json:"error"`
}

// Summary is the record of the end.
type Summary struct {
	Kind string    `json:"kind"`
	End  time.Time `json:"end"`
	// Error says why the run could not go on, if it could not.
	Error string `json:"error,omitempty"`
	loadsim.Summary
}
