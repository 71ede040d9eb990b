package scrapes

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Consumer counts as a backend does that is given the output of a pipeline: of
// every series of a counter it keeps the last sample, and the growth is the
// difference from it.
type Consumer struct {
	last  map[string]Amount
	total map[string]Amount
	pids  map[int64]bool
}

// NewConsumer returns a consumer that was given nothing yet.
func NewConsumer() *Consumer {
	return &Consumer{last: map[string]Amount{}, total: map[string]Amount{}}
}

// Take counts one batch.
func (c *Consumer) Take(md pmetric.Metrics) {
	c.pids = map[int64]bool{}
	for _, s := range Series[counters:] {
		c.total[s] = Amount{}
	}
	for _, rm := range md.ResourceMetrics().All() {
		labels := text(rm.Resource().Attributes())
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Type() == pmetric.MetricTypeSum && c.takeSum(m, labels) {
					c.note(rm.Resource().Attributes())
				}
			}
		}
	}
}

// takeSum counts the points of one metric; false if none has a value.
func (c *Consumer) takeSum(m pmetric.Metric, labels string) (valued bool) {
	for _, dp := range m.Sum().DataPoints().All() {
		if dp.Flags().NoRecordedValue() {
			continue
		}
		valued = true
		name := m.Name()
		for _, v := range dp.Attributes().All() {
			name += " " + v.AsString()
		}
		v := amount(dp)
		if m.Sum().IsMonotonic() {
			last, known := c.last[labels+name]
			if c.last[labels+name] = v; !known {
				continue
			}
			if v.Int >= last.Int && v.Float >= last.Float {
				v = v.minus(last)
			}
		}
		c.total[name] = c.total[name].plus(v)
	}
	return valued
}

func (c *Consumer) note(attrs pcommon.Map) {
	if pid, ok := attrs.Get("process.pid"); ok {
		c.pids[pid.Int()] = true
	}
}

func amount(dp pmetric.NumberDataPoint) Amount {
	if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return Amount{Int: dp.IntValue()}
	}
	return Amount{Float: dp.DoubleValue()}
}

func text(attrs pcommon.Map) string {
	parts := make([]string, 0, attrs.Len())
	for k, v := range attrs.All() {
		parts = append(parts, k+"="+v.AsString())
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x00") + "\x00"
}

// Check compares the totals with the truth: integers are to be equal, doubles
// to a part in 10⁹. It is an error if they are not.
func (c *Consumer) Check(truth map[string]Amount) error {
	for _, s := range Series {
		got, want := c.total[s], truth[s]
		if got.Int != want.Int || math.Abs(got.Float-want.Float) > 1e-9*math.Max(1, want.Float) {
			return fmt.Errorf("total of %s is %v, the host used %v: the output lost or invented something", s, got, want)
		}
	}
	return nil
}

// CheckKept compares the processes with a value of their own in the latest
// batch with those that should be there.
func (c *Consumer) CheckKept(want map[int64]bool) error {
	for pid := range want {
		if !c.pids[pid] {
			return fmt.Errorf("process %d is not in the output, with %d others of %d to be kept", pid, len(c.pids), len(want))
		}
	}
	if len(c.pids) != len(want) {
		return fmt.Errorf("%d processes are in the output, want %d", len(c.pids), len(want))
	}
	return nil
}
