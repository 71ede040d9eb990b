package sqlstore

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

func (r reader) Deployment(ctx context.Context, name string) (controlplane.PipelineDeployment, error) {
	return one[controlplane.PipelineDeployment](r.q.Deployment(ctx, name))
}

func (r reader) Deployments(ctx context.Context, s controlplane.Span[string]) ([]controlplane.PipelineDeployment, error) {
	return list[controlplane.PipelineDeployment](ctx, s, r.q.Deployments, r.q.DeploymentsDown)
}

func (r reader) Version(ctx context.Context, uid string, number int) (controlplane.Version, error) {
	return one[controlplane.Version](r.q.Version(ctx, uid, int64(number)))
}

func (r reader) Versions(ctx context.Context, uid string, s controlplane.Span[int64]) ([]controlplane.Version, error) {
	return list[controlplane.Version](ctx, s, of(uid, r.q.Versions), of(uid, r.q.VersionsDown))
}

func (r reader) Configuration(ctx context.Context, hash string) (controlplane.Configuration, error) {
	row, err := r.q.Configuration(ctx, hash)
	if err != nil {
		return controlplane.Configuration{}, told(err)
	}
	return controlplane.Configuration{
		Hash: row.Hash, Text: row.Text, Template: row.Template, TemplateHash: row.TemplateHash,
		CreatedAt: time.UnixMicro(row.CreatedAt).UTC(),
	}, nil
}

func (w writer) NextRevision(ctx context.Context) (int64, error) { return w.q.NextRevision(ctx) }

func (w writer) PutDeployment(ctx context.Context, d controlplane.PipelineDeployment) error {
	body, err := encode(d)
	if err != nil {
		return err
	}
	return w.q.PutDeployment(ctx, d.Metadata.UID, d.Metadata.Name, body)
}

func (w writer) EndDeployment(ctx context.Context, uid string, at time.Time) error {
	ended := at.UnixMicro()
	return found(w.q.EndDeployment(ctx, &ended, uid))
}

func (w writer) AddVersion(ctx context.Context, v controlplane.Version) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return w.q.AddVersion(ctx, rows.AddVersionParams{Deployment: v.Deployment, Number: int64(v.Number), ConfigHash: v.ConfigHash, Body: body})
}

func (w writer) AddConfiguration(ctx context.Context, c controlplane.Configuration) error {
	return w.q.AddConfiguration(ctx, rows.AddConfigurationParams{
		Hash: c.Hash, Text: c.Text, Template: c.Template, TemplateHash: c.TemplateHash, CreatedAt: c.CreatedAt.UnixMicro(),
	})
}

// found tells a change of no row.
func found(changed int64, err error) error {
	if err == nil && changed == 0 {
		return controlplane.ErrNotFound
	}
	return err
}
