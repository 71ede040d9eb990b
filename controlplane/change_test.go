package controlplane_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func keyed(key, fingerprint string) controlplane.Caller {
	by := admin
	by.Key, by.Fingerprint = key, fingerprint
	return by
}

func TestTheSameKeyMakesAChangeOnce(t *testing.T) {
	p := newPlane(t)
	d := draft("web", everybody, "# 1\n")
	first, err := p.CreateDeployment(t.Context(), keyed("k", "f"), d)
	require.NoError(t, err)
	again, err := p.CreateDeployment(t.Context(), keyed("k", "f"), d)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Len(t, p.audit(t, controlplane.AuditFilter{}), 1)

	_, err = p.CreateDeployment(t.Context(), keyed("k", "another request"), d)
	requireCode(t, controlplane.CodeKeyReused, err, `the idempotency key "k" belongs to another request`)
	other := keyed("k", "f")
	other.TokenID = "another token"
	_, err = p.CreateDeployment(t.Context(), other, d)
	requireCode(t, controlplane.CodeExists, err)
}

func TestAKeyThatFailedCanBeUsedAgain(t *testing.T) {
	p := newPlane(t)
	_, err := p.UpdateDeployment(t.Context(), keyed("k", "f"), draft("web", everybody, "# 1\n"), "")
	requireCode(t, controlplane.CodeNotFound, err)
	p.deploy(t, "web", everybody, "# 0\n")
	_, err = p.UpdateDeployment(t.Context(), keyed("k", "f"), draft("web", everybody, "# 1\n"), "")
	require.NoError(t, err)
}

func TestASecretIsNotToldAgain(t *testing.T) {
	p := newPlane(t)
	first, err := p.CreateToken(t.Context(), keyed("k", "f"), forBen)
	require.NoError(t, err)
	again, err := p.CreateToken(t.Context(), keyed("k", "f"), forBen)
	require.NoError(t, err)
	require.Equal(t, first.ID, again.ID)
	require.Empty(t, again.Secret)
}

func TestChangesAtTheSameTimeComeOneAfterTheOther(t *testing.T) {
	p := newPlane(t)
	p.deploy(t, "web", everybody, "# 0\n")
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := p.UpdateDeployment(t.Context(), operator, draft("web", everybody, fmt.Sprintf("# %d\n", i+1)), ""); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	versions, err := p.Versions(t.Context(), viewer, "web", controlplane.Page{})
	require.NoError(t, err)
	require.Len(t, versions.Items, 21)
	_, err = p.VerifyAudit(t.Context(), controlplane.AuditHead{})
	require.NoError(t, err)
}

func TestAFullDiskHasACodeOfItsOwn(t *testing.T) {
	p := newPlane(t)
	full, err := controlplane.NewService(fullStore{p.store}, controlplane.Settings{AuditKey: auditKey})
	require.NoError(t, err)
	_, err = full.CreateDeployment(t.Context(), operator, draft("web", everybody, "# 1\n"))
	requireCode(t, controlplane.CodeStorageFull, err, "the disk is full; free space where --data-dir is")
	requireCode(t, controlplane.CodeStorageFull, full.Denied(t.Context(), viewer, controlplane.Backup, "backup", ""))
	requireCode(t, controlplane.CodeStorageFull, full.Tend(t.Context()))
	_, err = full.Deployments(t.Context(), viewer, controlplane.Page{})
	require.NoError(t, err, "reading goes on")
}

// fullStore is a store without room.
type fullStore struct{ controlplane.Store }

func (fullStore) Update(context.Context, func(controlplane.Writer) error) error {
	return fmt.Errorf("commit: %w", controlplane.ErrStorageFull)
}

func TestWhoWaitsIsWokenByEachChange(t *testing.T) {
	p := newPlane(t)
	changed := p.Changed()
	_, err := p.CreateDeployment(t.Context(), operator, draft("WRONG", everybody, "# 1\n"))
	require.Error(t, err)
	select {
	case <-changed:
		t.Fatal("nothing changed")
	default:
	}
	p.deploy(t, "web", everybody, "# 1\n")
	<-changed
	require.NotEqual(t, changed, p.Changed())
	events, err := p.Events(t.Context(), viewer, controlplane.Page{})
	require.NoError(t, err)
	require.Equal(t, []controlplane.Event{{Sequence: 1, At: noon, Action: controlplane.CreateDeployment, Object: "deployment/web", Message: "web is at version 1"}}, events.Items)
}
