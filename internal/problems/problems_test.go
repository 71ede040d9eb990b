package problems

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAllProblemsAreInOneLine(t *testing.T) {
	var l List
	l.Check(true, "k: is fine")
	require.NoError(t, l.Err())
	l.Check(false, "k: must be at least 1, got %d", 0)
	l.Check(false, "name: is empty")
	require.EqualError(t, l.Err(), "k: must be at least 1, got 0; name: is empty")
}
