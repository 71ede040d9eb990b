package phoenixopamp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A server that is away for days is asked on and on, at most every five minutes.
func TestTheServerIsAskedForDays(t *testing.T) {
	policy := newWait(t.Context(), defaultTiming()).policy()
	var away time.Duration
	attempts := 0
	for ; away < 7*24*time.Hour; attempts++ {
		next := policy.NextBackOff()
		require.Positive(t, next, "the client gives up on a policy that says so")
		require.LessOrEqual(t, next, 5*time.Minute)
		away += next
	}
	require.Greater(t, attempts, 7*24*12)
}
