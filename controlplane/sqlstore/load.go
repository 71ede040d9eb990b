package sqlstore

import (
	"context"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

func (r reader) Load(ctx context.Context, name string) (controlplane.LoadSimulation, error) {
	return one[controlplane.LoadSimulation](r.q.Load(ctx, name))
}

func (r reader) LoadByUID(ctx context.Context, uid string) (controlplane.LoadSimulation, error) {
	return one[controlplane.LoadSimulation](r.q.LoadByUID(ctx, uid))
}

func (r reader) Loads(ctx context.Context, s controlplane.Span[string]) ([]controlplane.LoadSimulation, error) {
	return list[controlplane.LoadSimulation](ctx, s, r.q.Loads, r.q.LoadsDown)
}

func (r reader) ClaimableLoad(ctx context.Context, host string, now time.Time) (controlplane.LoadSimulation, error) {
	return one[controlplane.LoadSimulation](r.q.ClaimableLoad(ctx, host, now.UnixMicro()))
}

func (w writer) PutLoad(ctx context.Context, l controlplane.LoadSimulation) error {
	body, err := encode(l)
	if err != nil {
		return err
	}
	return w.q.PutLoad(ctx, rows.PutLoadParams{
		Uid: l.Metadata.UID, Name: l.Metadata.Name, Host: l.Spec.Host, State: string(l.Status.State),
		LeaseUntil: l.Status.LeaseUntil.UnixMicro(), CreatedAt: l.Metadata.CreatedAt.UnixMicro(), Body: body,
	})
}

func (w writer) DeleteLoad(ctx context.Context, name string) error {
	return found(w.q.DeleteLoad(ctx, name))
}
