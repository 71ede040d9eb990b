package grade

import "time"

// Report is the grade.
type Report struct {
	Profile  string    `json:"profile"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Scrapes  int       `json:"scrapes"`
	Interval float64   `json:"interval_seconds"`
	// Processes are those of the load that lived between the two.
	Processes Seen `json:"processes"`
	// ShortLived are those of them that lived for less than the interval.
	ShortLived Seen `json:"short_lived"`
	CPU        CPU  `json:"cpu"`
	// Critical has an entry for each name of a critical process.
	Critical []Critical `json:"critical"`
	Series   Series     `json:"series"`
	// Names are the largest by CPU.
	Names []Name `json:"names"`
	// Notes say what the numbers do not show.
	Notes []string `json:"notes"`
}

// Seen is how many processes there were and how many had a sample.
type Seen struct {
	Alive  int `json:"alive"`
	Seen   int `json:"seen"`
	Missed int `json:"missed"`
	// CPU is what they used between the first scrape and the last, in seconds,
	// and CPUMissed what of it those used that were not seen.
	CPU       float64 `json:"cpu_seconds"`
	CPUMissed float64 `json:"cpu_missed_seconds"`
}

// CPU is in seconds.
type CPU struct {
	// Total is what the load really used, Used what of it lies between the
	// first scrape and the last.
	Total float64 `json:"total_seconds"`
	Used  float64 `json:"used_seconds"`
	// Named is what was attributed to processes under their own names, Missed
	// what of Used was not.
	Named  float64 `json:"named_seconds"`
	Missed float64 `json:"missed_seconds"`
	// Share is Named of Used; absent if nothing was used.
	Share *float64 `json:"named_share,omitempty"`
	// Other is by how much those without a PID grew: _other_, which holds the
	// rest of the whole host and not of the load alone.
	Other float64 `json:"other_seconds"`
	// Excess was attributed beyond what the processes ever used.
	Excess float64 `json:"excess_seconds"`
}

// Critical is how well processes were kept that must not be lost.
type Critical struct {
	Name      string `json:"name"`
	Processes int    `json:"processes"`
	// Expected is one for each process and each scrape at which it lived,
	// Present how often it was there.
	Expected int `json:"expected"`
	Present  int `json:"present"`
}

// Series is data points about processes per scrape, of the whole host.
type Series struct {
	Out float64 `json:"out"`
	// In and Reduction are absent without a baseline.
	In        *float64 `json:"in,omitempty"`
	Reduction *float64 `json:"reduction,omitempty"`
}

// Name is the CPU of all processes of one name, in seconds.
type Name struct {
	Name  string  `json:"name"`
	Used  float64 `json:"used_seconds"`
	Named float64 `json:"named_seconds"`
}

// CriticalShare is how much of what was expected was present; ok is false if
// nothing was.
func (r *Report) CriticalShare() (share float64, ok bool) {
	expected, present := 0, 0
	for _, c := range r.Critical {
		expected, present = expected+c.Expected, present+c.Present
	}
	if expected == 0 {
		return 0, false
	}
	return float64(present) / float64(expected), true
}
