package adaptivefilter

import "math"

// The signals that load is the greatest of, in the order in which they count
// when those before are missing.
const (
	signalCPU = iota
	signalProcesses
	signals
)

var signalNames = [signals]string{"cpu", "processes"}

// missing stands for the value of a signal that a scrape does not have.
var missing = math.NaN()

// patience is for how many scrapes a missing signal holds the level before the
// load is that of the other signals.
const patience = 3

// load is what is known of one host's load.
type load struct {
	asked  [signals]bool    // the signals that are to count
	absent [signals]int     // by signal: for how many scrapes it has been missing
	values [signals]float64 // of the latest scrape, 0 to 1, or missing
}

// status is what a scrape says about the load.
type status int

const (
	known   status = iota
	waiting        // a signal is missing, and may come back
	unknown        // every signal has been missing for too long
)

// take takes the signals of a scrape and returns the load, which is the
// greatest of them.
func (l *load) take(values [signals]float64) (greatest float64, s status) {
	l.values = values
	s, greatest = unknown, -1
	for i, asked := range l.asked {
		switch {
		case !asked:
			l.values[i] = missing
		case math.IsNaN(values[i]):
			if l.absent[i] = min(l.absent[i]+1, patience+1); l.absent[i] <= patience {
				s = waiting
			}
		default:
			l.absent[i] = 0
			greatest = max(greatest, values[i])
		}
	}
	switch {
	case s == waiting:
		return 0, waiting
	case greatest < 0:
		return 0, unknown
	}
	return greatest, known
}

// crowding is the load that a number of processes is: 0 up to low, 1 from high
// on.
func crowding(processes int, r Range) float64 {
	return unit(float64(processes-r.Low) / float64(r.High-r.Low))
}

func unit(v float64) float64 { return min(max(v, 0), 1) }
