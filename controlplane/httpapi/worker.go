package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/loadsim/worker"
)

type (
	assignmentRequest struct {
		Host string `query:"host" doc:"the worker's host" required:"true" maxLength:"253"`
		Wait int    `query:"wait" doc:"for how many seconds the server may hold the question" minimum:"0" maximum:"30" default:"0"`
	}
	assignmentAnswer struct {
		Status int
		Body   *worker.Assignment
	}
	statusRequest struct {
		ID   string `path:"id" maxLength:"128"`
		Body WorkerStatus
	}
)

// WorkerStatus is what a worker says of its assignment. Keys that are not known
// are ignored, as the protocol has it.
type WorkerStatus struct {
	_        struct{}               `additionalProperties:"true"`
	Host     string                 `json:"host" maxLength:"253"`
	State    controlplane.LoadState `json:"state" enum:"running,completed,stopped,failed,refused"`
	At       time.Time              `json:"at"`
	Message  string                 `json:"message,omitempty" maxLength:"4096"`
	Progress json.RawMessage        `json:"progress,omitempty"`
	Summary  json.RawMessage        `json:"summary,omitempty"`
}

// workerRoutes are the protocol of loadsim worker.
func (s *Server) workerRoutes() {
	const tag = "Load workers"
	claim := get("claimLoad", worker.AssignmentPath, tag, "Ask for work")
	claim.Errors = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}
	claim.Responses = map[string]*huma.Response{"204": {Description: "there is none now"}}
	register(s, claim, needs(controlplane.ClaimLoad), s.assign)
	status := strings.Replace(worker.StatusPath("ID"), "/ID/", "/{id}/", 1)
	register(s, post("reportLoad", status, tag, "Say how an assignment goes"), needs(controlplane.ReportLoad), s.report)
}

// assign gives a worker the next load for its host, and waits for one a while.
func (s *Server) assign(ctx context.Context, in *assignmentRequest) (*assignmentAnswer, error) {
	patience := time.NewTimer(time.Duration(in.Wait) * time.Second)
	defer patience.Stop()
	for {
		changed := s.service.Changed()
		a, err := s.service.ClaimLoad(ctx, CallerOf(ctx), in.Host)
		if err != nil {
			return nil, err
		}
		if a != nil {
			return &assignmentAnswer{Status: http.StatusOK, Body: assignmentOf(*a)}, nil
		}
		select {
		case <-changed:
		case <-patience.C:
			return &assignmentAnswer{Status: http.StatusNoContent}, nil
		case <-s.closing:
			return &assignmentAnswer{Status: http.StatusNoContent}, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func assignmentOf(a controlplane.Assignment) *worker.Assignment {
	return &worker.Assignment{
		ID: a.ID, Profile: a.Spec.Profile, DurationSeconds: time.Duration(a.Spec.Duration).Seconds(),
		ProcessCount: a.Spec.ProcessCount, ChurnRate: a.Spec.ChurnRate, Seed: a.Spec.Seed, CustomProfile: a.Spec.CustomProfile,
	}
}

func (s *Server) report(ctx context.Context, in *statusRequest) (*body[worker.Answer], error) {
	orders, err := s.service.ReportLoad(ctx, CallerOf(ctx), in.ID, controlplane.LoadReport{
		State: in.Body.State, Message: in.Body.Message, Progress: in.Body.Progress, Summary: in.Body.Summary,
	})
	return plainly(worker.Answer{Stop: orders.Stop}, err)
}
