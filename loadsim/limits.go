package loadsim

import (
	"errors"
	"fmt"
	"time"
)

// Limits is what a run may not exceed. All of them are needed: a zero one is
// refused.
type Limits struct {
	// Processes is how many may live at once.
	Processes int `json:"processes"`
	// Memory is in bytes, all processes together.
	Memory int64 `json:"memory_bytes"`
	// CPU is in cores, all processes together.
	CPU float64 `json:"cpu_cores"`
	// Duration is by the wall clock.
	Duration time.Duration `json:"duration_nanoseconds"`
	// Births is how many a second may be asked for, so that what a stall held
	// up does not come all at once.
	Births int `json:"births_per_second"`
}

// DefaultLimits is what holds if nobody says otherwise, on a machine with this
// room.
func DefaultLimits(room Room) Limits {
	return Limits{
		Processes: min(5000, room.Processes),
		Memory:    min(4<<30, room.Memory),
		CPU:       room.CPU,
		Duration:  time.Hour,
		Births:    1000,
	}
}

// Room is what a machine can give.
type Room struct {
	// Processes is how many more may be born, with a fifth of all PIDs left free.
	Processes int
	// Memory is in bytes.
	Memory int64
	// CPU is in cores.
	CPU float64
}

// Within reports every limit that is missing, or beyond what the machine can give.
func (l Limits) Within(room Room) error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(room.Processes >= 1,
		"limit of processes: there is no room for any, for a fifth of the PIDs, and of what a user may have, stays free; end some, or raise ulimit -u")
	check(room.Processes < 1 || (l.Processes >= 1 && l.Processes <= room.Processes),
		"limit of processes: %d; this machine has room for 1 to %d, with a fifth of its PIDs left free", l.Processes, room.Processes)
	check(l.Memory >= 1 && l.Memory <= room.Memory,
		"limit of memory: %s; this machine can give up to %s", Size(l.Memory), Size(room.Memory))
	check(l.CPU > 0 && l.CPU <= room.CPU,
		"limit of CPU: %.4g cores; this machine has %.4g", l.CPU, room.CPU)
	check(l.Duration > 0, "limit of the duration: %s; give one above 0", l.Duration)
	check(l.Births >= 1, "limit of births: %d a second; give at least 1", l.Births)
	return errors.Join(errs...)
}

// AtMost lowers the limits to what a machine can give.
func (l Limits) AtMost(room Room) Limits {
	l.Processes = min(l.Processes, room.Processes)
	l.Memory = min(l.Memory, room.Memory)
	l.CPU = min(l.CPU, room.CPU)
	return l
}

// FitCPU returns the plan with less CPU for every process, in the same
// proportion, if all together ask for more than is allowed.
func (l Limits) FitCPU(p Plan) Plan {
	if cpu := p.figures(l.births(p)).CPU; cpu > l.CPU {
		return p.Scale(l.CPU / cpu)
	}
	return p
}

// births is how many processes a plan can have in all, so that a longer one
// need not be gone through to its end.
func (l Limits) births(p Plan) int {
	const plenty = 1e12 // nobody waits for so many
	later := float64(l.Births) * min(p.Duration, l.Duration).Seconds()
	return l.Processes + int(min(later, plenty))
}

// rounding is how many births a plan may have beyond its limit: who plans by a
// rate gives every pattern the part of a birth that is left at the end. The run
// itself asks for no more a second than is allowed.
const rounding = 16

// Check reports everything in which a plan asks for more than is allowed. Of
// one that has more births than there can be it says what the first of them do.
func (l Limits) Check(p Plan) error {
	most := l.births(p)
	f := p.figures(most)
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(p.Duration > 0, "duration: %s; a run takes more than 0", p.Duration)
	check(p.Duration <= l.Duration, "duration: %s; the limit is %s", p.Duration, l.Duration)
	check(f.Processes <= most, "births: the plan has more than %d in all; at most %d at once and %d a second are allowed", most, l.Processes, l.Births)
	check(f.Processes > 0, "processes: the plan has none in %s; ask for at least one, or for longer", p.Duration)
	check(f.Peak <= l.Processes, "processes: the plan has %d at once; the limit is %d", f.Peak, l.Processes)
	check(f.Memory <= l.Memory, "memory: the plan takes %s; the limit is %s", Size(f.Memory), Size(l.Memory))
	check(f.CPU <= l.CPU+1e-9, "CPU: the plan asks for %.4g cores at once; the limit is %.4g", f.CPU, l.CPU)
	later, allowed := f.BirthRate*p.Duration.Seconds(), float64(l.Births)*p.Duration.Seconds()
	check(p.Duration <= 0 || later <= allowed+rounding, "births: the plan has %.0f after the first moment; at %d a second %.0f are allowed in %s", later, l.Births, allowed, p.Duration)
	if len(errs) > 0 {
		return fmt.Errorf("the plan does not fit its limits; ask for less, or raise them as far as this machine goes:\n%w", errors.Join(errs...))
	}
	return nil
}
