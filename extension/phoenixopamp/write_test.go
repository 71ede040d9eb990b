package phoenixopamp

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatATerminalWouldObeyIsWrittenOut(t *testing.T) {
	require.Equal(t, "a\\u001b[2J\\u009b\\u202e\\u0009é\n", visible("a\x1b[2J\u009b\u202e\té\n"))
}

func TestALongErrorIsCut(t *testing.T) {
	long := make([]byte, 2*longestError)
	for i := range long {
		long[i] = 'x'
	}
	require.Len(t, shown(string(long)), longestError+len("…"))
}
