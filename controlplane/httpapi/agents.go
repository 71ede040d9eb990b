package httpapi

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

type (
	agentsRequest struct {
		Listing
		Deployment string                  `query:"deployment" maxLength:"63"`
		Host       string                  `query:"host" maxLength:"253"`
		State      controlplane.AgentState `query:"state" enum:"pending,applying,applied,failed,diverged"`
		Selector   string                  `query:"selector" doc:"labels that must hold, such as tier=web,!old" maxLength:"4096"`
	}
	agentRequest struct {
		Reading
		ID string `path:"id" doc:"the agent's instance UID"`
	}
	agentListRequest struct {
		Listing
		ID string `path:"id"`
	}
	labelAgent struct {
		Changing
		ID   string `path:"id"`
		Body struct {
			Labels map[string]string `json:"labels" doc:"all labels that the agent has from now on"`
			Reason string            `json:"reason,omitempty" maxLength:"1024"`
		}
	}
	deleteAgent struct {
		Changing
		ID     string `path:"id"`
		Reason string `query:"reason" maxLength:"1024"`
	}
	hostRequest struct {
		Host string    `path:"host"`
		At   time.Time `query:"at" doc:"a time as RFC 3339 has it; without it now"`
	}
)

func (s *Server) agentRoutes() {
	const all, one, tag = "/api/v1/agents", "/api/v1/agents/{id}", "Agents"
	read := needs(controlplane.Read)
	register(s, get("listAgents", all, tag, "List agents"), read, s.listAgents)
	register(s, get("getAgent", one, tag, "Get an agent"), read, s.getAgent)
	register(s, put("labelAgent", one+"/labels", tag, "Replace an agent's labels"), needs(controlplane.LabelAgent), s.labelAgent)
	register(s, del("deleteAgent", one, tag, "Forget an agent and end its token"), needs(controlplane.DeleteAgent), s.deleteAgent)
	register(s, get("getAgentConfig", one+"/config", tag, "Get what an agent runs, or is to run"), read, s.getAgentConfig)
	register(s, get("listAttempts", one+"/attempts", tag, "List what became of the offers to an agent"), read, s.listAttempts)
	register(s, get("listWanted", one+"/wanted", tag, "List all that was wanted of an agent"), read, s.listWanted)
	register(s, get("getHost", "/api/v1/hosts/{host}", tag, "Get what was wanted on a host at a time, and what ran"), read, s.getHost)
	s.agentConnectionRoutes()
}

func (s *Server) listAgents(ctx context.Context, in *agentsRequest) (*body[controlplane.List[controlplane.Agent]], error) {
	selector, err := parseSelector(in.Selector)
	if err != nil {
		return nil, err
	}
	filter := controlplane.AgentFilter{Deployment: in.Deployment, Host: in.Host, State: in.State, Selector: selector}
	return plainly(s.service.Agents(ctx, CallerOf(ctx), filter, in.page()))
}

func (s *Server) getAgent(ctx context.Context, in *agentRequest) (*tagged[controlplane.Agent], error) {
	a, err := s.service.Agent(ctx, CallerOf(ctx), in.ID)
	return resource(in.Reading, a.Metadata, a, err)
}

func (s *Server) labelAgent(ctx context.Context, in *labelAgent) (*tagged[controlplane.Agent], error) {
	a, err := s.service.LabelAgent(ctx, CallerOf(ctx), in.ID, in.Body.Labels, in.Body.Reason, in.version())
	return changed(a.Metadata, a, err)
}

func (s *Server) deleteAgent(ctx context.Context, in *deleteAgent) (*struct{}, error) {
	return nil, s.service.DeleteAgent(ctx, CallerOf(ctx), in.ID, in.Reason, in.version())
}

func (s *Server) listAttempts(ctx context.Context, in *agentListRequest) (*body[controlplane.List[controlplane.Attempt]], error) {
	return plainly(s.service.Attempts(ctx, CallerOf(ctx), in.ID, in.page()))
}

func (s *Server) listWanted(ctx context.Context, in *agentListRequest) (*body[controlplane.List[controlplane.Desired]], error) {
	return plainly(s.service.History(ctx, CallerOf(ctx), in.ID, in.page()))
}

func (s *Server) getHost(ctx context.Context, in *hostRequest) (*body[controlplane.List[controlplane.Moment]], error) {
	moments, err := s.service.WantedOnHost(ctx, CallerOf(ctx), in.Host, s.at(in.At))
	return plainly(controlplane.List[controlplane.Moment]{Items: moments}, err)
}

// at is a time that was given, or now.
func (s *Server) at(t time.Time) time.Time {
	if t.IsZero() {
		return s.set.Now()
	}
	return t
}
