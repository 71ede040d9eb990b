package main

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/benchmarks/scrapes"
	"github.com/phoenix-platform/phoenix/benchmarks/work"
)

// thinning is topk's work.
type thinning struct{ *work.Topk }

func newThinning() (thinning, error) {
	t, err := work.NewTopk()
	return thinning{t}, err
}

func (t thinning) work(md pmetric.Metrics) (time.Duration, error) {
	took, err := timed("topk", func() error { return t.Run(md) })
	if err == nil {
		t.Count()
	}
	return took, err
}

func (t thinning) check(h *scrapes.Host) error { return t.Check(h) }
func (t thinning) close() error                { return t.Close() }

// metering is the work of both meters.
type metering struct{ *work.Meters }

func newMetering() (metering, error) {
	m, err := work.NewMeters()
	return metering{m}, err
}

func (m metering) work(md pmetric.Metrics) (time.Duration, error) {
	input, err := timed("input meter", func() error { return m.RunInput(md) })
	if err != nil {
		return 0, err
	}
	if err := m.Thin(); err != nil {
		return 0, err
	}
	output, err := timed("output meter", m.RunOutput)
	return input + output, err
}

func (m metering) check(h *scrapes.Host) error { return m.Check(h) }
func (m metering) close() error                { return m.Close() }

// walking is a bare walk: every point is read, nothing is done.
type walking struct{ walked scrapes.Walked }

func (w *walking) work(md pmetric.Metrics) (time.Duration, error) {
	return timed("walk", func() error {
		w.walked = scrapes.Walk(md)
		return nil
	})
}

func (w *walking) check(h *scrapes.Host) error {
	if w.walked.Points != h.Points() {
		return fmt.Errorf("walk: read %d points of %d", w.walked.Points, h.Points())
	}
	return nil
}

func (*walking) close() error { return nil }

// copies is how often copying copies in one go: what allocates is to pay for
// the collections that it causes, which the other subjects here hardly do.
const copies = 5

// copying is what a fan-out does for a processor that changes its input.
type copying struct{ points int }

func (c *copying) work(md pmetric.Metrics) (time.Duration, error) {
	took, err := timed("CopyTo", func() error {
		for range copies {
			to := pmetric.NewMetrics()
			md.CopyTo(to)
			c.points = to.ResourceMetrics().Len() * scrapes.PointsPerProcess
		}
		return nil
	})
	return took / copies, err
}

func (c *copying) check(h *scrapes.Host) error {
	if c.points != h.Points() {
		return fmt.Errorf("CopyTo: copied %d points of %d", c.points, h.Points())
	}
	return nil
}

func (*copying) close() error { return nil }
