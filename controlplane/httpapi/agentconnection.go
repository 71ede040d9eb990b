package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// Explainer asks agents why they keep or drop a process.
type Explainer interface {
	// Explain returns the agent's own words. Its error is that of
	// [controlplane.Outgoing] if the agent is not connected.
	Explain(ctx context.Context, agent string, q Question) (json.RawMessage, error)
}

// Question names the process that is asked about, by one of PID and Name.
type Question struct {
	PID  int
	Name string
	At   time.Time
}

// AgentConfig is what an agent runs, or is to run.
type AgentConfig struct {
	ConfigurationText
	Effective bool                  `json:"effective,omitempty" doc:"the text is all that the agent says it runs, without secrets; else it is what it has from here"`
	Wanted    *controlplane.Desired `json:"wanted,omitempty" doc:"by whose wish; with wanted=true only"`
}

// Accepted says that a request was brought to the agent.
type Accepted struct {
	Agent string `json:"agent"`
}

type (
	agentConfigRequest struct {
		ID     string    `path:"id"`
		Wanted bool      `query:"wanted" doc:"what it is to run, instead of what it runs"`
		At     time.Time `query:"at" doc:"as it was at a time, as RFC 3339 has it"`
	}
	explainRequest struct {
		ID   string    `path:"id"`
		PID  int       `query:"pid" minimum:"0"`
		Name string    `query:"name" maxLength:"253"`
		At   time.Time `query:"at"`
	}
	releaseRequest struct {
		ID   string `path:"id"`
		Body struct {
			ConfigHash string `json:"configHash" doc:"the configuration that the agent blocked" minLength:"64" maxLength:"64"`
			Reason     string `json:"reason,omitempty" maxLength:"1024"`
		}
	}
	resyncRequest struct {
		ID   string `path:"id"`
		Body *Because
	}
	revealRequest struct {
		ID   string `path:"id"`
		Body struct {
			Until  time.Time `json:"until" doc:"when it ends; within the next hour"`
			Reason string    `json:"reason,omitempty" maxLength:"1024"`
		}
	}
)

// agentConnectionRoutes are those that ask the agent itself.
func (s *Server) agentConnectionRoutes() {
	const one, tag = "/api/v1/agents/{id}", "Agents"
	connecting := Access{Action: controlplane.ReportAgent, raw: true}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		s.routes.handle(Route{method, "/v1/opamp", connecting}, http.HandlerFunc(s.opamp))
	}
	register(s, get("explainAgent", one+"/explain", tag, "Ask an agent why it keeps or drops a process"), needs(controlplane.Read), s.explain)
	register(s, post("releaseAgent", one+"/release", tag, "Let an agent take a configuration again that it blocked"), needs(controlplane.ReleaseAgent), s.release)
	register(s, post("resyncAgent", one+"/resync", tag, "Have an agent take what is wanted of it again"), needs(controlplane.ResyncAgent), s.resync)
	register(s, post("revealAgent", one+"/reveal", tag, "Have an agent show what it would drop, until a time"), needs(controlplane.RevealAgent), s.reveal)
}

func (s *Server) opamp(w http.ResponseWriter, r *http.Request) {
	if s.set.OpAMP == nil {
		s.refuse(w, r, unavailable("this server takes no agents", "the server's log says why"))
		return
	}
	s.set.OpAMP.ServeHTTP(w, r)
}

func (s *Server) getAgentConfig(ctx context.Context, in *agentConfigRequest) (*body[AgentConfig], error) {
	by := CallerOf(ctx)
	if in.Wanted {
		return s.wantedConfig(ctx, by, in)
	}
	answer, err := s.remotePart(ctx, by, in)
	if err != nil || !in.At.IsZero() {
		return plainly(answer, err)
	}
	whole, err := s.service.Effective(ctx, by, in.ID)
	if whole != nil {
		answer.Text, answer.Effective = string(whole), true
	}
	return plainly(answer, err)
}

// remotePart is the part of what an agent runs that it has from here.
func (s *Server) remotePart(ctx context.Context, by controlplane.Caller, in *agentConfigRequest) (AgentConfig, error) {
	hash, err := s.running(ctx, by, in)
	if err != nil || hash == "" {
		return AgentConfig{}, err
	}
	c, err := s.service.Configuration(ctx, by, hash)
	return AgentConfig{ConfigurationText: textOf(c)}, err
}

// running is the hash of what an agent runs, or ran at a time; empty: its own
// bootstrap configuration, or none that is known here.
func (s *Server) running(ctx context.Context, by controlplane.Caller, in *agentConfigRequest) (string, error) {
	if in.At.IsZero() {
		a, err := s.service.Agent(ctx, by, in.ID)
		return a.Status.Report.ConfigHash, err
	}
	m, err := s.service.WantedAt(ctx, by, in.ID, in.At)
	if err != nil || m.Ran == nil {
		return "", err
	}
	return m.Ran.ConfigHash, nil
}

func (s *Server) wantedConfig(ctx context.Context, by controlplane.Caller, in *agentConfigRequest) (*body[AgentConfig], error) {
	m, err := s.service.WantedAt(ctx, by, in.ID, s.at(in.At))
	if err != nil {
		return nil, err
	}
	answer := AgentConfig{Wanted: &m.Wanted}
	if m.Wanted.ConfigHash != "" {
		c, err := s.service.Configuration(ctx, by, m.Wanted.ConfigHash)
		if err != nil {
			return nil, err
		}
		answer.ConfigurationText = textOf(c)
	}
	return plainly(answer, nil)
}

func (s *Server) explain(ctx context.Context, in *explainRequest) (*body[json.RawMessage], error) {
	if (in.PID == 0) == (in.Name == "") {
		return nil, wrong("query.pid", "pid, name: give one of them")
	}
	if _, err := s.service.Agent(ctx, CallerOf(ctx), in.ID); err != nil {
		return nil, err
	}
	if s.set.Explainer == nil {
		return nil, unavailable("agent "+in.ID+" is not connected", "phoenix explain on its host says the same")
	}
	return plainly(s.set.Explainer.Explain(ctx, in.ID, Question{PID: in.PID, Name: in.Name, At: in.At}))
}

func (s *Server) release(ctx context.Context, in *releaseRequest) (*body[Accepted], error) {
	return plainly(Accepted{in.ID}, s.service.ReleaseAgent(ctx, CallerOf(ctx), in.ID, in.Body.ConfigHash, in.Body.Reason))
}

func (s *Server) resync(ctx context.Context, in *resyncRequest) (*body[Accepted], error) {
	return plainly(Accepted{in.ID}, s.service.ResyncAgent(ctx, CallerOf(ctx), in.ID, in.Body.reason()))
}

func (s *Server) reveal(ctx context.Context, in *revealRequest) (*body[Accepted], error) {
	return plainly(Accepted{in.ID}, s.service.RevealAgent(ctx, CallerOf(ctx), in.ID, in.Body.Until, in.Body.Reason))
}
