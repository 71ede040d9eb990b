package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Validator finds what is wrong with a configuration.
type Validator interface {
	// Validate reports all findings. Its error says that it could not look.
	Validate(ctx context.Context, c Candidate) (Validation, error)
}

// Simulator runs a configuration over recorded scrapes: those of recording, or
// its own if that is empty. An error is a [*controlplane.Error], or that it could
// not run.
type Simulator interface {
	// Simulate says what the configuration would do.
	Simulate(ctx context.Context, c Candidate, recording []byte) (Simulation, error)
	// Impact says which queries of files would lose series by it.
	Impact(ctx context.Context, c Candidate, recording []byte, files []QueryFile) (Impact, error)
}

// Candidate is a configuration that nobody wants yet.
type Candidate struct {
	controlplane.Pipeline
	// Text is the configuration that the pipeline rendered to.
	Text []byte
	// Strict makes errors of warnings.
	Strict bool
}

// Validation is what is wrong with a configuration.
type Validation struct {
	// Valid configurations have no finding of the level error.
	Valid    bool      `json:"valid" doc:"it has no finding of the level error"`
	Findings []Finding `json:"findings"`
	// Collector says whether a collector was asked whether it would take it.
	Collector bool `json:"collector" doc:"a collector was asked whether it takes it"`
	// NotAsked says why none was.
	NotAsked string `json:"notAsked,omitempty" doc:"why none was asked"`
}

// Finding is one thing that is wrong.
type Finding struct {
	Code    string `json:"code"`
	Level   string `json:"level" enum:"error,warning"`
	Line    int    `json:"line,omitempty" doc:"from 1; 0: no place"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty" doc:"where it is, such as processors::topk::k"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty" doc:"the next step"`
}

// Simulation is what a configuration would do to a host. What comes in and goes
// out is of one scrape, on average.
type Simulation struct {
	Scrapes   int  `json:"scrapes" doc:"how many were recorded"`
	Processes Flow `json:"processes" doc:"of one scrape, on average"`
	Series    Flow `json:"series" doc:"of one scrape, on average"`
	Points    Flow `json:"points" doc:"of one scrape, on average"`
	Distinct  Flow `json:"distinct" doc:"series of all scrapes together"`
	// SavedShare is the share of the series that would not be sent.
	SavedShare float64   `json:"savedShare" doc:"share of the series that would not be sent, from 0 to 1"`
	Dropped    []Dropped `json:"dropped" doc:"processes without series of their own; the greatest first, at most 1,000"`
}

// Flow is how much comes in and goes out.
type Flow struct {
	In  int `json:"in"`
	Out int `json:"out"`
}

// Dropped is a process that would not be sent under its own name.
type Dropped struct {
	Name   string  `json:"name"`
	PID    int64   `json:"pid"`
	CPU    float64 `json:"cpu" doc:"seconds of CPU time that it used meanwhile"`
	Reason string  `json:"reason" doc:"such as below_rank, max_series, threshold, grouped or filtered"`
}

// PipelineInput is a pipeline as a deployment has it.
type PipelineInput struct {
	Pipeline controlplane.Pipeline        `json:"pipeline"`
	Critical []controlplane.CriticalEntry `json:"critical,omitempty"`
	Strict   bool                         `json:"strict,omitempty" doc:"warnings are errors"`
}

// SimulationInput is a pipeline, and on what to try it.
type SimulationInput struct {
	PipelineInput
	Recording []byte `json:"recording,omitempty" doc:"scrapes as record-scrapes writes them, in base64; without them the server takes its own"`
}

// mostRecorded is how many bytes a body with a recording may have.
const mostRecorded = 16 << 20

type (
	pipelineRequest   struct{ Body PipelineInput }
	simulationRequest struct{ Body SimulationInput }
)

func (s *Server) pipelineRoutes() {
	const tag = "Pipelines"
	read := needs(controlplane.Read)
	register(s, post("renderPipeline", "/api/v1/pipelines/render", tag, "Render a pipeline to a configuration"), read, s.renderPipeline)
	register(s, post("validatePipeline", "/api/v1/pipelines/validate", tag, "Find what is wrong with a pipeline"), read, s.validatePipeline)
	register(s, post("simulatePipeline", "/api/v1/pipelines/simulate", tag, "Say what a pipeline would do to a recorded host"), read.upTo(mostRecorded), s.simulatePipeline)
	register(s, post("pipelineImpact", "/api/v1/pipelines/impact", tag, "Say which alert rules, recording rules and dashboards would lose series by a pipeline"), read.upTo(mostRecorded), s.pipelineImpact)
}

func (s *Server) renderPipeline(ctx context.Context, in *pipelineRequest) (*body[ConfigurationText], error) {
	c, err := rendered(ctx, in.Body)
	return plainly(textOf(c), err)
}

func (s *Server) validatePipeline(ctx context.Context, in *pipelineRequest) (*body[Validation], error) {
	if s.set.Validator == nil {
		return nil, unavailable("this server has no validator", "use phoenix pipeline validate")
	}
	c, err := rendered(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return plainly(s.set.Validator.Validate(ctx, candidate(in.Body, c)))
}

func (s *Server) simulatePipeline(ctx context.Context, in *simulationRequest) (*body[Simulation], error) {
	c, err := s.toSimulate(ctx, in.Body.PipelineInput)
	if err != nil {
		return nil, err
	}
	return plainly(s.set.Simulator.Simulate(ctx, c, in.Body.Recording))
}

// toSimulate is the candidate of a pipeline, if there is a simulator.
func (s *Server) toSimulate(ctx context.Context, in PipelineInput) (Candidate, error) {
	if s.set.Simulator == nil {
		return Candidate{}, unavailable("this server has no simulator, as it found no otelcol-phoenix", "set collector, or try the pipeline on a host with phoenix try")
	}
	c, err := rendered(ctx, in)
	return candidate(in, c), err
}

func candidate(in PipelineInput, c controlplane.Configuration) Candidate {
	return Candidate{Pipeline: in.Pipeline, Text: c.Text, Strict: in.Strict}
}

// rendered makes the configuration of a pipeline.
func rendered(ctx context.Context, in PipelineInput) (controlplane.Configuration, error) {
	if (in.Pipeline.Template == "") == (in.Pipeline.Inline == "") {
		return controlplane.Configuration{}, wrong("/pipeline", "pipeline: give either template or inline")
	}
	c, err := controlplane.RenderCatalog(ctx, controlplane.DeploymentSpec{Pipeline: in.Pipeline, Critical: in.Critical})
	c.Hash = controlplane.HashConfiguration(c.Text)
	return c, err
}
