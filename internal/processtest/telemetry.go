package processtest

import (
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// OwnPoint is the point that a processor of this id writes of a metric of its own, with
// more attributes as pairs of a key and a value.
func OwnPoint[N int64 | float64](id string, v N, pairs ...string) []metricdata.DataPoint[N] {
	attrs := []attribute.KeyValue{attribute.String("processor", id)}
	for i := 0; i < len(pairs); i += 2 {
		attrs = append(attrs, attribute.String(pairs[i], pairs[i+1]))
	}
	return []metricdata.DataPoint[N]{{Attributes: attribute.NewSet(attrs...), Value: v}}
}

// Logs returns what a processor with these settings will log, from a level on.
func Logs(set *processor.Settings, from zapcore.Level) *observer.ObservedLogs {
	core, logs := observer.New(from)
	set.Logger = zap.New(core)
	return logs
}

// Messages lists the messages that were logged at a level.
func Messages(logs *observer.ObservedLogs, level zapcore.Level) (all []string) {
	for _, entry := range logs.FilterLevelExact(level).All() {
		all = append(all, entry.Message)
	}
	return all
}
