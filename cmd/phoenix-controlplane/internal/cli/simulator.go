package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/catalog/recorded"
	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/impact"
	"github.com/phoenix-platform/phoenix/controlplane/metrics/otlplimit"
	"github.com/phoenix-platform/phoenix/controlplane/simulation"
	"github.com/phoenix-platform/phoenix/internal/recording"
)

const (
	// mostDropped is how many processes an answer names.
	mostDropped = 1000
	// mostUnpacked is how many bytes the scrapes of an uploaded recording have
	// at most; decoded they take some three times as many.
	mostUnpacked = 64 << 20
)

// simulator runs pipelines over a recording, one at a time: each takes a
// collector of its own for some seconds.
type simulator struct {
	collector simulation.Simulator
	// recording is the path of the server's own; empty: the catalog's.
	recording string
	slot      chan struct{}
}

// newSimulator returns nil if there is no collector. The error is of a recording
// that cannot be opened.
func newSimulator(collector, recording string) (httpapi.Simulator, error) {
	if collector == "" {
		return nil, nil
	}
	if recording != "" {
		if _, err := os.Stat(recording); err != nil {
			return nil, fmt.Errorf("recording: %w", err)
		}
	}
	return &simulator{simulation.Simulator{Binary: collector}, recording, make(chan struct{}, 1)}, nil
}

// Simulate says what a configuration would do to the host of a recording.
func (s *simulator) Simulate(ctx context.Context, c httpapi.Candidate, sent []byte) (answer httpapi.Simulation, err error) {
	err = s.run(ctx, c, sent, func(_ []pmetric.Metrics, r simulation.Result) { answer = told(r) })
	return answer, err
}

// Impact says which queries would lose series on the host of a recording.
func (s *simulator) Impact(ctx context.Context, c httpapi.Candidate, sent []byte, files []httpapi.QueryFile) (answer httpapi.Impact, err error) {
	var queries []impact.Query
	for i, f := range files {
		found, err := impact.Read(f.Name, []byte(f.Text))
		if err != nil {
			return answer, unusable(fmt.Sprintf("/files/%d/text", i), "send rules as Prometheus reads them, or a dashboard as Grafana exports it", err)
		}
		queries = append(queries, found...)
	}
	err = s.run(ctx, c, sent, func(scrapes []pmetric.Metrics, r simulation.Result) {
		answer = affected(impact.Of(queries, impact.Processes(scrapes, r)))
		answer.SavedShare = r.SavedShare
	})
	return answer, err
}

// run runs a configuration over a recording when no other runs, and has use look
// at the result.
func (s *simulator) run(ctx context.Context, c httpapi.Candidate, sent []byte, use func([]pmetric.Metrics, simulation.Result)) error {
	select {
	case s.slot <- struct{}{}:
		defer func() { <-s.slot }()
	case <-ctx.Done():
		return ctx.Err()
	}
	scrapes, err := s.scrapes(sent)
	if err != nil {
		return err
	}
	r, err := s.collector.Run(ctx, c.Text, scrapes)
	if errors.Is(err, simulation.ErrConfig) {
		return unusable("/pipeline", "POST /api/v1/pipelines/validate says what is wrong with a configuration", err)
	}
	if err == nil {
		use(scrapes, r)
	}
	return err
}

// scrapes reads a recording, or the server's own, which is not kept: it takes
// memory that is seldom needed.
func (s *simulator) scrapes(sent []byte) ([]pmetric.Metrics, error) {
	if len(sent) > 0 {
		return uploaded(sent)
	}
	if s.recording == "" {
		return recorded.Scrapes()
	}
	f, err := os.Open(s.recording)
	if err != nil {
		return nil, fmt.Errorf("recording: %w", err)
	}
	defer f.Close()
	return recording.Read(f)
}

// uploaded reads the recording of a request.
func uploaded(sent []byte) ([]pmetric.Metrics, error) {
	scrapes, err := recording.ReadWithin(bytes.NewReader(sent), recording.Limits{Bytes: mostUnpacked, Check: decodable})
	if err == nil && len(scrapes) == 0 {
		err = errors.New("there is no scrape in it")
	}
	if err != nil {
		return nil, unusable("/recording", "send what record-scrapes wrote, in base64", err)
	}
	return scrapes, nil
}

// decodable looks at a scrape of somebody unknown.
func decodable(raw []byte) error {
	_, err := otlplimit.Protobuf(raw)
	return err
}

// unusable is an error of what somebody sent, at a place of the body.
func unusable(pointer, hint string, err error) error {
	return &controlplane.Error{
		Code: controlplane.CodeInvalid, Message: err.Error(), Hint: hint,
		Details: []controlplane.Detail{{Pointer: pointer, Message: err.Error()}},
	}
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

// affected is a report in the words of the API.
func affected(r impact.Report) httpapi.Impact {
	answer := httpapi.Impact{Queries: r.Queries, Affected: []httpapi.AffectedQuery{}, Critical: r.Critical}
	for _, a := range r.Affected {
		answer.Affected = append(answer.Affected, httpapi.AffectedQuery{
			PlacedQuery: httpapi.PlacedQuery(a.Query), How: a.How, Selector: a.Selector, Lost: a.Lost, Kept: a.Kept,
		})
	}
	for _, u := range r.Unread {
		answer.Unread = append(answer.Unread, httpapi.UnreadQuery{PlacedQuery: httpapi.PlacedQuery(u.Query), Problem: u.Problem})
	}
	return answer
}
