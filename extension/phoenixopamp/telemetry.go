package phoenixopamp

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/phoenix-platform/phoenix/extension/phoenixopamp/internal/metadata"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// observe makes the metrics of a state, which goes on over a reload as they do,
// and of the life of remote configurations, if there is one.
func observe(set component.TelemetrySettings, s *state, r remote) (*metadata.TelemetryBuilder, error) {
	b, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return nil, err
	}
	return b, errors.Join(observeState(b, s), observeRemote(b, s, r))
}

func observeState(b *metadata.TelemetryBuilder, s *state) error {
	one := func(value func(standing) int64) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(value(s.standing()))
			return nil
		}
	}
	return errors.Join(
		b.RegisterExtensionPhoenixOpampConnectedCallback(one(func(n standing) int64 { return zeroOrOne(n.Connected) })),
		b.RegisterExtensionPhoenixOpampConnectionsCallback(one(func(n standing) int64 { return n.Connections })),
		b.RegisterExtensionPhoenixOpampErrorsCallback(one(func(n standing) int64 { return n.Errors })),
		b.RegisterExtensionPhoenixOpampMessagesReceivedCallback(one(func(n standing) int64 { return n.Received })),
		b.RegisterExtensionPhoenixOpampOffersRefusedCallback(each(s, "offer", func(n standing) map[string]int64 { return n.Refused })),
		b.RegisterExtensionPhoenixOpampReportsCallback(each(s, "kind", func(n standing) map[string]int64 { return n.Reports })),
	)
}

var phases = []remoteconfig.Phase{remoteconfig.Stable, remoteconfig.Armed, remoteconfig.Trial, remoteconfig.Probation}

func observeRemote(b *metadata.TelemetryBuilder, s *state, r remote) error {
	if r == nil {
		return nil
	}
	one := func(value func() int64) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(value())
			return nil
		}
	}
	return errors.Join(
		b.RegisterExtensionPhoenixOpampOffersCallback(one(func() int64 { return s.standing().Offered })),
		b.RegisterExtensionPhoenixOpampAnswersCallback(each(s, "status", func(n standing) map[string]int64 { return n.Answered })),
		b.RegisterExtensionPhoenixOpampAttemptsCallback(one(func() int64 { return begun(r.Status().Attempts) })),
		b.RegisterExtensionPhoenixOpampBlockedCallback(one(func() int64 { return int64(len(r.Status().Blocked)) })),
		b.RegisterExtensionPhoenixOpampPhaseCallback(func(_ context.Context, o metric.Int64Observer) error {
			now := r.Status().Phase
			for _, phase := range phases {
				o.Observe(zeroOrOne(phase == now), metric.WithAttributes(attribute.String("phase", string(phase))))
			}
			return nil
		}),
	)
}

// begun is how many attempts ever began: their ids are numbers that rise.
func begun(attempts []remoteconfig.Attempt) int64 {
	if len(attempts) == 0 {
		return 0
	}
	return int64(attempts[len(attempts)-1].ID)
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
