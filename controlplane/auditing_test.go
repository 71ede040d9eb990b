package controlplane_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func (p plane) audit(t *testing.T, f controlplane.AuditFilter) []controlplane.AuditRecord {
	t.Helper()
	list, err := p.Audit(t.Context(), admin, f, controlplane.Page{})
	require.NoError(t, err)
	return list.Items
}

func TestTheAuditSaysWhoDidWhatFromWhereAndWhy(t *testing.T) {
	p := newPlane(t)
	d := p.deploy(t, "web", everybody, "# 1\n")
	_, err := p.UpdateDeployment(t.Context(), admin, draft("web", everybody, "# 2\n"), "")
	require.NoError(t, err)
	records := p.audit(t, controlplane.AuditFilter{Object: "deployment/web"})
	require.Len(t, records, 2)
	r := records[1]
	require.Equal(t, []any{"ana", controlplane.RoleAdmin, "t-ana", "127.0.0.1:4000", "r1"}, []any{r.Subject, r.Role, r.TokenID, r.Address, r.RequestID})
	require.Equal(t, []any{controlplane.UpdateDeployment, controlplane.VerdictDone, "because of # 2\n", noon}, []any{r.Action, r.Verdict, r.Reason, r.At})
	require.Contains(t, string(r.Before), d.Status.ConfigHash)
	require.Contains(t, string(r.After), controlplane.HashConfiguration([]byte("# 2\n")))
	require.Empty(t, records[0].Before)
}

func TestWhatIsRefusedIsInTheAudit(t *testing.T) {
	p := newPlane(t)
	_, err := p.DeleteDeployment(t.Context(), viewer, "web\xff", "", "")
	requireCode(t, controlplane.CodeForbidden, err, `the role "viewer" does not have deployment.delete, operator does`)
	records := p.audit(t, controlplane.AuditFilter{Subject: "vera"})
	require.Len(t, records, 1)
	require.Equal(t, controlplane.VerdictDenied, records[0].Verdict)
	require.Equal(t, "deployment/web\ufffd", records[0].Object)
	_, err = p.VerifyAudit(t.Context(), controlplane.AuditHead{})
	require.NoError(t, err, "bytes that are no UTF-8 must not look like tampering")
}

func TestAFailureIsInTheAuditToo(t *testing.T) {
	p := newPlane(t)
	failure := errors.New("the disk is full")
	err := p.Perform(t.Context(), admin, controlplane.Backup, "backup/today", "weekly", func(context.Context) error { return failure })
	require.ErrorIs(t, err, failure)
	records := p.audit(t, controlplane.AuditFilter{Action: controlplane.Backup})
	require.Len(t, records, 2)
	require.Equal(t, controlplane.VerdictDone, records[0].Verdict, "it is written before it begins")
	require.Equal(t, controlplane.VerdictFailed, records[1].Verdict)
	require.Equal(t, failure.Error(), records[1].Reason)

	ran := false
	err = p.Perform(t.Context(), operator, controlplane.Backup, "backup/today", "", func(context.Context) error { ran = true; return nil })
	requireCode(t, controlplane.CodeForbidden, err)
	require.False(t, ran)
}

func TestTheAuditIsVerifiedWithItsKeyOnly(t *testing.T) {
	p := newPlane(t)
	p.deploy(t, "web", everybody, "# 1\n")
	head, err := p.VerifyAudit(t.Context(), controlplane.AuditHead{})
	require.NoError(t, err)
	require.Equal(t, int64(1), head.Sequence)

	for range 1100 { // more than a page
		require.NoError(t, p.Denied(t.Context(), viewer, controlplane.DeleteDeployment, "deployment/web", "no"))
	}
	last, err := p.VerifyAudit(t.Context(), head)
	require.NoError(t, err)
	require.Equal(t, int64(1101), last.Sequence)

	other, err := controlplane.NewService(p.store, controlplane.Settings{AuditKey: bytes.Repeat([]byte{8}, controlplane.AuditKeySize)})
	require.NoError(t, err)
	_, err = other.VerifyAudit(t.Context(), controlplane.AuditHead{})
	require.ErrorContains(t, err, "audit record 1 of 2026-11-26T12:00:00Z was changed, or sealed with another key")
	_, err = controlplane.NewService(p.store, controlplane.Settings{AuditKey: []byte("short")})
	require.EqualError(t, err, "the audit key has 5 bytes, and needs 32; restore the file that it is kept in")
}

func TestChangesAreNotKeptWithoutTheirAudit(t *testing.T) {
	p := newPlane(t)
	var err error
	p.Service, err = controlplane.NewService(noAudit{p.store}, controlplane.Settings{AuditKey: auditKey})
	require.NoError(t, err)
	_, err = p.CreateDeployment(t.Context(), operator, draft("web", everybody, "# 1\n"))
	require.ErrorIs(t, err, errNoAudit)
	list, err := p.Deployments(t.Context(), viewer, controlplane.Page{})
	require.NoError(t, err)
	require.Empty(t, list.Items)
}

// noAudit is a store that loses its audit.
type noAudit struct{ controlplane.Store }

var errNoAudit = errors.New("no audit")

func (s noAudit) Update(ctx context.Context, f func(controlplane.Writer) error) error {
	return s.Store.Update(ctx, func(w controlplane.Writer) error { return f(noAuditWriter{w}) })
}

type noAuditWriter struct{ controlplane.Writer }

func (noAuditWriter) AddAudit(context.Context, controlplane.AuditRecord) error { return errNoAudit }
