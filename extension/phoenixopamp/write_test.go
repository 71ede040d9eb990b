package phoenixopamp

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestWhatATerminalWouldObeyIsWrittenOut(t *testing.T) {
	require.Equal(t, "a\\u001b[2J\\u009b\\u202e\\u0009é\n", visible("a\x1b[2J\u009b\u202e\té\n"))
}

// An eight-bit terminal obeys bytes that are no text.
func TestBytesThatAreNoTextAreReplaced(t *testing.T) {
	require.Equal(t, "a\uFFFD2J", visible("a\x9b2J"))
}

// The protocol has only text: a message with other bytes could not be sent, nor
// what else is in it.
func TestAnErrorIsShownAsText(t *testing.T) {
	for _, text := range []string{"a\xffb", strings.Repeat("é", longestError), "x" + strings.Repeat("é", longestError)} {
		require.True(t, utf8.ValidString(shown(text)))
	}
}

func TestALongErrorIsCut(t *testing.T) {
	long := make([]byte, 2*longestError)
	for i := range long {
		long[i] = 'x'
	}
	require.Len(t, shown(string(long)), longestError+len("…"))
}
