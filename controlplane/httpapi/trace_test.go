package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// TestARequestIsASpanOfItsCaller has the route as its name, and no name of a
// user.
func TestARequestIsASpanOfItsCaller(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	s := newServer(t, func(set *httpapi.Settings) {
		set.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	})
	s.as(viewer, "GET", deployments+"/payroll", nil, "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	s.as(viewer, "GET", "/api/v1/savings", nil)
	ended := spans.Ended()
	require.Len(t, ended, 2)
	require.Equal(t, "GET /api/v1/deployments/{name}", ended[0].Name())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", ended[0].SpanContext().TraceID().String())
	require.Equal(t, codes.Unset, ended[0].Status().Code, "404 is the caller's")
	require.Equal(t, codes.Error, ended[1].Status().Code)
	for _, a := range ended[0].Attributes() {
		require.NotContains(t, a.Value.String(), "payroll")
	}
}
