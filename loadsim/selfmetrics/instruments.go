package selfmetrics

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// observe makes the instruments, which say what state returns when they are read.
func observe(meter metric.Meter, state func() loadsim.Progress) error {
	gauge := func(name, what string, value func(loadsim.Progress) float64) error {
		_, err := meter.Float64ObservableGauge("phoenix.loadsim."+name, metric.WithDescription(what),
			metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
				o.Observe(value(state()))
				return nil
			}))
		return err
	}
	counter := func(name, what string, value func(loadsim.Progress) int) error {
		_, err := meter.Int64ObservableCounter("phoenix.loadsim."+name, metric.WithDescription(what),
			metric.WithInt64Callback(func(_ context.Context, o metric.Int64Observer) error {
				o.Observe(int64(value(state())))
				return nil
			}))
		return err
	}
	return errors.Join(
		gauge("active_processes", "Living processes.", func(p loadsim.Progress) float64 { return float64(p.Active) }),
		counter("spawned", "Processes born.", func(p loadsim.Progress) int { return p.Born }),
		counter("failed", "Attempts that made no process.", func(p loadsim.Progress) int { return p.Failed }),
		gauge("churn_rate", "Births per second.", func(p loadsim.Progress) float64 { return p.BirthRate }),
		gauge("cpu_asked", "Cores that the loads of the living want on average.", func(p loadsim.Progress) float64 { return p.CPUAsked }),
		gauge("cpu_achieved", "Cores that processes got.", func(p loadsim.Progress) float64 { return p.CPUAchieved }),
	)
}
