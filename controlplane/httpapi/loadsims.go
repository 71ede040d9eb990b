package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

// LoadInput is a load simulation as a user gives it.
type LoadInput struct {
	APIVersion string                `json:"apiVersion,omitempty" enum:"phoenix.io/v1alpha1"`
	Kind       string                `json:"kind,omitempty" enum:"LoadSimulation"`
	Metadata   InputMetadata         `json:"metadata"`
	Spec       controlplane.LoadSpec `json:"spec"`
	Status     map[string]any        `json:"status,omitempty" doc:"ignored"`
}

// LoadProfile is a kind of load.
type LoadProfile struct {
	Name         string        `json:"name"`
	Summary      string        `json:"summary"`
	Duration     string        `json:"duration" doc:"how long it runs if nobody says"`
	ProcessCount profile.Range `json:"processCount" doc:"a range of zeros: it takes none"`
	ChurnRate    profile.Range `json:"churnRate" doc:"births per second"`
}

type (
	loadsRequest struct{ Listing }
	loadRequest  struct {
		Reading
		Name string `path:"name"`
	}
	createLoad struct {
		Making
		Body LoadInput
	}
	changeLoad struct {
		Changing
		Name string `path:"name"`
	}
)

func (s *Server) loadRoutes() {
	const all, one, tag = "/api/v1/loadsims", "/api/v1/loadsims/{name}", "Load simulations"
	read := needs(controlplane.Read)
	register(s, get("listLoadProfiles", "/api/v1/loadsim-profiles", tag, "List the profiles of load simulations"), read, listProfiles)
	register(s, get("listLoads", all, tag, "List load simulations"), read, s.listLoads)
	register(s, created(post("createLoad", all, tag, "Start a load simulation")), needs(controlplane.CreateLoad), s.createLoad)
	register(s, get("getLoad", one, tag, "Get a load simulation"), read, s.getLoad)
	register(s, post("stopLoad", one+"/stop", tag, "Stop a load simulation"), needs(controlplane.StopLoad), s.stopLoad)
	register(s, del("deleteLoad", one, tag, "Delete a load simulation, which ends it"), needs(controlplane.DeleteLoad), s.deleteLoad)
}

func listProfiles(_ context.Context, in *Reading) (*tagged[controlplane.List[LoadProfile]], error) {
	list := controlplane.List[LoadProfile]{Items: []LoadProfile{}}
	for _, p := range profile.All() {
		list.Items = append(list.Items, LoadProfile{
			Name: p.Name, Summary: p.Summary, Duration: p.Duration.String(), ProcessCount: p.ProcessCount, ChurnRate: p.ChurnRate,
		})
	}
	return hashed(*in, list)
}

func (s *Server) listLoads(ctx context.Context, in *loadsRequest) (*body[controlplane.List[controlplane.LoadSimulation]], error) {
	return plainly(s.service.Loads(ctx, CallerOf(ctx), in.page()))
}

func (s *Server) createLoad(ctx context.Context, in *createLoad) (*tagged[controlplane.LoadSimulation], error) {
	draft := controlplane.LoadDraft{Name: in.Body.Metadata.Name, Labels: in.Body.Metadata.Labels, Spec: in.Body.Spec}
	l, err := s.service.CreateLoad(ctx, CallerOf(ctx), draft)
	return changed(l.Metadata, l, err)
}

func (s *Server) getLoad(ctx context.Context, in *loadRequest) (*tagged[controlplane.LoadSimulation], error) {
	l, err := s.service.Load(ctx, CallerOf(ctx), in.Name)
	return resource(in.Reading, l.Metadata, l, err)
}

func (s *Server) stopLoad(ctx context.Context, in *changeLoad) (*tagged[controlplane.LoadSimulation], error) {
	l, err := s.service.StopLoad(ctx, CallerOf(ctx), in.Name)
	return changed(l.Metadata, l, err)
}

func (s *Server) deleteLoad(ctx context.Context, in *changeLoad) (*struct{}, error) {
	return nil, s.service.DeleteLoad(ctx, CallerOf(ctx), in.Name, in.version())
}
