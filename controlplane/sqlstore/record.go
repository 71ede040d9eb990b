package sqlstore

import (
	"context"
	"errors"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore/internal/rows"
)

func (r reader) PriceBook(ctx context.Context) (controlplane.PriceBook, error) {
	return one[controlplane.PriceBook](r.q.PriceBook(ctx))
}

func (w writer) PutPriceBook(ctx context.Context, b controlplane.PriceBook) error {
	body, err := encode(b)
	if err != nil {
		return err
	}
	return w.q.PutPriceBook(ctx, body)
}

func (r reader) Audit(ctx context.Context, f controlplane.AuditFilter, s controlplane.Span[int64]) ([]controlplane.AuditRecord, error) {
	p := rows.AuditParams{After: s.After, Action: string(f.Action), Subject: f.Subject, Object: f.Object, Most: int64(s.Limit)}
	if s.Descending {
		return many[controlplane.AuditRecord](r.q.AuditDown(ctx, rows.AuditDownParams(p)))
	}
	return many[controlplane.AuditRecord](r.q.Audit(ctx, p))
}

func (r reader) AuditHead(ctx context.Context) (controlplane.AuditHead, error) {
	row, err := r.q.AuditHead(ctx)
	if err = told(err); errors.Is(err, controlplane.ErrNotFound) {
		return controlplane.AuditHead{}, nil
	}
	return controlplane.AuditHead{Sequence: row.Sequence, MAC: row.Mac}, err
}

func (w writer) AddAudit(ctx context.Context, r controlplane.AuditRecord) error {
	body, err := encode(r)
	if err != nil {
		return err
	}
	return w.q.AddAudit(ctx, rows.AddAuditParams{
		Sequence: r.Sequence, Subject: r.Subject, Object: r.Object, Action: string(r.Action), Mac: r.MAC, Body: body,
	})
}

func (r reader) Events(ctx context.Context, s controlplane.Span[int64]) ([]controlplane.Event, error) {
	return list[controlplane.Event](ctx, s, r.q.Events, r.q.EventsDown)
}

func (w writer) AddEvent(ctx context.Context, e controlplane.Event) error {
	body, err := encode(e)
	if err != nil {
		return err
	}
	return w.q.AddEvent(ctx, body)
}

func (w writer) TrimEvents(ctx context.Context, keep int) error {
	return w.q.TrimEvents(ctx, int64(keep))
}

func (r reader) Result(ctx context.Context, tokenID, key string) (fingerprint string, result []byte, err error) {
	row, err := r.q.Result(ctx, tokenID, key)
	return row.Fingerprint, row.Result, told(err)
}

func (w writer) AddResult(ctx context.Context, tokenID, key, fingerprint string, result []byte, at time.Time) error {
	return w.q.AddResult(ctx, rows.AddResultParams{TokenID: tokenID, Key: key, Fingerprint: fingerprint, Result: result, At: at.UnixMicro()})
}

func (w writer) TrimResults(ctx context.Context, before time.Time) error {
	return w.q.TrimResults(ctx, before.UnixMicro())
}
