package adaptivefilter

import (
	"math"
	"slices"
)

// Level is what a process must use to be kept from a load on. One value that
// reaches its threshold is enough.
type Level struct {
	// Load is where the level begins, from 0 to 1; that of the first is 0.
	Load float64 `mapstructure:"load"`
	// CPUCores is CPU use, user and system, in cores. Left out, as any of the
	// three may be: CPU is not looked at. 0: whatever has the metric is kept.
	CPUCores *float64 `mapstructure:"cpu_cores"`
	// MemoryMiB is resident memory.
	MemoryMiB *float64 `mapstructure:"memory_mib"`
	// DiskIOMiB is what is read and written, in MiB a second.
	DiskIOMiB *float64 `mapstructure:"disk_io_mib"`
	// MinPriority is the least priority that is kept. Empty: any.
	MinPriority string `mapstructure:"min_priority"`
}

// Levels are in ascending order of their loads.
type Levels []Level

// gauge is one of the values that levels have thresholds of.
type gauge struct {
	key, metric string
	unit        float64 // of the key, in that of the metric
	of          func(Level) *float64
}

const mebibyte = 1 << 20

var gauges = []gauge{
	{"cpu_cores", "cpu", 1, func(l Level) *float64 { return l.CPUCores }},
	{"memory_mib", "memory", mebibyte, func(l Level) *float64 { return l.MemoryMiB }},
	{"disk_io_mib", "disk_io", mebibyte, func(l Level) *float64 { return l.DiskIOMiB }},
}

// least is the threshold of a value; infinite if the level does not look at it.
func (g gauge) least(l Level) float64 {
	if v := g.of(l); v != nil {
		return *v
	}
	return math.Inf(1)
}

// used lists the values that any of the levels has a threshold of.
func (l Levels) used() (list []gauge) {
	for _, g := range gauges {
		if slices.ContainsFunc(l, func(level Level) bool { return g.of(level) != nil }) {
			list = append(list, g)
		}
	}
	return list
}

// thresholds returns those of every level, by number of the used values. A
// threshold of 0 weighs values like the next one that is not.
func (l Levels) thresholds() []thresholds {
	used := l.used()
	all := make([]thresholds, len(l))
	for i, level := range l {
		for _, g := range used {
			scale := 1.0
			for _, next := range slices.Backward(l[i:]) {
				if v := g.of(next); v != nil && *v > 0 {
					scale = *v
				}
			}
			all[i].least = append(all[i].least, g.least(level)*g.unit)
			all[i].scale = append(all[i].scale, scale*g.unit)
		}
	}
	return all
}

// loads returns where each level begins.
func (l Levels) loads() []float64 {
	loads := make([]float64, len(l))
	for i, level := range l {
		loads[i] = level.Load
	}
	return loads
}
