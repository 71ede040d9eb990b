package httpapi

import (
	"context"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// ConfigurationText is a configuration for a collector.
type ConfigurationText struct {
	Hash     string `json:"hash" doc:"SHA-256 of the text; empty: the agent's own bootstrap configuration"`
	Text     string `json:"text" doc:"YAML"`
	Template string `json:"template,omitempty"`
	// TemplateHash is that of the template's text when it was rendered.
	TemplateHash string `json:"templateHash,omitempty" doc:"that of the template's text when it was rendered"`
}

func textOf(c controlplane.Configuration) ConfigurationText {
	return ConfigurationText{Hash: c.Hash, Text: string(c.Text), Template: c.Template, TemplateHash: c.TemplateHash}
}

type (
	versionsRequest struct {
		Listing
		Name string `path:"name"`
	}
	versionRequest struct {
		Name    string `path:"name"`
		Version int    `path:"version" minimum:"1"`
	}
	configRequest struct {
		Name    string `path:"name"`
		Version int    `query:"version" doc:"0: the newest" minimum:"0"`
	}
	diffRequest struct {
		Name string `path:"name"`
		From int    `query:"from" doc:"0: the one before" minimum:"0"`
		To   int    `query:"to" doc:"0: the newest" minimum:"0"`
	}
	configurationRequest struct {
		Hash string `path:"hash"`
	}
)

func (s *Server) versionRoutes() {
	const one, tag = "/api/v1/deployments/{name}", "Versions"
	read := needs(controlplane.Read)
	register(s, get("listVersions", one+"/versions", tag, "List the versions of a deployment"), read, s.listVersions)
	register(s, get("getVersion", one+"/versions/{version}", tag, "Get a version of a deployment"), read, s.getVersion)
	register(s, get("getDeploymentConfig", one+"/config", tag, "Get the configuration of a version"), read, s.getDeploymentConfig)
	register(s, get("diffVersions", one+"/diff", tag, "Compare two versions of a deployment"), read, s.diffVersions)
	register(s, get("getConfiguration", "/api/v1/configurations/{hash}", tag, "Get a configuration by its hash"), read, s.getConfiguration)
}

func (s *Server) listVersions(ctx context.Context, in *versionsRequest) (*body[controlplane.List[controlplane.Version]], error) {
	return plainly(s.service.Versions(ctx, CallerOf(ctx), in.Name, in.page()))
}

func (s *Server) getVersion(ctx context.Context, in *versionRequest) (*body[controlplane.Version], error) {
	v, _, err := s.service.Version(ctx, CallerOf(ctx), in.Name, in.Version)
	return plainly(v, err)
}

func (s *Server) getDeploymentConfig(ctx context.Context, in *configRequest) (*body[ConfigurationText], error) {
	_, c, err := s.service.Version(ctx, CallerOf(ctx), in.Name, in.Version)
	return plainly(textOf(c), err)
}

func (s *Server) diffVersions(ctx context.Context, in *diffRequest) (*body[controlplane.Diff], error) {
	return plainly(s.service.DiffVersions(ctx, CallerOf(ctx), in.Name, in.From, in.To))
}

func (s *Server) getConfiguration(ctx context.Context, in *configurationRequest) (*body[ConfigurationText], error) {
	c, err := s.service.Configuration(ctx, CallerOf(ctx), in.Hash)
	return plainly(textOf(c), err)
}
