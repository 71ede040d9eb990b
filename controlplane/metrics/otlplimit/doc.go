// Package otlplimit says whether an OTLP export request of metrics is one that
// can be decoded: well formed, and not of a kind that a few bytes of become
// much memory. It reads the bytes as they came and allocates nothing.
package otlplimit
