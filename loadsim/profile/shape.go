package profile

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

const (
	// parts is how many steps a period is made of.
	parts = 20
	// usualPeriod is that of a kind that gives none.
	usualPeriod = 10 * time.Second
	// usualShare is for which part of a period a spike lasts.
	usualShare = 0.1
)

// load is what one process of a kind does. Processes of one kind begin their
// rounds at different places, so that they are not high at the same time.
func (k *Kind) load(r *rand.Rand) loadsim.Load {
	cpu := k.CPU.values(r)
	memory := k.Memory.values(r)
	if cpu[0] == 0 && memory[0] == 0 && flat(cpu) && flat(memory) {
		return nil
	}
	if flat(cpu) && flat(memory) {
		return loadsim.Load{{CPU: cpu[0], Memory: int64(memory[0])}}
	}
	return steps(cpu, memory, k.period()/parts)
}

// period is how long a round takes.
func (k *Kind) period() time.Duration {
	if k.Period == 0 {
		return usualPeriod
	}
	return time.Duration(k.Period)
}

// steps joins equal neighbours.
func steps(cpu, memory [parts]float64, each time.Duration) (l loadsim.Load) {
	for i := range parts {
		step := loadsim.Step{For: each, CPU: cpu[i], Memory: int64(memory[i])}
		if n := len(l); n > 0 && l[n-1].CPU == step.CPU && l[n-1].Memory == step.Memory {
			l[n-1].For += each
			continue
		}
		l = append(l, step)
	}
	return l
}

func (c CPU) values(r *rand.Rand) [parts]float64 {
	return values(c.Shape, c.Low, c.High, c.Share, r)
}

func (m Memory) values(r *rand.Rand) [parts]float64 {
	return values(m.Shape, float64(m.Low), float64(m.High), m.Share, r)
}

// values is one period of a shape.
func values(shape Shape, low, high, share float64, r *rand.Rand) (v [parts]float64) {
	first := r.IntN(parts)
	for i := range parts {
		switch shape {
		case Spiky:
			v[(first+i)%parts] = spike(i, low, high, share)
		case Growing: // everyone from the beginning of its life
			v[i] = low + (high-low)*float64(i)/(parts-1)
		case Random:
			v[i] = low + (high-low)*r.Float64()
		default:
			v[i] = high
		}
	}
	return v
}

// spike is high in the first parts of a period, in one at least.
func spike(part int, low, high, share float64) float64 {
	if share == 0 {
		share = usualShare
	}
	if part < max(1, int(math.Round(share*parts))) {
		return high
	}
	return low
}

func flat(v [parts]float64) bool {
	for _, x := range v {
		if x != v[0] {
			return false
		}
	}
	return true
}
