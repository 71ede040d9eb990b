package loadsim

import "time"

// Life is what is known of one process that was asked for.
type Life struct {
	Process     *Process
	PID, Parent int
	// Born and Ended are by the wall clock; zero if that has not come to pass.
	Born, Ended time.Time
	// Asked is the CPU time that its load wanted between the two; set at the exit.
	Asked time.Duration
	// Used is by the kernel's accounting; set at the exit.
	Used Usage
	// Status is the exit status, or minus the signal that ended it.
	Status int
	// Err says what it could not do of what its load wants; nil: nothing.
	Err error
}

// Progress is the state of a run that goes on.
type Progress struct {
	Elapsed, Left time.Duration
	// Active is how many live now; the others are counted from the beginning.
	Active, Born, Exited, Failed int
	// BirthRate is births per second since the last progress.
	BirthRate float64
	// CPUAsked is what the loads of the living want on average, CPUAchieved
	// what processes got since the last progress, both in cores.
	CPUAsked, CPUAchieved float64
}

// Observer hears what happens in a run. Its methods are called one at a time,
// and hold the run up: they have to be quick.
type Observer interface {
	Born(Life)
	Exited(Life)
	// Failed is called for every attempt that made no process.
	Failed(Life, error)
	// Progress is called every second.
	Progress(Progress)
}
