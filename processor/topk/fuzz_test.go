package topk

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/internal/processtest"
)

func FuzzBytes(f *testing.F) {
	processtest.FuzzBytes(f, func(t processtest.T) *processtest.Hostile { return hostile(t, top("cpu", 1)) })
}

func FuzzOddBatches(f *testing.F) { f.Fuzz(rapid.MakeFuzz(oddBatches)) }

func TestOddBatches(t *testing.T) { rapid.Check(t, oddBatches) }

func oddBatches(t *rapid.T) { processtest.OddBatches(t, hostile(t, drawConfig(t))) }

// hostile makes a processor for input that it may not believe.
func hostile(t processtest.T, change func(*Config)) *processtest.Hostile {
	return processtest.NewHostile(run(t, with(change, func(c *Config) {
		c.StateLimit, c.Other.Name = processtest.HostileLimit, processtest.RestOfHost
	})))
}
