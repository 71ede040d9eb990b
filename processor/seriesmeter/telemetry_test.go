package seriesmeter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/phoenix-platform/phoenix/internal/scraperecord"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadatatest"
)

func settings() processor.Settings { return processortest.NewNopSettings(metadata.Type) }

// observed is a meter whose own metrics are read.
type observed struct {
	*componenttest.Telemetry
	*meter
}

func observe(t *testing.T, role, endpoint string) *observed {
	t.Helper()
	tel := componenttest.NewTelemetry()
	set := metadatatest.NewSettings(tel)
	set.ID = settingsOf(t, role).ID
	cfg := createDefaultConfig().(*Config)
	cfg.Role, cfg.Variant, cfg.Records.Endpoint = Role(role), t.Name(), endpoint
	m, err := newProcessor(set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, m.Shutdown(context.Background()))
		require.NoError(t, tel.Shutdown(context.Background()))
	})
	begin(t, m)
	return &observed{tel, m}
}

// value is the point that the meter writes, with more attributes as pairs.
func value[N int64 | float64](o *observed, v N, pairs ...string) []metricdata.DataPoint[N] {
	attrs := []attribute.KeyValue{attribute.String("processor", o.id)}
	for i := 0; i < len(pairs); i += 2 {
		attrs = append(attrs, attribute.String(pairs[i], pairs[i+1]))
	}
	return []metricdata.DataPoint[N]{{Attributes: attribute.NewSet(attrs...), Value: v}}
}

func (o *observed) count(v int64, pairs ...string) []metricdata.DataPoint[int64] {
	return value(o, v, pairs...)
}

var anyTime = metricdatatest.IgnoreTimestamp()

func TestAMeterTellsOfTheLatestScrape(t *testing.T) {
	for _, role := range roles {
		t.Run(role, func(t *testing.T) {
			o := observe(t, role, "")
			require.NoError(t, o.ConsumeMetrics(context.Background(), scrape(1, 3)))
			require.NoError(t, o.ConsumeMetrics(context.Background(), scrape(2, 4)))
			metadatatest.AssertEqualProcessorSeriesmeterProcesses(t, o.Telemetry, o.count(4), anyTime)
			metadatatest.AssertEqualProcessorSeriesmeterSeries(t, o.Telemetry, o.count(8), anyTime)
			metadatatest.AssertEqualProcessorSeriesmeterDistinctSeries(t, o.Telemetry, o.count(8), anyTime)
			metadatatest.AssertEqualProcessorIncomingItems(t, o.Telemetry, o.count(14, "otel.signal", "metrics"), anyTime)
			metadatatest.AssertEqualProcessorOutgoingItems(t, o.Telemetry, o.count(14, "otel.signal", "metrics"), anyTime)
			_, err := o.GetMetric("otelcol_processor_seriesmeter_reduction")
			require.Error(t, err, "there is nothing to compare with")
		})
	}
}

func TestBytesAreThoseOfTheWire(t *testing.T) {
	var marshal pmetric.ProtoMarshaler
	for _, role := range roles {
		o, md := observe(t, role, ""), scrape(1, 200)
		require.NoError(t, o.ConsumeMetrics(context.Background(), md))
		got, err := o.GetMetric("otelcol_processor_seriesmeter_bytes")
		require.NoError(t, err)
		bytes := got.Data.(metricdata.Gauge[int64]).DataPoints
		require.Equal(t, o.count(0)[0].Attributes, bytes[0].Attributes)
		require.InEpsilon(t, marshal.MetricsSize(md), bytes[0].Value, 0.05, role)
	}
}

func TestTheOutputMeterTellsOfTheReduction(t *testing.T) {
	in, out := observe(t, scraperecord.RoleInput, ""), observe(t, scraperecord.RoleOutput, "")
	require.NoError(t, in.ConsumeMetrics(context.Background(), scrape(1, 8)))
	require.NoError(t, out.ConsumeMetrics(context.Background(), scrape(1, 2)))
	metadatatest.AssertEqualProcessorSeriesmeterReduction(t, out.Telemetry, value(out, 0.75), anyTime)
	metadatatest.AssertEqualProcessorSeriesmeterDuration(t, out.Telemetry, value(out, 0.0), anyTime, metricdatatest.IgnoreValue())
}
