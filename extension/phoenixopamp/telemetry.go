package phoenixopamp

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadata"
)

// observe makes the metrics of a state, which goes on over a reload as they do.
func observe(set component.TelemetrySettings, s *state) (*metadata.TelemetryBuilder, error) {
	b, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, err
	}
	one := func(value func(standing) int64) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(value(s.standing()))
			return nil
		}
	}
	return b, errors.Join(
		b.RegisterExtensionPhoenixOpampConnectedCallback(one(func(n standing) int64 { return zeroOrOne(n.Connected) })),
		b.RegisterExtensionPhoenixOpampConnectionsCallback(one(func(n standing) int64 { return n.Connections })),
		b.RegisterExtensionPhoenixOpampErrorsCallback(one(func(n standing) int64 { return n.Errors })),
		b.RegisterExtensionPhoenixOpampMessagesReceivedCallback(one(func(n standing) int64 { return n.Received })),
		b.RegisterExtensionPhoenixOpampOffersRefusedCallback(each(s, "offer", func(n standing) map[string]int64 { return n.Refused })),
		b.RegisterExtensionPhoenixOpampReportsCallback(each(s, "kind", func(n standing) map[string]int64 { return n.Reports })),
	)
}

// each observes every value of a map, under an attribute.
func each(s *state, name string, values func(standing) map[string]int64) metric.Int64Callback {
	return func(_ context.Context, o metric.Int64Observer) error {
		for key, n := range values(s.standing()) {
			o.Observe(n, metric.WithAttributes(attribute.String(name, key)))
		}
		return nil
	}
}

func zeroOrOne(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
