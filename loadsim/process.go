package loadsim

import "time"

// Process is one process to make. It is plain data: the same plan always makes
// the same ones.
type Process struct {
	// ID is the process's number in its plan, from 1: what its truth is filed under.
	ID uint32
	// Path is where its executable lies below the run's own folder, such as
	// usr/sbin/nginx. The kernel shows its last element, cut to 15 bytes, as
	// comm, which the process scraper calls process.executable.name.
	Path string
	// Args is its command line, with argv[0].
	Args []string
	// Lifetime is how long it lives; 0 is until the run ends.
	Lifetime time.Duration
	// Load is what it does. Empty: it sleeps.
	Load Load
	// Critical marks it in the truth as one that must not be lost.
	Critical bool
	// Children are born by the process itself, as soon as it runs. They end
	// with their lifetime, or with the run, whether their parent still lives or not.
	Children []Process
	// Session makes it the leader of a session of its own, as a daemon does.
	Session bool
	// Detach lets the process that was to be its parent end first (a double
	// fork), so that it is adopted.
	Detach bool
}

// Load is a sequence of steps that is repeated until the process ends.
type Load []Step

// Step is what a process does for a while.
type Step struct {
	// For is how long. A load of one step may leave it 0: for ever.
	For time.Duration
	// CPU is the share of a core to use, 0 to 1.
	CPU float64
	// Memory is how many bytes to hold resident beside what the process needs itself.
	Memory int64
}
