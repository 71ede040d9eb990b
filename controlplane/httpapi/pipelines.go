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

// Simulator runs a configuration over a recorded scrape.
type Simulator interface {
	// Simulate says what the configuration would do. Its error is a
	// [*controlplane.Error], or that it could not run.
	Simulate(ctx context.Context, c Candidate) (Simulation, error)
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

type pipelineRequest struct{ Body PipelineInput }

func (s *Server) pipelineRoutes() {
	const tag = "Pipelines"
	read := needs(controlplane.Read)
	register(s, post("renderPipeline", "/api/v1/pipelines/render", tag, "Render a pipeline to a configuration"), read, s.renderPipeline)
	register(s, post("validatePipeline", "/api/v1/pipelines/validate", tag, "Find what is wrong with a pipeline"), read, s.validatePipeline)
	register(s, post("simulatePipeline", "/api/v1/pipelines/simulate", tag, "Say what a pipeline would do to a recorded host"), read, s.simulatePipeline)
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

func (s *Server) simulatePipeline(ctx context.Context, in *pipelineRequest) (*body[Simulation], error) {
	if s.set.Simulator == nil {
		return nil, unavailable("this server has no simulator", "try the pipeline on a host with phoenix try")
	}
	c, err := rendered(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return plainly(s.set.Simulator.Simulate(ctx, candidate(in.Body, c)))
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
