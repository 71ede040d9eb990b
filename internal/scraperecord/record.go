// Package scraperecord is what a seriesmeter says about one scrape, and its
// form as OTLP gauges named phoenix.scrape.*.
package scraperecord

// Roles of a meter in its pipeline.
const (
	RoleInput  = "input"
	RoleOutput = "output"
)

// States of a critical entry.
const (
	StateKept       = "kept"        // all its running processes are in the output
	StateDropped    = "dropped"     // at least one is not
	StateNotRunning = "not_running" // it has none, and had some before
	StateNeverSeen  = "never_seen"  // it never had one
)

// Record is one scrape of one host as one meter saw it.
type Record struct {
	Variant string `json:"variant"`
	Role    string `json:"role"`
	Host    string `json:"host"` // host.id, else host.name, else empty
	Time    int64  `json:"time"` // nanoseconds since the epoch, of the scrape

	Processes int `json:"processes"`
	Series    int `json:"series"` // data points of processes that are no last points
	// Unreadable is how many processes came without process.disk.io, which
	// takes more rights to read than the rest.
	Unreadable int `json:"unreadable"`
	// Active is how many series an exporter makes of them.
	Active int `json:"active_series"`
	// Distinct is how many there were in the window, Window seconds long.
	Distinct int     `json:"distinct_series"`
	Window   float64 `json:"window_seconds"`
	// Bytes is the estimated size of the processes as OTLP protobuf.
	Bytes int `json:"bytes"`

	// Compared is nil without an input meter of the same variant.
	Compared *Comparison `json:"compared,omitempty"`
	// Critical is the state of each critical entry; at the output it needs an
	// input meter.
	Critical []Critical `json:"critical,omitempty"`
}

// Critical is the state of one critical entry.
type Critical struct {
	Name      string `json:"name"`
	State     string `json:"state"`
	Processes int    `json:"processes"` // that run
}

// Comparison is what an output record says against the input's of the same
// scrape.
type Comparison struct {
	InputProcesses int `json:"input_processes"`
	InputSeries    int `json:"input_series"`
	// Unreadable is the input's.
	Unreadable int `json:"unreadable"`
	// Reduction is the share of series that is saved.
	Reduction float64 `json:"reduction"`
	// NamedCPU, NamedMemory and NamedIO are the shares of what all processes
	// used that is still under a process's own name; negative if unknown, as
	// when nothing was used.
	NamedCPU    float64 `json:"named_cpu"`
	NamedMemory float64 `json:"named_memory"`
	NamedIO     float64 `json:"named_io"`
	// Lost is the process with the most CPU that is not in the output.
	Lost Lost `json:"lost"`
	// IntegerError is the largest difference between what the input's
	// processes used and what a backend counts for the output, over the integer
	// series, since they were first compared; DoubleError the largest relative one over
	// the others. What _other_ shows one scrape later is not counted. Both are
	// -1 if unknown, as with more series than a meter remembers.
	IntegerError float64 `json:"integer_error"`
	DoubleError  float64 `json:"double_error"`
	// Nanoseconds from the input meter to the output meter.
	Nanoseconds int64 `json:"nanoseconds"`
}

// Lost names a process that is not in the output.
type Lost struct {
	Name string  `json:"name"`
	PID  int64   `json:"pid"`
	CPU  float64 `json:"cpu_cores"`
}
