package adaptivefilter

// stay is the share of a threshold below which a process leaves that had
// reached it.
const stay = 0.8

// thresholds is what one level asks of a process: of each metric the value that
// is enough, never if the level does not look at it.
type thresholds struct {
	least []float64
	scale []float64 // what a value's weight is measured in
}

// verdict is what thresholds say about a process.
type verdict struct {
	reached uint8   // bit per metric: it reached the threshold, or stays above what it leaves below
	metric  int     // the one that it exceeds most
	ratio   float64 // of its value to the threshold there
	stays   bool    // it is below the threshold there
}

// judge compares a process's values with the thresholds. Held has a bit for
// each metric by which it was kept before.
func (t *thresholds) judge(values []float64, held uint8) verdict {
	best := verdict{ratio: -1}
	reached := uint8(0)
	for m, v := range values {
		least, bit := t.least[m], uint8(1)<<m
		enough := v >= least
		if !enough && !(held&bit != 0 && v >= stay*least) {
			continue
		}
		reached |= bit
		if ratio := v / t.scale[m]; ratio > best.ratio {
			best = verdict{metric: m, ratio: ratio, stays: !enough}
		}
	}
	best.reached = reached
	return best
}
