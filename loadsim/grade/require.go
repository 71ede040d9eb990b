package grade

import (
	"errors"
	"fmt"
)

// Requirements are shares from 0 to 1 that a report must reach; nil: none.
type Requirements struct {
	// CPU is what must have a name of what was used, Critical how much of the
	// critical processes must be there, Seen how many of all processes, and
	// Reduction by how much fewer series there must be.
	CPU, Critical, Seen, Reduction *float64
}

// Check reports everything that was not reached, or cannot be told.
func (q Requirements) Check(r *Report) error {
	var errs []error
	check := func(what string, least, reached *float64, why string) {
		switch {
		case least == nil:
		case reached == nil:
			errs = append(errs, fmt.Errorf("%s: at least %.4g is required, and it cannot be told: %s", what, *least, why))
		case *reached < *least:
			errs = append(errs, fmt.Errorf("%s: at least %.4g is required, reached %.4g", what, *least, *reached))
		}
	}
	check("CPU by name", q.CPU, r.CPU.Share, "no process whose use is known used any between the scrapes")
	check("critical processes", q.Critical, r.critical(), "none lived at a scrape")
	check("processes seen", q.Seen, r.Processes.share(), "none lived between the scrapes")
	check("reduction of series", q.Reduction, r.Series.Reduction, "give --baseline, and one that has processes")
	return errors.Join(errs...)
}

func (r *Report) critical() *float64 {
	if share, ok := r.CriticalShare(); ok {
		return &share
	}
	return nil
}

func (s Seen) share() *float64 {
	if s.Alive == 0 {
		return nil
	}
	share := float64(s.Seen) / float64(s.Alive)
	return &share
}
