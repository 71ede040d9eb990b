package version

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheNumberIsTheDistributions(t *testing.T) {
	manifest, err := os.ReadFile("../../builder-config.yaml")
	require.NoError(t, err)
	require.Contains(t, string(manifest), "\n  version: "+number+"\n")
	require.True(t, strings.HasPrefix(Text(), number))
}
