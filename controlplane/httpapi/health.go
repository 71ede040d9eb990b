package httpapi

import (
	"context"
	"net/http"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/internal/version"
)

// Health says whether the program runs.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

// Readiness says whether requests can be answered.
type Readiness struct {
	Ready bool `json:"ready"`
	// Conditions are what is wrong beside that, such as metrics that were
	// damaged.
	Conditions []controlplane.Condition `json:"conditions" doc:"what else is so; none of it makes the server unready"`
}

// Program says which program this is.
type Program struct {
	Version    string `json:"version"`
	APIVersion string `json:"apiVersion"`
}

type readyAnswer struct {
	Status int
	Body   Readiness
}

func (s *Server) healthRoutes() {
	const tag = "Server"
	register(s, get("getHealth", "/healthz", tag, "Say whether the program runs"), open, health)
	register(s, get("getReadiness", "/readyz", tag, "Say whether requests can be answered"), local, s.ready)
	register(s, get("getProgram", "/version", tag, "Say which program this is"), open, programVersion)
}

func health(context.Context, *struct{}) (*body[Health], error) {
	return plainly(Health{Status: "ok"}, nil)
}

// ready reads from the store, as every request does.
func (s *Server) ready(ctx context.Context, _ *struct{}) (*readyAnswer, error) {
	_, err := s.service.Deployments(ctx, watcher, controlplane.Page{Limit: 1})
	answer := &readyAnswer{Status: http.StatusOK, Body: Readiness{Ready: err == nil, Conditions: []controlplane.Condition{}}}
	if err != nil {
		s.log.ErrorContext(ctx, "not ready", "error", err)
		answer.Status = http.StatusServiceUnavailable
	}
	if s.set.Conditions != nil {
		answer.Body.Conditions = append(answer.Body.Conditions, s.set.Conditions()...)
	}
	return answer, nil
}

func programVersion(context.Context, *struct{}) (*body[Program], error) {
	return plainly(Program{Version: version.Text(), APIVersion: controlplane.APIVersion}, nil)
}
