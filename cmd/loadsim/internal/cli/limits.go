package cli

import (
	"fmt"
	"math"
	"time"

	"github.com/spf13/pflag"

	"github.com/phoenix-platform/phoenix/loadsim"
	"github.com/phoenix-platform/phoenix/loadsim/host"
)

// limitOptions are the limits that were given; those that are 0 are the
// default of this machine.
type limitOptions struct {
	processes, births int
	memoryMiB         int64
	cpu               float64
	duration          time.Duration
}

func (o *limitOptions) define(f *pflag.FlagSet) {
	f.IntVar(&o.processes, "max-processes", 0, "most `PROCESSES` at once (5000, or what leaves a fifth of the PIDs free, if not given)")
	f.Int64Var(&o.memoryMiB, "max-memory", 0, "most memory of all of them, in `MIB` (4096, or four fifths of what is available, if not given)")
	f.Float64Var(&o.cpu, "max-cpu", 0, "most `CORES` asked for at once (those of this machine if not given)")
	f.DurationVar(&o.duration, "max-duration", 0, "longest run (1h if not given)")
	f.IntVar(&o.births, "max-births", 0, "most `BIRTHS` per second (1000 if not given)")
}

// limits fills in what was not given.
func (o limitOptions) limits() (loadsim.Limits, error) {
	room, err := host.Room()
	if err != nil {
		return loadsim.Limits{}, err
	}
	l := loadsim.DefaultLimits(room)
	for _, set := range []struct {
		given bool
		apply func()
	}{
		{o.processes != 0, func() { l.Processes = o.processes }},
		{o.memoryMiB != 0, func() { l.Memory = min(o.memoryMiB, math.MaxInt64>>20) << 20 }},
		{o.cpu != 0, func() { l.CPU = o.cpu }},
		{o.duration != 0, func() { l.Duration = o.duration }},
		{o.births != 0, func() { l.Births = o.births }},
	} {
		if set.given {
			set.apply()
		}
	}
	if err := l.Within(room); err != nil {
		return l, fmt.Errorf("the --max- flags: %w", err)
	}
	return l, nil
}
