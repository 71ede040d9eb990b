package controlplane_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestCriticalEntriesEndByThemselves(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "h", nil)
	end := noon.Add(2 * time.Hour)
	d := draft("web", everybody, "")
	d.Spec.Pipeline = controlplane.Pipeline{Template: "process-topk-v1"}
	d.Spec.Critical = []controlplane.CriticalEntry{
		{Name: "forever", Conditions: []string{"true"}},
		{Name: "for-two-hours", Conditions: []string{"false"}, Until: &end},
	}
	first, err := p.CreateDeployment(t.Context(), operator, d)
	require.NoError(t, err)

	p.clock.pass(2*time.Hour - time.Microsecond)
	require.NoError(t, p.Tend(t.Context()))
	now, err := p.Deployment(t.Context(), viewer, "web")
	require.NoError(t, err)
	require.Equal(t, first.Metadata, now.Metadata, "just before its end")

	p.clock.pass(time.Microsecond)
	for range 2 {
		require.NoError(t, p.Tend(t.Context()))
	}
	v, config, err := p.Version(t.Context(), viewer, "web", 0)
	require.NoError(t, err)
	require.Equal(t, 2, v.Number, "once")
	require.Equal(t, []any{controlplane.OriginEnd, "phoenix", `the time of ["for-two-hours"] is over`}, []any{v.Origin, v.Author, v.Reason})
	require.Equal(t, "forever", v.Spec.Critical[0].Name)
	require.Contains(t, string(config.Text), "name: forever")
	require.NotContains(t, string(config.Text), "for-two-hours")
	require.Equal(t, "process-topk-v1", config.Template)
	require.Equal(t, config.Hash, p.agent(t, "a").Status.Wanted.ConfigHash)
	require.Len(t, p.audit(t, controlplane.AuditFilter{Action: controlplane.EndCritical}), 1)
}

func TestOldAnswersAndEventsAreForgotten(t *testing.T) {
	p := newPlane(t)
	by := operator
	by.TokenID, by.Key, by.Fingerprint = "t", "k", "f"
	_, err := p.CreateDeployment(t.Context(), by, draft("web", everybody, "# 1\n"))
	require.NoError(t, err)
	p.clock.pass(24 * time.Hour)
	require.NoError(t, p.Tend(t.Context()))
	_, err = p.CreateDeployment(t.Context(), by, draft("web", everybody, "# 1\n"))
	require.NoError(t, err, "a day later the answer is still there")
	p.clock.pass(time.Microsecond)
	require.NoError(t, p.Tend(t.Context()))
	_, err = p.CreateDeployment(t.Context(), by, draft("web", everybody, "# 1\n"))
	requireCode(t, controlplane.CodeExists, err)
	events, err := p.Events(t.Context(), viewer, controlplane.Page{})
	require.NoError(t, err)
	require.Len(t, events.Items, 1, "of 10,000 that are kept")
	require.Equal(t, "web is at version 1", events.Items[0].Message)
}
