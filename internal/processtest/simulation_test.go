package processtest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Two simulations of the same draws tell the same.
func TestASimulationIsItsDraws(t *testing.T) {
	tell := rapid.Custom(func(t *rapid.T) []string {
		s, all := NewSimulation(t), []string(nil)
		for range 3 {
			all = append(all, Sorted(s.Scrape(t, Faults{Values: true, Duplicates: true, Creation: true}))...)
			s.Step(t)
		}
		return all
	})
	for seed := range 5 {
		require.Equal(t, tell.Example(seed), tell.Example(seed))
	}
}
