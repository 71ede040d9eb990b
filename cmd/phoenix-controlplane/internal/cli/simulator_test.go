package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
)

func TestASimulationIsToldPerScrape(t *testing.T) {
	r := simulation.Result{
		Scrapes: make([]simulation.Scrape, 4), Series: simulation.Flow{In: 4000, Out: 402}, Distinct: simulation.Flow{In: 1500, Out: 200}, SavedShare: 0.9,
		Dropped: make([]simulation.Dropped, mostDropped+1),
	}
	r.Dropped[0] = simulation.Dropped{Name: "sh", PID: 7, CPU: 1.5, Reason: "below_rank"}
	got := told(r)
	require.Equal(t, 4, got.Scrapes)
	require.Equal(t, httpapi.Flow{In: 1000, Out: 101}, got.Series, "rounded")
	require.Equal(t, httpapi.Flow{In: 1500, Out: 200}, got.Distinct)
	require.Len(t, got.Dropped, mostDropped)
	require.Equal(t, httpapi.Dropped{Name: "sh", PID: 7, CPU: 1.5, Reason: "below_rank"}, got.Dropped[0])
}

func TestASimulatorNeedsACollector(t *testing.T) {
	s, err := newSimulator("", "")
	require.NoError(t, err)
	require.Nil(t, s)
	_, err = newSimulator("collector", "/nowhere")
	require.ErrorContains(t, err, "recording:")
}
