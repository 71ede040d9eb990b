package simulation

// Result is what a pipeline made of a recording.
type Result struct {
	Scrapes []Scrape `json:"scrapes"`
	// Processes, Series and Points are summed over all scrapes.
	Processes Flow `json:"processes"`
	Series    Flow `json:"series"`
	Points    Flow `json:"points"`
	// Distinct are the series that a backend has seen in the end.
	Distinct Flow `json:"distinct"`
	// SavedShare is the share of the series of all scrapes that is not sent, from
	// 0 to 1.
	SavedShare float64 `json:"savedShare"`
	// Dropped are the processes that were in no scrape under their own name, by
	// the CPU time that they used, the greatest first.
	Dropped []Dropped `json:"dropped"`
}

// Scrape is one scrape on both sides of the pipeline.
type Scrape struct {
	Processes Flow `json:"processes"`
	// Series are those with a value; Points are all data points, the last ones
	// of series that end among them.
	Series Flow `json:"series"`
	Points Flow `json:"points"`
}

// Flow is how much goes in and comes out.
type Flow struct {
	In  int `json:"in"`
	Out int `json:"out"`
}

// PerScrape is a sum over all scrapes for one of them, rounded.
func (r Result) PerScrape(sum Flow) Flow {
	n := max(1, len(r.Scrapes))
	return Flow{(sum.In + n/2) / n, (sum.Out + n/2) / n}
}

// Dropped is a process that would not be sent under its own name.
type Dropped struct {
	Name string `json:"name"`
	PID  int64  `json:"pid"`
	// Scrapes is in how many scrapes it ran.
	Scrapes int `json:"scrapes"`
	// CPU is the seconds of CPU time that it used between the first and the last.
	CPU float64 `json:"cpu"`
	// Reason is below_rank, max_series, threshold, grouped or filtered, or
	// another of the processor's own rules.
	Reason string `json:"reason"`
}

func (f *Flow) add(g Flow) { f.In, f.Out = f.In+g.In, f.Out+g.Out }
