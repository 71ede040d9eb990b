package cost

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"github.com/phoenix-platform/phoenix/controlplane/metrics"
)

// Metrics is what savings are read from: a [metrics.Store].
type Metrics interface {
	// Query evaluates PromQL at a time.
	Query(ctx context.Context, query string, at time.Time) (metrics.Answer, error)
	// Series returns the labels of the series that a selector picks.
	Series(ctx context.Context, selector string, from, to time.Time) ([]model.LabelSet, error)
}

// measure is one number of each deployment, summed over the minutes of a window.
type measure struct {
	rule  string  // that records it each minute
	over  string  // how the minutes become one number
	scale float64 // to the unit of the field
	field func(*Saving) *float64
}

var measures = []measure{
	{"phoenix:input_points:sum", "sum", 1, func(s *Saving) *float64 { return &s.Points.In }},
	{"phoenix:output_points:sum", "sum", 1, func(s *Saving) *float64 { return &s.Points.Out }},
	{"phoenix:input_series:avg", "sum", 1. / 60, func(s *Saving) *float64 { return &s.SeriesHours.In }},
	{"phoenix:output_series:avg", "sum", 1. / 60, func(s *Saving) *float64 { return &s.SeriesHours.Out }},
	{"phoenix:input_series:avg", "count", 1. / 60, func(s *Saving) *float64 { return &s.Hours }},
	{"phoenix:input_bytes:sum", "sum", 1, func(s *Saving) *float64 { return &s.bytes().In }},
	{"phoenix:output_bytes:sum", "sum", 1, func(s *Saving) *float64 { return &s.bytes().Out }},
	{"phoenix:exported_points:rate", "sum", 60, func(s *Saving) *float64 { return &s.exported }},
}

// recordedFrom is how long a window is whose minutes were recorded rather than
// computed now. What is recorded lags by some minutes.
const recordedFrom = time.Hour

// query is PromQL for the measure over a window.
func (m measure) query(window time.Duration) string {
	if window > recordedFrom {
		return fmt.Sprintf("%s_over_time(%s[%ds])", m.over, m.rule, int(window.Seconds()))
	}
	return fmt.Sprintf("%s_over_time((%s)[%ds:1m])", m.over, metrics.RuleExpressions()[m.rule], int(window.Seconds()))
}

// read puts the measure into the savings of the deployments.
func (m measure) read(ctx context.Context, from Metrics, w Window, savings map[string]*Saving) error {
	a, err := from.Query(ctx, m.query(w.To.Sub(w.From)), w.To)
	if err != nil {
		return err
	}
	values, ok := a.Result.(model.Vector)
	if !ok {
		return fmt.Errorf("read %s: its value is a %s; it must be a vector", m.rule, a.Type)
	}
	for _, v := range values {
		name := string(v.Metric[metrics.LabelDeployment])
		if savings[name] == nil {
			savings[name] = newSaving(name)
		}
		*m.field(savings[name]) = float64(v.Value) * m.scale
	}
	return nil
}
