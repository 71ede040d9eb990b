package adaptivefilter

import "github.com/phoenix-platform/phoenix/internal/thinning"

// reason says why a process is not kept.
type reason uint8

const (
	reasonNone reason = iota
	reasonThreshold
	reasonPriority
	reasonMaxSeries
	reasonUntracked // there was no room to remember it
	reasons
)

var reasonNames = [reasons]string{
	reasonThreshold: "threshold", reasonPriority: "priority",
	reasonMaxSeries: "max_series", reasonUntracked: "state_limit",
}

// scrape is what was found about the processes of the scrape under way.
type scrape struct {
	reached []uint8  // by entry: the thresholds that it reaches
	why     []reason // by entry: why it is not kept
	claimed []int    // entries with a claim
	dropped [reasons]int
}

// open makes room for a number of entries.
func (s *scrape) open(entries int) {
	if cap(s.why) < entries {
		s.why, s.reached = make([]reason, entries+entries/16), make([]uint8, entries+entries/16)
	}
	s.why, s.reached = s.why[:entries], s.reached[:entries]
	clear(s.why)
	clear(s.reached)
	s.claimed, s.dropped = s.claimed[:0], [reasons]int{}
}

// claim notes a claim. Until there is known to be room there is none.
func (s *scrape) claim(entry int, reached uint8) {
	s.reached[entry] = reached
	s.claimed = append(s.claimed, entry)
	s.drop(entry, reasonMaxSeries)
}

func (s *scrape) drop(entry int, why reason) {
	s.why[entry] = why
	s.dropped[why]++
}

// settle takes those back that are kept, critical ones among them.
func (s *scrape) settle(kept []thinning.Choice) {
	for _, k := range kept {
		s.dropped[s.why[k.Entry]]--
		s.why[k.Entry] = reasonNone
	}
}
