package processtest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"
)

// FuzzBytes lets a processor read three scrapes from any bytes that are OTLP.
func FuzzBytes(f *testing.F, begin func(T) *Hostile) {
	f.Helper()
	var marshal pmetric.ProtoMarshaler
	good := func(second int) []byte {
		data, err := marshal.MarshalMetrics(At(second, Process{PID: 1, CPU: float64(second), Memory: 5}, Process{PID: 2, Critical: true}))
		require.NoError(f, err)
		return data
	}
	f.Add(good(1000), good(1010), good(1020))
	f.Add(good(1010), good(1000), []byte{})
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		h := begin(t)
		for _, data := range [][]byte{first, second, third} {
			var unmarshal pmetric.ProtoUnmarshaler
			if md, err := unmarshal.UnmarshalMetrics(data); err == nil {
				h.Take(t, md)
			}
		}
	})
}

// OddBatches feeds batches that are all that a scraper never writes.
func OddBatches(t *rapid.T, h *Hostile) {
	for scrape := range rapid.IntRange(1, 6).Draw(t, "scrapes") {
		h.Take(t, oddBatch(t, pcommon.Timestamp(ScrapeStart+int64(scrape)*10e9)))
	}
}
