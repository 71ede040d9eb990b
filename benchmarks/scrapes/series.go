package scrapes

// Amount is a value of a series: an integer or a double, the other is 0.
type Amount struct {
	Int   int64
	Float float64
}

func (a Amount) minus(b Amount) Amount { return Amount{a.Int - b.Int, a.Float - b.Float} }
func (a Amount) plus(b Amount) Amount  { return Amount{a.Int + b.Int, a.Float + b.Float} }

// kind is a metric of the scraper.
type kind struct {
	name, description, unit string
	counter                 bool // monotonic and cumulative; the others are levels
	float                   bool
	key                     string // the point attribute
	values                  []string
}

// kinds are the scraper's metrics in the order in which it emits them: its
// four default ones, and three that are off by default.
var kinds = []kind{
	{"process.cpu.time", "Total CPU seconds broken down by different states.", "s", true, true, "state", []string{"user", "system", "wait"}},
	{"process.disk.io", "Disk bytes transferred.", "By", true, false, "direction", []string{"read", "write"}},
	{"process.memory.usage", "The amount of physical memory in use.", "By", false, false, "", []string{""}},
	{"process.memory.virtual", "The amount of committed virtual memory.", "By", false, false, "", []string{""}},
	{"process.open_file_descriptors", "Number of file descriptors in use by the process.", "{count}", false, false, "", []string{""}},
	{"process.signals_pending", "Number of pending signals for the process.", "{signals}", false, false, "", []string{""}},
	{"process.threads", "Process threads count.", "{threads}", false, false, "", []string{""}},
}

// Series names the ten series of every process: a metric, and the value of its
// point attribute if it has one.
var Series = [...]string{
	"process.cpu.time user", "process.cpu.time system", "process.cpu.time wait",
	"process.disk.io read", "process.disk.io write",
	"process.memory.usage", "process.memory.virtual",
	"process.open_file_descriptors", "process.signals_pending", "process.threads",
}

// counters is how many of Series are counters: they come first.
const counters = 5

// PointsPerProcess is how many data points every process has.
const PointsPerProcess = len(Series)
