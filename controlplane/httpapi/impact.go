package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// QueryFile is a file of Prometheus rules in YAML, or a Grafana dashboard in
// JSON.
type QueryFile struct {
	Name string `json:"name" doc:"what the answer calls it" minLength:"1" maxLength:"253"`
	Text string `json:"text" doc:"alert rules and recording rules as Prometheus reads them, or a dashboard as Grafana exports it"`
}

// ImpactInput is a pipeline, on what to try it, and whose queries to look at.
type ImpactInput struct {
	SimulationInput
	Files []QueryFile `json:"files" minItems:"1" maxItems:"200"`
}

// Impact is what queries would lose by a pipeline.
type Impact struct {
	Queries  int             `json:"queries" doc:"how many were looked at"`
	Affected []AffectedQuery `json:"affected" doc:"those that would lose series"`
	Unread   []UnreadQuery   `json:"unread,omitempty" doc:"those that are no PromQL"`
	// Critical is ready to be put into a deployment.
	Critical []controlplane.CriticalEntry `json:"critical" doc:"what keeps the processes that queries ask for by name"`
	// SavedShare is that of the simulation.
	SavedShare float64 `json:"savedShare" doc:"share of the series that would not be sent, from 0 to 1"`
}

// PlacedQuery is a query and where it is.
type PlacedQuery struct {
	File  string `json:"file"`
	Place string `json:"place" doc:"the rule's group and name, or the titles of the dashboard and the panel"`
	Expr  string `json:"expr"`
}

// AffectedQuery is a query that would lose series.
type AffectedQuery struct {
	PlacedQuery
	How      string   `json:"how" enum:"named,each" doc:"named: it asks for processes that are dropped; each: for each process, and has fewer then, and _other_"`
	Selector string   `json:"selector" doc:"the part of it that does"`
	Lost     []string `json:"lost" doc:"names of the dropped processes that it asks for"`
	Kept     int      `json:"kept" doc:"how many processes that it asks for are left"`
}

// UnreadQuery is a query that could not be looked at.
type UnreadQuery struct {
	PlacedQuery
	Problem string `json:"problem"`
}

type impactRequest struct{ Body ImpactInput }

func (s *Server) pipelineImpact(ctx context.Context, in *impactRequest) (*body[Impact], error) {
	c, err := s.toSimulate(ctx, in.Body.PipelineInput)
	if err != nil {
		return nil, err
	}
	return plainly(s.set.Simulator.Impact(ctx, c, in.Body.Recording, in.Body.Files))
}
