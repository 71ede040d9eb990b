package processtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A counter of the rest that falls or is negative is found, whatever its time.
func TestARestThatFallsIsFound(t *testing.T) {
	h := NewHostile(nil, nil)
	var f failed
	for _, v := range []float64{2, 1, -1} {
		rm := At(1000, Process{Name: RestOfHost, CPU: v}).ResourceMetrics().At(0)
		require.True(t, isRest(rm))
		h.checkResource(&f, rm, true)
	}
	require.Len(t, f.messages, 3, "it fell, it fell again, and is negative")
}
