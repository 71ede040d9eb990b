package grade

import (
	"time"

	"github.com/phoenix-platform/phoenix/loadsim/truth"
)

const (
	// slack is by how much a sample's time may miss the life that it is about:
	// a scrape lists the processes first and reads them later.
	slack = time.Second
	// startSlack is for starts, which the kernel gives in seconds since a boot
	// whose time is rounded.
	startSlack = 2 * time.Second
)

// lives finds the life that a sample is about.
type lives struct {
	byIdentity map[identity][]*truth.Life // in order of birth
	last       time.Time                  // until which a life goes on that has no exit
}

func newLives(t *truth.Truth, last time.Time) lives {
	if planned := t.Run.Start.Add(t.Run.Duration); t.Run.Duration > 0 && planned.Before(last) {
		last = planned // a run that was cut off did not go on for longer
	}
	l := lives{byIdentity: map[identity][]*truth.Life{}, last: last}
	for _, life := range t.Lives {
		key := identity{life.PID, life.Name}
		l.byIdentity[key] = append(l.byIdentity[key], life)
	}
	return l
}

// find returns nil if the sample is about none of them.
func (l lives) find(s *Sample) *truth.Life {
	var near *truth.Life
	for _, life := range l.byIdentity[s.identity()] {
		born, end := life.Born(), l.end(life)
		if s.started() && (s.Start.Before(born.Add(-startSlack)) || s.Start.After(end.Add(startSlack))) {
			continue // it counts for another process that had the PID
		}
		switch {
		case !s.At.Before(born) && !s.At.After(end):
			return life
		case s.At.After(born.Add(-slack)) && s.At.Before(end.Add(slack)):
			near = life
		}
	}
	return near
}

// end is when a life ended, or when it is no longer looked at.
func (l lives) end(life *truth.Life) time.Time {
	if life.Exit == nil {
		return l.last
	}
	return life.Exit.End
}

// started reports whether it is known since when the CPU counts.
func (s *Sample) started() bool { return !s.Start.IsZero() && s.Start.Before(s.At) }
