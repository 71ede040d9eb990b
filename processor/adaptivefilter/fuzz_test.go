package adaptivefilter

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// hostile is a processor that is fed what it may not believe.
func hostile(t processtest.T, change func(*Config)) *processtest.Hostile {
	p, sink := run(t, with(change, func(c *Config) {
		c.StateLimit, c.Other.Name = processtest.HostileLimit, processtest.RestOfHost
	}))
	return processtest.NewHostile(p, sink)
}

// FuzzBytes reads scrapes from any bytes that are OTLP.
func FuzzBytes(f *testing.F) {
	processtest.FuzzBytes(f, func(t processtest.T) *processtest.Hostile { return hostile(t, memory(0, 5, 50)) })
}

// FuzzOddBatches builds batches that are all that a scraper never writes.
func FuzzOddBatches(f *testing.F) { f.Fuzz(rapid.MakeFuzz(oddBatches)) }

func TestOddBatches(t *testing.T) { rapid.Check(t, oddBatches) }

func oddBatches(t *rapid.T) { processtest.OddBatches(t, hostile(t, drawConfig(t))) }

// FuzzSystemCPU reads a host's CPU from any bytes that are OTLP.
func FuzzSystemCPU(f *testing.F) {
	var marshal pmetric.ProtoMarshaler
	for _, c := range []cpus{{1, 2}, {math.Inf(1), 0}, {math.MaxFloat64, math.MaxFloat64}, {-1, math.NaN()}} {
		data, err := marshal.MarshalMetrics(c.add(pmetric.NewMetrics()))
		require.NoError(f, err)
		f.Add(data, data)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var b busyness
		for _, data := range [][]byte{first, second} {
			var unmarshal pmetric.ProtoUnmarshaler
			md, err := unmarshal.UnmarshalMetrics(data)
			if err != nil {
				return
			}
			for _, rm := range md.ResourceMetrics().All() {
				if r, ok := readSystemCPU(rm); ok {
					load := b.load(r)
					require.True(t, isMissing(load) || (load >= 0 && load <= 1), "%v of %+v", load, r)
				}
			}
		}
	})
}
