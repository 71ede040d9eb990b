package cli

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/phoenix-platform/phoenix/internal/version"
)

// newTracer sends spans to a URL; empty: nowhere. Whoever calls it calls stop in
// the end, which sends what is left until its context is done.
func newTracer(ctx context.Context, url string) (t trace.TracerProvider, stop func(context.Context) error, err error) {
	if url == "" {
		return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url))
	if err != nil {
		return nil, nil, fmt.Errorf("traces-url: %w", err)
	}
	self := resource.NewSchemaless(attribute.String("service.name", "phoenix-controlplane"), attribute.String("service.version", version.Text()))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(self))
	return provider, provider.Shutdown, nil
}
