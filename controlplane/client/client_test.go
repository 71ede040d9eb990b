package client_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/client"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

// newClient returns a client of a control plane of its own, which speaks for an
// operator.
func newClient(t *testing.T) *client.ClientWithResponses {
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "phoenix.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	service, err := controlplane.NewService(store, controlplane.Settings{AuditKey: make([]byte, controlplane.AuditKeySize)})
	require.NoError(t, err)
	by := controlplane.Caller{Subject: "test", Role: controlplane.RoleAdmin}
	issued, err := service.CreateToken(t.Context(), by, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "olga", Role: controlplane.RoleOperator})
	require.NoError(t, err)
	api, err := httpapi.New(service, httpapi.Settings{Loopback: true})
	require.NoError(t, err)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	c, err := client.NewClientWithResponses(server.URL, client.WithToken(issued.Secret))
	require.NoError(t, err)
	return c
}

// topk is a deployment of the template topk for the hosts of a tier.
func topk(name, tier string, k int) client.DeploymentInput {
	template := "process-topk-v1"
	return client.DeploymentInput{
		Metadata: client.InputMetadata{Name: &name},
		Spec: client.DeploymentSpec{
			Selector: client.Selector{MatchLabels: &map[string]string{"tier": tier}},
			Pipeline: client.Pipeline{Template: &template, Parameters: &map[string]any{"k": k}},
		},
	}
}

func TestADeploymentIsCreatedChangedAndDeleted(t *testing.T) {
	c, ctx := newClient(t), t.Context()
	created, err := c.CreateDeploymentWithResponse(ctx, nil, topk("web", "web", 20))
	require.NoError(t, err)
	require.NotNil(t, created.JSON201, "%s", created.Body)
	require.Equal(t, int64(1), created.JSON201.Status.Version)

	tag := created.HTTPResponse.Header.Get("ETag")
	changed, err := c.UpdateDeploymentWithResponse(ctx, "web", &client.UpdateDeploymentParams{IfMatch: &tag}, topk("web", "web", 30))
	require.NoError(t, err)
	require.NotNil(t, changed.JSON200, "%s", changed.Body)
	require.Equal(t, int64(2), changed.JSON200.Status.Version)

	deleted, err := c.DeleteDeploymentWithResponse(ctx, "web", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, deleted.StatusCode())
	list, err := c.ListDeploymentsWithResponse(ctx, nil)
	require.NoError(t, err)
	require.Empty(t, *list.JSON200.Items)
}

func TestAProblemIsRead(t *testing.T) {
	c := newClient(t)
	refused, err := c.CreateDeploymentWithResponse(t.Context(), nil, topk("web", "web", -1))
	require.NoError(t, err)
	p := refused.ApplicationproblemJSONDefault
	require.NotNil(t, p, "%s", refused.Body)
	require.Equal(t, "invalid", p.Code)
	require.Contains(t, p.Detail, "k: must be at least 1, got -1")
}
