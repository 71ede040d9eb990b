package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// TestSubqueriesAreBounded is at the edge and past it.
func TestSubqueriesAreBounded(t *testing.T) {
	const day = 24 * time.Hour
	for query, span := range map[string]time.Duration{
		`max_over_time(up[100000s:1s])`:                  0,
		`max_over_time(up[100000m:])`:                    0,
		`max_over_time(up[1h:1s])`:                       day,
		`max_over_time(rate(up[5m])[30d:1m])`:            0,
		`max_over_time(up[1h:1m]) / sum(up[10y])`:        0,
		`max_over_time(min_over_time(up[1d:1m])[1d:1m])`: 0,
		`up{`: 0,
		`up`:  1000 * day,
	} {
		require.NoError(t, boundQuery(query, span), query)
	}
	for query, span := range map[string]time.Duration{
		`max_over_time(up[100001s:1s])`:                            0,
		`max_over_time(up[100001m:])`:                              0,
		`max_over_time(up[1h:1s])`:                                 2 * day,
		`up[100y:1ms]`:                                             0,
		`-sum by (a) (max_over_time((up[290y:1ms])))`:              0,
		`absent_over_time(up[1y:1ms] offset 1y) or on() vector(1)`: 0,
		`max_over_time(min_over_time(up[1s:1s])[1d:1h] @ 5) + max_over_time(min_over_time(up[60s:1ms])[60s:1s])`: 0,
	} {
		require.Equal(t, controlplane.CodeInvalid, controlplane.CodeOf(boundQuery(query, span)), query)
	}
}
