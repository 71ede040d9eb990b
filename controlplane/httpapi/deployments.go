package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// DeploymentInput is a deployment as a user gives it. One that was read from
// here can be sent again as it is.
type DeploymentInput struct {
	APIVersion string                      `json:"apiVersion,omitempty" enum:"phoenix.io/v1alpha1"`
	Kind       string                      `json:"kind,omitempty" enum:"PipelineDeployment"`
	Metadata   InputMetadata               `json:"metadata"`
	Spec       controlplane.DeploymentSpec `json:"spec"`
	Status     map[string]any              `json:"status,omitempty" doc:"ignored"`
	Reason     string                      `json:"reason,omitempty" doc:"why; the version keeps it" maxLength:"1024"`
}

func (i DeploymentInput) draft(name string) controlplane.Draft {
	return controlplane.Draft{Name: name, Labels: i.Metadata.Labels, Spec: i.Spec, Reason: i.Reason}
}

type (
	deploymentsRequest struct{ Listing }
	deploymentRequest  struct {
		Reading
		Name string `path:"name"`
	}
	createDeployment struct {
		Making
		Body DeploymentInput
	}
	updateDeployment struct {
		Changing
		Name string `path:"name"`
		Body DeploymentInput
	}
	rollbackDeployment struct {
		Changing
		Name string `path:"name"`
		Body struct {
			Version int    `json:"version" doc:"the version to have again" minimum:"1"`
			Reason  string `json:"reason,omitempty" maxLength:"1024"`
		}
	}
	deleteDeployment struct {
		Changing
		Name   string `path:"name"`
		DryRun bool   `query:"dryRun" doc:"say what would go, and change nothing"`
		Reason string `query:"reason" maxLength:"1024"`
	}
)

func (s *Server) deploymentRoutes() {
	const all, one, tag = "/api/v1/deployments", "/api/v1/deployments/{name}", "Deployments"
	read := needs(controlplane.Read)
	register(s, get("listDeployments", all, tag, "List deployments"), read, s.listDeployments)
	register(s, created(post("createDeployment", all, tag, "Create a deployment")), needs(controlplane.CreateDeployment), s.createDeployment)
	register(s, get("getDeployment", one, tag, "Get a deployment"), read, s.getDeployment)
	register(s, get("getDeploymentStatus", one+"/status", tag, "Get how a deployment goes"), read, s.getDeploymentStatus)
	register(s, post("planDeployment", one+"/plan", tag, "Say which agents a new spec would reach, and change nothing"), needs(controlplane.UpdateDeployment), s.planDeployment)
	register(s, put("updateDeployment", one, tag, "Replace a deployment's spec"), needs(controlplane.UpdateDeployment), s.updateDeployment)
	register(s, post("rollbackDeployment", one+"/rollback", tag, "Have an earlier version again"), needs(controlplane.RollbackDeployment), s.rollbackDeployment)
	register(s, del("deleteDeployment", one, tag, "Delete a deployment"), needs(controlplane.DeleteDeployment), s.deleteDeployment)
}

func (s *Server) listDeployments(ctx context.Context, in *deploymentsRequest) (*body[controlplane.List[controlplane.PipelineDeployment]], error) {
	return plainly(s.service.Deployments(ctx, CallerOf(ctx), in.page()))
}

func (s *Server) getDeployment(ctx context.Context, in *deploymentRequest) (*tagged[controlplane.PipelineDeployment], error) {
	d, err := s.service.Deployment(ctx, CallerOf(ctx), in.Name)
	if err != nil {
		return nil, err
	}
	// The status changes without the resource: only a change needs the tag.
	return changed(d.Metadata, d, nil)
}

func (s *Server) getDeploymentStatus(ctx context.Context, in *deploymentRequest) (*body[controlplane.DeploymentStatus], error) {
	d, err := s.service.Deployment(ctx, CallerOf(ctx), in.Name)
	return plainly(d.Status, err)
}

func (s *Server) createDeployment(ctx context.Context, in *createDeployment) (*tagged[controlplane.PipelineDeployment], error) {
	d, err := s.service.CreateDeployment(ctx, CallerOf(ctx), in.Body.draft(in.Body.Metadata.Name))
	return changed(d.Metadata, d, err)
}

func (s *Server) planDeployment(ctx context.Context, in *updateDeployment) (*body[controlplane.Reach], error) {
	if err := in.Body.Metadata.named(in.Name); err != nil {
		return nil, err
	}
	return plainly(s.service.PlanDeployment(ctx, CallerOf(ctx), in.Body.draft(in.Name), in.Body.Metadata.base(in.Changing)))
}

func (s *Server) updateDeployment(ctx context.Context, in *updateDeployment) (*tagged[controlplane.PipelineDeployment], error) {
	if err := in.Body.Metadata.named(in.Name); err != nil {
		return nil, err
	}
	d, err := s.service.UpdateDeployment(ctx, CallerOf(ctx), in.Body.draft(in.Name), in.Body.Metadata.base(in.Changing))
	return changed(d.Metadata, d, err)
}

func (s *Server) rollbackDeployment(ctx context.Context, in *rollbackDeployment) (*tagged[controlplane.PipelineDeployment], error) {
	d, err := s.service.RollbackDeployment(ctx, CallerOf(ctx), in.Name, in.Body.Version, in.Body.Reason, in.version())
	return changed(d.Metadata, d, err)
}

func (s *Server) deleteDeployment(ctx context.Context, in *deleteDeployment) (*body[controlplane.Reach], error) {
	if in.DryRun {
		return plainly(s.service.PlanDeletion(ctx, CallerOf(ctx), in.Name))
	}
	return plainly(s.service.DeleteDeployment(ctx, CallerOf(ctx), in.Name, in.Reason, in.version()))
}
