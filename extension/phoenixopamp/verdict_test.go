package phoenixopamp

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/phoenix-platform/phoenix/internal/hostagent"
)

var (
	ofPhoenix   = pipeline.NewIDWithName(pipeline.SignalMetrics, "phoenix")
	topkID      = componentstatus.NewInstanceID(component.MustNewIDWithName("topk", "phoenix"), component.KindProcessor, ofPhoenix)
	destination = componentstatus.NewInstanceID(component.MustNewIDWithName("otlphttp", "destination"), component.KindExporter, ofPhoenix)
	zpages      = componentstatus.NewInstanceID(component.MustNewID("zpages"), component.KindExtension)
)

// The life is told at once, since the collector may end for what is told.
func TestTheWorstComponentIsTold(t *testing.T) {
	e, l := build(configure(t, "")), &life{}
	e.remote = l
	for _, c := range []struct {
		source *componentstatus.InstanceID
		event  *componentstatus.Event
		want   hostagent.Health
	}{
		{topkID, componentstatus.NewEvent(componentstatus.StatusStarting), hostagent.Health{Component: "pipelines/metrics/phoenix/processors/topk/phoenix", Detail: "reports StatusStarting"}},
		{topkID, componentstatus.NewEvent(componentstatus.StatusOK), hostagent.Health{OK: true}},
		{zpages, componentstatus.NewRecoverableErrorEvent(errors.New("busy")), hostagent.Health{Component: "extensions/zpages", Detail: "busy"}},
		{destination, componentstatus.NewRecoverableErrorEvent(errors.New("busy")), hostagent.Health{Component: "extensions/zpages", Detail: "busy"}},
		{
			destination, componentstatus.NewPermanentErrorEvent(errors.New("dial https://me:pass@example.com")),
			hostagent.Health{Permanent: true, Component: "pipelines/metrics/phoenix/exporters/otlphttp/destination", Detail: "dial https://[REDACTED]@example.com"},
		},
	} {
		e.ComponentStatusChanged(c.source, c.event)
		require.Equal(t, c.want, l.health[len(l.health)-1])
	}
}

func TestACollectorThatEndsSaysNothingOfWhatRuns(t *testing.T) {
	e, l := build(configure(t, "")), &life{}
	e.remote = l
	e.ComponentStatusChanged(topkID, componentstatus.NewEvent(componentstatus.StatusOK))
	e.ComponentStatusChanged(topkID, componentstatus.NewEvent(componentstatus.StatusStopping))
	e.ComponentStatusChanged(topkID, componentstatus.NewEvent(componentstatus.StatusStopped))
	require.Equal(t, []hostagent.Health{{OK: true}}, l.health)
}
