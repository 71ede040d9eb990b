package process

// Span is the time of a scrape: from the smallest to the greatest timestamp of
// its processes. Timestamps that are far from those of most others do not
// count, so that no single one takes a host out of time. Which are most is
// found by vote (R. S. Boyer, J S. Moore, "MJRTY: A Fast Majority Vote
// Algorithm", 1981).
type Span struct {
	First, Last int64 // nanoseconds since the epoch; 0 before the first
	votes       int
}

// together is how far from each other the timestamps of one scrape may be.
const together = int64(3600e9)

// Add takes a timestamp into account. One that is not positive says nothing.
func (s *Span) Add(at int64) {
	switch {
	case at <= 0:
	case s.votes == 0:
		s.First, s.Last, s.votes = at, at, 1
	case at > s.First+together || at < s.Last-together:
		s.votes--
	default:
		s.votes++
		s.First, s.Last = min(s.First, at), max(s.Last, at)
	}
}
