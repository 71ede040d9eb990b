package processtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What reaches a backend whole differs from the truth only by what one cannot
// know that believes no start: that a process was born. What is lost on the way
// differs.
func TestWhatIsLostDiffersFromTheTruth(t *testing.T) {
	for lost, counted := range map[bool]string{false: "30", true: "0"} {
		tr, plain, believer, converter := NewTruth(), NewBackend(false), NewBackend(true), NewConverter(t, "auto")
		for i, md := range born() {
			tr.Take(md)
			if lost && i > 0 {
				continue
			}
			plain.Take(md)
			believer.Take(md)
			converter.Take(t, md)
		}
		require.Equal(t, []string{cpu + ": truth 34 of which 0 waits, counted " + counted}, plain.Differs(tr))
		require.Equal(t, lost, len(believer.Differs(tr)) > 0)
		require.Equal(t, lost, len(converter.Differs(tr)) > 0)
		converter.Shutdown(t)
	}
}

// Bytes are integers, of which none may be missing.
func TestAByteThatIsLostDiffers(t *testing.T) {
	tr, b := NewTruth(), NewBackend(false)
	const disk, cpu = "h|process.disk.io|", "h|process.cpu.time|"
	tr.Used[disk], tr.Used[cpu] = 1e15, 1e15
	b.Used[disk], b.Used[cpu] = 1e15-1, 1e15-1
	require.Equal(t, []string{disk + ": truth 1e+15 of which 0 waits, counted 9.99999999999999e+14"}, b.Differs(tr))
}

func TestAConverterThatKeepsFirstSamplesIsExpectedTo(t *testing.T) {
	tr, c := NewTruth(), NewConverter(t, "keep")
	defer c.Shutdown(t)
	for i := range 2 {
		md := At(second(10*i), Process{PID: 1, Begun: 1, CPU: float64(100 + i)})
		tr.Take(md)
		c.Take(t, md)
	}
	require.Equal(t, map[string]float64{cpu: 101}, c.Used)
	require.Empty(t, c.Differs(tr))
}
