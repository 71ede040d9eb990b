package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
	"github.com/phoenix-platform/phoenix/internal/recording"
)

// mostDropped is how many processes an answer names.
const mostDropped = 1000

// simulator runs pipelines over a recording, one at a time: each takes a
// collector of its own for some seconds.
type simulator struct {
	collector simulation.Simulator
	recording string
	slot      chan struct{}
}

// newSimulator returns nil if there is no collector or no recording. The error
// is of a recording that cannot be opened.
func newSimulator(collector, recording string) (httpapi.Simulator, error) {
	if recording == "" || collector == "" {
		return nil, nil
	}
	if _, err := os.Stat(recording); err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	return &simulator{simulation.Simulator{Binary: collector}, recording, make(chan struct{}, 1)}, nil
}

// Simulate says what a configuration would do to the host of the recording.
func (s *simulator) Simulate(ctx context.Context, c httpapi.Candidate) (httpapi.Simulation, error) {
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	case <-ctx.Done():
		return httpapi.Simulation{}, ctx.Err()
	}
	scrapes, err := s.scrapes()
	if err != nil {
		return httpapi.Simulation{}, err
	}
	r, err := s.collector.Run(ctx, c.Text, scrapes)
	if errors.Is(err, simulation.ErrConfig) {
		return httpapi.Simulation{}, &controlplane.Error{
			Code: controlplane.CodeInvalid, Message: err.Error(), Hint: "POST /api/v1/pipelines/validate says what is wrong with a configuration",
		}
	}
	return told(r), err
}

// scrapes reads the recording. It is not kept: it takes memory that is seldom
// needed.
func (s *simulator) scrapes() ([]pmetric.Metrics, error) {
	f, err := os.Open(s.recording)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer f.Close()
	return recording.Read(f)
}

// told is a result in the words of the API.
func told(r simulation.Result) httpapi.Simulation {
	one := func(sum simulation.Flow) httpapi.Flow { return httpapi.Flow(r.PerScrape(sum)) }
	answer := httpapi.Simulation{
		Scrapes: len(r.Scrapes), Processes: one(r.Processes), Series: one(r.Series), Points: one(r.Points),
		Distinct: httpapi.Flow(r.Distinct), SavedShare: r.SavedShare, Dropped: []httpapi.Dropped{},
	}
	for _, d := range r.Dropped[:min(len(r.Dropped), mostDropped)] {
		answer.Dropped = append(answer.Dropped, httpapi.Dropped{Name: d.Name, PID: d.PID, CPU: d.CPU, Reason: d.Reason})
	}
	return answer
}
