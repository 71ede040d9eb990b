package remoteconfig

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSlot reads slots that nobody wrote. What is accepted is sound and can be
// written and read again.
func FuzzSlot(f *testing.F) {
	for _, s := range situations {
		b, err := encodeSlot(s.in().State)
		require.NoError(f, err)
		f.Add(b[stateStart:], true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		if sealed {
			b = seal(b)
		}
		s, err := decodeSlot(b)
		if err != nil {
			return
		}
		require.NoError(t, s.check())
		s, _ = s.Start(boot, everythingRuns, noon)
		again, err := encodeSlot(s)
		if err != nil {
			return // longer than a state that a transition made
		}
		read, err := decodeSlot(again)
		require.NoError(t, err)
		require.Equal(t, s.Runs, read.Runs)
	})
}

// seal gives a state the head and the checksum of a slot.
func seal(state []byte) []byte {
	head := append([]byte(slotMagic), 0, 0, 0, 0, 0, 0, 0, 1, byte(len(state)>>24), byte(len(state)>>16), byte(len(state)>>8), byte(len(state)))
	sum := sha256.Sum256(append(append([]byte(nil), head...), state...))
	return append(append(head, sum[:]...), state...)
}
