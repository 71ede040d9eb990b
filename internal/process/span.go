package process

// Span is the time of a scrape: from the smallest to the greatest timestamp of
// its processes. Timestamps that are far from those of most others do not
// count, so that none of a few takes a host out of time.
//
// Which are most is found as frequent items are (J. Misra, D. Gries, "Finding
// repeated elements", 1982): there is room for a few clusters, and one for
// which there is none takes a timestamp from each of the others.
type Span struct {
	clusters [4]cluster
}

// cluster is timestamps that may be those of one scrape.
type cluster struct {
	first, last int64
	n           int
}

// together is how far from each other the timestamps of one scrape may be.
const together = int64(3600e9)

// Add takes a timestamp into account. One that is not positive says nothing.
func (s *Span) Add(at int64) {
	if at <= 0 {
		return
	}
	free := -1
	for i := range s.clusters {
		c := &s.clusters[i]
		switch {
		case c.n == 0:
			free = i
		case at-c.first <= together && c.last-at <= together:
			c.first, c.last = min(c.first, at), max(c.last, at)
			c.n++
			return
		}
	}
	if free >= 0 {
		s.clusters[free] = cluster{at, at, 1}
		return
	}
	for i := range s.clusters {
		s.clusters[i].n--
	}
}

// most returns the largest cluster, of equal ones the latest.
func (s *Span) most() cluster {
	most := s.clusters[0]
	for _, c := range s.clusters[1:] {
		if c.n > most.n || (c.n == most.n && c.last > most.last) {
			most = c
		}
	}
	return most
}

// First is the smallest timestamp, 0 before there is one.
func (s *Span) First() int64 { return s.most().first }

// Last is the greatest timestamp, 0 before there is one.
func (s *Span) Last() int64 { return s.most().last }
