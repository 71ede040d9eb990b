package adaptivefilter

import "math"

// cpuReading is what all cores of a host spent their time on, as it was read in
// one scrape.
type cpuReading struct {
	kind        readingKind
	busy, total float64 // seconds, or cores
	// series is how many values these are the sums of. Another number of them
	// is not to be compared: a core was switched on or off.
	series int
	// own is how many seconds of CPU time this collector has used since it
	// began, 0 if it is on another host; at is when that was, in seconds.
	own, at float64
}

// readingKind says what the numbers of a reading are.
type readingKind int

const (
	sinceBoot readingKind = iota // seconds since the host began
	interval                     // seconds since the reading before
	cores                        // of late, on average
)

// busyness finds the load of a host's CPU: the share that is in use of what
// this collector does not use itself.
type busyness struct {
	last  cpuReading
	begun bool
}

// load returns the load since the reading before, 0 to 1; missing if there is
// none to compare with, or the two do not go together.
func (b *busyness) load(r cpuReading) float64 {
	last, begun := b.last, b.begun
	b.last, b.begun = r, true
	own := 0.0
	if begun {
		own = max(r.own-last.own, 0)
	}
	switch {
	case r.kind == interval:
		return share(r.busy, r.total, own)
	case r.kind == cores && r.at > last.at:
		return share(r.busy, r.total, own/(r.at-last.at))
	case r.kind == cores:
		return share(r.busy, r.total, 0)
	case !begun || last.kind != sinceBoot || last.series != r.series || r.busy < last.busy:
		return missing
	}
	return share(r.busy-last.busy, r.total-last.total, own)
}

// share returns which share of what is left is busy.
func share(busy, total, own float64) float64 {
	left := total - own
	if !(left > 0 && left <= math.MaxFloat64) {
		return missing
	}
	return unit((busy - own) / left)
}
