package dataflow

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Counts is one report of the collector about itself, as far as it says
// whether data flows: points of metrics since the service began. Nobody
// changes one that was handed out.
type Counts struct {
	// Report numbers the reports of a process. 0: none has come yet.
	Report uint64
	// Service is the id of the service that counts. A reload makes another
	// one, which counts from 0.
	Service string
	// Receivers and Exporters are by id, such as otlphttp/destination.
	Receivers map[string]Receiver
	Exporters map[string]Exporter
}

// Receiver is what became of the points that a receiver brought.
type Receiver struct {
	Accepted int64
	// Refused by what is behind it: a processor, or an exporter that has no
	// queue.
	Refused int64
}

// Exporter is what became of the points that came to an exporter.
type Exporter struct {
	Sent int64
	// Failed was given up.
	Failed int64
	// Waiting is what is in its queue or on its way now, in requests or
	// points: any shows that something came to it.
	Waiting int64
}

// maxComponents bounds the ids of each kind that are kept of a report.
const maxComponents = 1000

// receiverCounts and exporterCounts are the collector's metrics that count, by
// name without the prefix otelcol_, which is a choice of its owner's.
var (
	receiverCounts = map[string]func(*Receiver) *int64{
		"receiver_accepted_metric_points": func(r *Receiver) *int64 { return &r.Accepted },
		"receiver_refused_metric_points":  func(r *Receiver) *int64 { return &r.Refused },
		"receiver_failed_metric_points":   func(r *Receiver) *int64 { return &r.Refused },
	}
	exporterCounts = map[string]func(*Exporter) *int64{
		"exporter_sent_metric_points":           func(e *Exporter) *int64 { return &e.Sent },
		"exporter_send_failed_metric_points":    func(e *Exporter) *int64 { return &e.Failed },
		"exporter_enqueue_failed_metric_points": func(e *Exporter) *int64 { return &e.Failed },
		"exporter_queue_size":                   func(e *Exporter) *int64 { return &e.Waiting },
		"exporter_in_flight_requests":           func(e *Exporter) *int64 { return &e.Waiting },
	}
)

// count reads a report.
func count(md pmetric.Metrics) Counts {
	c := Counts{Receivers: map[string]Receiver{}, Exporters: map[string]Exporter{}}
	for _, resource := range md.ResourceMetrics().All() {
		if id, ok := resource.Resource().Attributes().Get("service.instance.id"); ok {
			c.Service = id.AsString()
		}
		for _, scope := range resource.ScopeMetrics().All() {
			for _, m := range scope.Metrics().All() {
				c.add(m)
			}
		}
	}
	return c
}

// add takes a metric in, if it is one that counts.
func (c *Counts) add(m pmetric.Metric) {
	name := strings.TrimPrefix(m.Name(), "otelcol_")
	if of, ok := receiverCounts[name]; ok {
		sum(c.Receivers, m, "receiver", of)
	}
	if of, ok := exporterCounts[name]; ok {
		sum(c.Exporters, m, "exporter", of)
	}
}

// sum adds up a metric by the component that an attribute names: transports
// and addresses do not matter here.
func sum[T any](components map[string]T, m pmetric.Metric, attribute string, of func(*T) *int64) {
	for _, p := range points(m).All() {
		id, named := p.Attributes().Get(attribute)
		if !named || !isOfMetrics(p.Attributes()) {
			continue
		}
		component, known := components[id.AsString()]
		if !known && len(components) >= maxComponents {
			continue
		}
		*of(&component) += value(p)
		components[id.AsString()] = component
	}
}

// isOfMetrics reports whether a point is not about logs or traces: an exporter
// of several signals has a queue for each.
func isOfMetrics(attributes pcommon.Map) bool {
	signal, named := attributes.Get("data_type")
	return !named || signal.AsString() == "metrics"
}

func points(m pmetric.Metric) pmetric.NumberDataPointSlice {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints()
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints()
	default:
		return pmetric.NewNumberDataPointSlice()
	}
}

func value(p pmetric.NumberDataPoint) int64 {
	if p.ValueType() == pmetric.NumberDataPointValueTypeDouble {
		return int64(p.DoubleValue())
	}
	return p.IntValue()
}
