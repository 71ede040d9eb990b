// Package otlphttp speaks OTLP over HTTP for metrics as far as Phoenix's own
// programs need it: [Handler] takes what an otlphttp exporter or a seriesmeter
// sends, [Post] sends a batch to an otlp receiver. The protocol is that of
// https://opentelemetry.io/docs/specs/otlp/#otlphttp, in its protobuf form.
package otlphttp
