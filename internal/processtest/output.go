package processtest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Kept lists the PIDs of the processes in a batch, in order.
func Kept(md pmetric.Metrics) []int64 {
	return pids(md, func(Sample) bool { return true })
}

// KeptOn is Kept of one host.
func KeptOn(host string, md pmetric.Metrics) []int64 {
	return pids(md, func(s Sample) bool { return s.Host == host })
}

func pids(md pmetric.Metrics, of func(Sample) bool) []int64 {
	list := []int64{}
	for _, s := range AllSamples(md) {
		if of(s) && s.PID != 0 && !s.Flagged && !slices.Contains(list, s.PID) {
			list = append(list, s.PID)
		}
	}
	return list
}

// Rest returns the values of _other_ by metric.
func Rest(md pmetric.Metrics) map[string]float64 {
	values := map[string]float64{}
	for _, s := range AllSamples(md) {
		if s.IsOther() {
			values[s.Metric] = s.Value
		}
	}
	return values
}

// Ended counts the last points of a process by metric; PID 0 is _other_.
func Ended(md pmetric.Metrics, pid int64) map[string]int {
	counts := map[string]int{}
	for _, s := range AllSamples(md) {
		if s.Flagged && s.PID == pid && s.Group == "" {
			counts[s.Metric]++
		}
	}
	return counts
}

// CounterOf returns the CPU time of a process of a story, in seconds, and the
// start of its series, in nanoseconds.
func CounterOf(md pmetric.Metrics, pid int64) (v float64, start int64) {
	for _, s := range AllSamples(md) {
		if s.PID == pid && s.Monotonic && !s.Flagged {
			v, start = s.Value, s.Start
		}
	}
	return v, start
}

// Shuffle returns a batch with the resources in another order.
func Shuffle(md pmetric.Metrics, seed uint64) pmetric.Metrics {
	out := pmetric.NewMetrics()
	for _, i := range rand.New(rand.NewPCG(seed, 1)).Perm(md.ResourceMetrics().Len()) {
		md.ResourceMetrics().At(i).CopyTo(out.ResourceMetrics().AppendEmpty())
	}
	return out
}

// Sorted lists the samples of a batch as lines, in an order that does not
// depend on that of the batch.
func Sorted(md pmetric.Metrics) (all []string) {
	for _, s := range AllSamples(md) {
		all = append(all, fmt.Sprintf("%+v", s))
	}
	slices.Sort(all)
	return all
}
