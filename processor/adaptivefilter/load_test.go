package adaptivefilter

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Rule 3: the load is the greatest signal, and a missing one holds the level.

func TestTheLoadIsTheGreatestSignal(t *testing.T) {
	l := load{asked: [signals]bool{true, true}}
	for _, values := range [][signals]float64{{0.3, 0.7}, {0.7, 0.3}} {
		got, s := l.take(values)
		require.Equal(t, known, s)
		require.Equal(t, 0.7, got)
	}
}

func TestASignalThatIsOffDoesNotCount(t *testing.T) {
	l := load{asked: [signals]bool{signalProcesses: true}}
	got, s := l.take([signals]float64{0.9, 0.2})
	require.Equal(t, known, s)
	require.Equal(t, 0.2, got)
}

func TestAMissingSignalHoldsForThreeScrapesThenTheNextCounts(t *testing.T) {
	l := load{asked: [signals]bool{true, true}}
	for range patience {
		_, s := l.take([signals]float64{missing, 0.9})
		require.Equal(t, waiting, s)
	}
	for range 2 {
		got, s := l.take([signals]float64{missing, 0.9})
		require.Equal(t, known, s)
		require.Equal(t, 0.9, got)
	}
	got, s := l.take([signals]float64{0.1, 0.2})
	require.Equal(t, known, s, "it is back")
	require.Equal(t, 0.2, got)
	_, s = l.take([signals]float64{missing, 0.2})
	require.Equal(t, waiting, s, "and may be missing for three more")
}

func TestWithoutAnySignalNobodyKnows(t *testing.T) {
	l := load{asked: [signals]bool{signalCPU: true}}
	for range patience {
		_, s := l.take([signals]float64{missing, 0.9})
		require.Equal(t, waiting, s)
	}
	_, s := l.take([signals]float64{missing, 0.9})
	require.Equal(t, unknown, s)
}

func TestCrowdingIsTheNumberOfProcessesFromLowToHigh(t *testing.T) {
	r := Range{Low: 200, High: 2000}
	for n, want := range map[int]float64{0: 0, 200: 0, 650: 0.25, 1100: 0.5, 2000: 1, 9000: 1} {
		require.InDelta(t, want, crowding(n, r), 1e-12, "%d processes", n)
	}
}

func TestTheLoadOfTheCPUIsThatOfTheOthers(t *testing.T) {
	var b busyness
	read := func(busy, total, own float64) float64 {
		return b.load(cpuReading{kind: sinceBoot, busy: busy, total: total, series: 8, own: own})
	}
	require.True(t, isMissing(read(100, 1000, 5)), "nothing to compare with")
	require.InDelta(t, 0.5, read(120, 1040, 5), 1e-12)
	require.InDelta(t, (20.0-4)/(40-4), read(140, 1080, 9), 1e-12, "without this collector")
	require.Zero(t, read(141, 1120, 19), "a collector that used more than was busy")
}

func TestReadingsThatDoNotGoTogetherAreNoLoad(t *testing.T) {
	first := cpuReading{kind: sinceBoot, busy: 100, total: 1000, series: 8}
	for name, next := range map[string]cpuReading{
		"the host began anew":         {kind: sinceBoot, busy: 10, total: 1100, series: 8},
		"a core was switched off":     {kind: sinceBoot, busy: 110, total: 1100, series: 7},
		"no time passed":              {kind: sinceBoot, busy: 100, total: 1000, series: 8},
		"the collector is all":        {kind: sinceBoot, busy: 110, total: 1010, series: 8, own: 10},
		"nothing is there to be used": {kind: cores},
	} {
		t.Run(name, func(t *testing.T) {
			var b busyness
			b.load(first)
			require.True(t, isMissing(b.load(next)))
		})
	}
}

func TestSharesAndDifferencesNeedNothingBefore(t *testing.T) {
	var b busyness
	require.InDelta(t, 0.25, b.load(cpuReading{kind: cores, busy: 1, total: 4, own: 7, at: 100}), 1e-12)
	require.InDelta(t, 0.5/3.5, b.load(cpuReading{kind: cores, busy: 1, total: 4, own: 12, at: 110}), 1e-12)
	b = busyness{}
	require.InDelta(t, 0.25, b.load(cpuReading{kind: interval, busy: 10, total: 40, own: 7}), 1e-12)
	require.InDelta(t, 5.0/35, b.load(cpuReading{kind: interval, busy: 10, total: 40, own: 12}), 1e-12)
}

func isMissing(v float64) bool { return v != v }
