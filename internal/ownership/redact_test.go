package ownership_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/redact"
)

func TestRedactLeavesTheConfigurationAsItIs(t *testing.T) {
	conf := func(token any) map[string]any {
		return map[string]any{"exporters": map[string]any{"otlphttp": map[string]any{"headers": map[string]any{"authorization": token}}}}
	}
	config := conf("Bearer hunter2")
	require.Equal(t, conf(redact.Hidden), ownership.Redact(config))
	require.Equal(t, conf("Bearer hunter2"), config)
}
