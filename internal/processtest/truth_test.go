package processtest

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// second is the time of a second of a story that is later than any test.
func second(n int) int { return int(ScrapeStart/1e9) + n }

// born is a story of two scrapes: process 1 goes on, 2 is born between them.
func born() []pmetric.Metrics {
	return []pmetric.Metrics{
		At(second(0), Process{PID: 1, Name: "a", Begun: 1, CPU: 100, Memory: 5}),
		At(second(10), Process{PID: 1, Name: "a", Begun: 1, CPU: 130, Memory: 6}, Process{PID: 2, Name: "b", Begun: second(5), CPU: 4, Memory: 1}),
	}
}

const (
	cpu    = "web-1|process.cpu.time|state=user,"
	memory = "web-1|process.memory.usage|"
)

func TestTheTruthOfABirth(t *testing.T) {
	tr := NewTruth()
	for _, md := range born() {
		tr.Take(md)
	}
	require.Equal(t, map[string]float64{cpu: 34}, tr.Used, "30 of process 1, and all of 2")
	require.Empty(t, tr.Waits)
	require.Equal(t, map[string]float64{memory: 7}, tr.Levels)
	require.Equal(t, map[string]int{"web-1": 2}, tr.Scrapes)
	require.Len(t, tr.Offered[Offer("web-1", 2)], 2)
	require.True(t, tr.Beyond(map[string]int{"web-1": 0}, 1))
	require.False(t, tr.Beyond(map[string]int{"web-1": 1}, 1))
}

func TestTheTruthOfACounter(t *testing.T) {
	for name, c := range map[string]struct {
		then Process
		used float64
	}{
		"goes on":                  {Process{PID: 1, Name: "a", Begun: 1, CPU: 130}, 30},
		"a dip":                    {Process{PID: 1, Name: "a", Begun: 1, CPU: 99.5}, 0},
		"a reset":                  {Process{PID: 1, Name: "a", Begun: 1, CPU: 7}, 7},
		"no number":                {Process{PID: 1, Name: "a", Begun: 1, CPU: math.NaN()}, 0},
		"negative":                 {Process{PID: 1, Name: "a", Begun: 1, CPU: -1}, 0},
		"the start is now":         {Process{PID: 1, Name: "a", Begun: second(10), CPU: 130}, 30},
		"the PID comes back":       {Process{PID: 1, Name: "b", Begun: second(5), CPU: 130}, 130},
		"an old one appears again": {Process{PID: 1, Name: "b", Begun: 2, CPU: 130}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tr := NewTruth()
			tr.Take(At(second(0), Process{PID: 1, Name: "a", Begun: 1, CPU: 100}))
			tr.Take(At(second(10), c.then))
			require.Equal(t, c.used, tr.Used[cpu])
		})
	}
}

func TestALateScrapeIsNoTruth(t *testing.T) {
	tr, story := NewTruth(), born()
	tr.Take(story[1])
	tr.Take(story[0])
	require.Equal(t, map[string]int{"web-1": 1}, tr.Scrapes)
	require.Empty(t, tr.Levels)
}
