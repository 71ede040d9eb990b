package phoenixopamp

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadatatest"
)

func point(value int64, attributes ...attribute.KeyValue) []metricdata.DataPoint[int64] {
	return []metricdata.DataPoint[int64]{{Value: value, Attributes: attribute.NewSet(attributes...)}}
}

func TestTheMetricsSayWhatWasCounted(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	defer telemetry.Shutdown(t.Context())
	var s state
	b, err := observe(telemetry.NewTelemetrySettings(), &s, nil)
	require.NoError(t, err)
	defer b.Shutdown()
	require.True(t, s.connected())
	require.False(t, s.connected(), "it was already")
	s.reported("health")
	s.refused("packages")
	s.refused("packages")
	s.count(func(n *standing) { n.Received, n.Errors = 5, 7 })

	ignore := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualExtensionPhoenixOpampConnected(t, telemetry, point(1), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampConnections(t, telemetry, point(1), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampErrors(t, telemetry, point(7), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampMessagesReceived(t, telemetry, point(5), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampReports(t, telemetry, point(1, attribute.String("kind", "health")), ignore)
	metadatatest.AssertEqualExtensionPhoenixOpampOffersRefused(t, telemetry, point(2, attribute.String("offer", "packages")), ignore)

	require.True(t, s.disconnected())
	require.False(t, s.disconnected(), "it was already")
	metadatatest.AssertEqualExtensionPhoenixOpampConnected(t, telemetry, point(0), ignore)
}
