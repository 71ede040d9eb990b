package dataflow

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// point adds a metric of one point to a report. The attributes are names and
// values by turns.
func point(md pmetric.Metrics, name string, value int64, attributes ...string) {
	if md.ResourceMetrics().Len() == 0 {
		md.ResourceMetrics().AppendEmpty().Resource().Attributes().PutStr("service.instance.id", "one")
	}
	m := md.ResourceMetrics().At(0).ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	p := m.SetEmptySum().DataPoints().AppendEmpty()
	p.SetIntValue(value)
	for i := 0; i < len(attributes); i += 2 {
		p.Attributes().PutStr(attributes[i], attributes[i+1])
	}
}

func TestAReportIsCountedByComponent(t *testing.T) {
	md := pmetric.NewMetrics()
	point(md, "otelcol_receiver_accepted_metric_points", 5, "receiver", "hostmetrics", "transport", "")
	point(md, "receiver_accepted_metric_points", 2, "receiver", "hostmetrics", "transport", "x")
	point(md, "otelcol_receiver_refused_metric_points", 3, "receiver", "hostmetrics")
	point(md, "otelcol_receiver_failed_metric_points", 1, "receiver", "hostmetrics")
	point(md, "otelcol_receiver_accepted_spans", 100, "receiver", "hostmetrics")
	point(md, "otelcol_exporter_sent_metric_points", 7, "exporter", "otlphttp/destination", "server.address", "a")
	point(md, "otelcol_exporter_sent_metric_points", 8, "exporter", "otlphttp/destination", "server.address", "b")
	point(md, "otelcol_exporter_send_failed_metric_points", 9, "exporter", "otlphttp/destination")
	point(md, "otelcol_exporter_enqueue_failed_metric_points", 10, "exporter", "otlphttp/destination")
	point(md, "otelcol_exporter_queue_size", 11, "exporter", "otlphttp/destination", "data_type", "metrics")
	point(md, "otelcol_exporter_queue_size", 100, "exporter", "otlphttp/destination", "data_type", "traces")
	point(md, "otelcol_exporter_in_flight_requests", 12, "exporter", "otlphttp/destination", "data_type", "metrics")
	point(md, "otelcol_exporter_sent_metric_points", 100)
	require.Equal(t, Counts{
		Service:   "one",
		Receivers: map[string]Receiver{"hostmetrics": {Accepted: 7, Refused: 4}},
		Exporters: map[string]Exporter{"otlphttp/destination": {Sent: 15, Failed: 19, Waiting: 23}},
	}, count(md))
}

func TestAReportOfOtherKindsOfMetrics(t *testing.T) {
	md := pmetric.NewMetrics()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	gauge := metrics.AppendEmpty()
	gauge.SetName("otelcol_exporter_queue_size")
	p := gauge.SetEmptyGauge().DataPoints().AppendEmpty()
	p.Attributes().PutStr("exporter", "otlp")
	p.SetDoubleValue(2)
	histogram := metrics.AppendEmpty()
	histogram.SetName("otelcol_exporter_sent_metric_points")
	histogram.SetEmptyHistogram().DataPoints().AppendEmpty().Attributes().PutStr("exporter", "otlp")
	require.Equal(t, Counts{Receivers: map[string]Receiver{}, Exporters: map[string]Exporter{"otlp": {Waiting: 2}}}, count(md))
}

func TestAReportOfTooManyComponentsIsCut(t *testing.T) {
	md := pmetric.NewMetrics()
	for i := range maxComponents + 10 {
		point(md, "otelcol_receiver_accepted_metric_points", 1, "receiver", fmt.Sprint("r/", i))
	}
	point(md, "otelcol_receiver_accepted_metric_points", 1, "receiver", "r/0")
	c := count(md)
	require.Len(t, c.Receivers, maxComponents)
	require.Equal(t, int64(2), c.Receivers["r/0"].Accepted)
}
