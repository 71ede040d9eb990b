package controlplane_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestADeploymentIsWantedOnTheAgentsThatItPicks(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", map[string]string{"tier": "web"})
	p.enrol(t, "b", "db-1", map[string]string{"tier": "db"})
	p.out.taken()

	d := p.deploy(t, "web", labels("tier", "web"), "# 1\n")
	require.Equal(t, []string{"wake [a]"}, p.out.taken())
	require.Equal(t, controlplane.KindDeployment, d.Kind)
	require.Equal(t, int64(1), d.Metadata.Generation)

	wanted, config, err := p.Wanted(t.Context(), operator, "a")
	require.NoError(t, err)
	require.Equal(t, "# 1\n", string(config.Text))
	require.Equal(t, "version 1 of web (create)", wanted.Reason)
	require.Empty(t, p.agent(t, "b").Status.Wanted.ConfigHash, "the other one keeps its bootstrap configuration")
}

func TestAVersionSaysWhoAndWhy(t *testing.T) {
	p := newPlane(t)
	p.deploy(t, "web", everybody, "# 1\n")
	p.clock.pass(time.Hour)
	_, err := p.UpdateDeployment(t.Context(), admin, draft("web", everybody, "# 2\n"), "")
	require.NoError(t, err)
	_, err = p.RollbackDeployment(t.Context(), operator, "web", 1, "2 was worse", "")
	require.NoError(t, err)

	versions, err := p.Versions(t.Context(), viewer, "web", controlplane.Page{Descending: true})
	require.NoError(t, err)
	require.Len(t, versions.Items, 3)
	third, second, first := versions.Items[0], versions.Items[1], versions.Items[2]
	require.Equal(t, []any{controlplane.OriginCreate, "omar", "because of # 1\n", noon}, []any{first.Origin, first.Author, first.Reason, first.At})
	require.Equal(t, []any{controlplane.OriginUpdate, "ana", noon.Add(time.Hour)}, []any{second.Origin, second.Author, second.At})
	require.Equal(t, []any{controlplane.OriginRollback, 1, "2 was worse", first.ConfigHash}, []any{third.Origin, third.RolledBackTo, third.Reason, third.ConfigHash})

	_, config, err := p.Version(t.Context(), viewer, "web", 2)
	require.NoError(t, err)
	require.Equal(t, "# 2\n", string(config.Text))
	_, _, err = p.Version(t.Context(), viewer, "web", 4)
	requireCode(t, controlplane.CodeNotFound, err, "it has versions 1 to 3")
}

func TestARollbackDoesNotRenderAgain(t *testing.T) {
	p, renders := newPlane(t), 0
	var err error
	p.Service, err = controlplane.NewService(p.store, controlplane.Settings{
		AuditKey: auditKey,
		Render: func(_ context.Context, s controlplane.DeploymentSpec) (controlplane.Configuration, error) {
			renders++
			return controlplane.Configuration{Text: []byte(strings.Repeat("#", renders))}, nil
		},
	})
	require.NoError(t, err)
	first := p.deploy(t, "web", everybody, "# 1\n")
	_, err = p.UpdateDeployment(t.Context(), operator, draft("web", everybody, "# 2\n"), "")
	require.NoError(t, err)
	back, err := p.RollbackDeployment(t.Context(), operator, "web", 1, "", "")
	require.NoError(t, err)
	require.Equal(t, first.Status.ConfigHash, back.Status.ConfigHash, "a catalog that changed meanwhile must not reach the agents by a rollback")
	require.Equal(t, 2, renders)
}

func TestWhatChangesNothingMakesNoVersion(t *testing.T) {
	p := newPlane(t)
	first := p.deploy(t, "web", everybody, "# 1\n")
	again, err := p.UpdateDeployment(t.Context(), operator, draft("web", everybody, "# 1\n"), "")
	require.NoError(t, err)
	require.Equal(t, first, again)
	records, err := p.Audit(t.Context(), admin, controlplane.AuditFilter{Action: controlplane.UpdateDeployment}, controlplane.Page{})
	require.NoError(t, err)
	require.Empty(t, records.Items)
}

func TestAChangeOfWhatChangedMeanwhileIsRefused(t *testing.T) {
	p, ctx := newPlane(t), t.Context()
	read := p.deploy(t, "web", everybody, "# 1\n").Metadata.ResourceVersion
	newer, err := p.UpdateDeployment(ctx, operator, draft("web", everybody, "# 2\n"), read)
	require.NoError(t, err)
	for name, change := range map[string]func(resourceVersion string) error{
		"update": func(v string) error {
			_, err := p.UpdateDeployment(ctx, operator, draft("web", everybody, "# 3\n"), v)
			return err
		},
		"plan": func(v string) error {
			_, err := p.PlanDeployment(ctx, operator, draft("web", everybody, "# 3\n"), v)
			return err
		},
		"rollback": func(v string) error { _, err := p.RollbackDeployment(ctx, operator, "web", 1, "", v); return err },
		"delete":   func(v string) error { _, err := p.DeleteDeployment(ctx, operator, "web", "", v); return err },
	} {
		t.Run(name, func(t *testing.T) {
			requireCode(t, controlplane.CodeStale, change(read), "web is at resourceVersion", "read it again")
		})
	}
	now, err := p.Deployment(ctx, viewer, "web")
	require.NoError(t, err)
	require.Equal(t, newer.Metadata, now.Metadata)
	_, err = p.DeleteDeployment(ctx, operator, "web", "", newer.Metadata.ResourceVersion)
	require.NoError(t, err)
}

func TestNothingIsKeptOfAConfigurationThatIsRefused(t *testing.T) {
	p := newPlane(t)
	refusal := errors.New("exporters::otlp: no such exporter")
	var err error
	p.Service, err = controlplane.NewService(p.store, controlplane.Settings{
		AuditKey: auditKey, Check: func(context.Context, controlplane.Pipeline, []byte) error { return refusal },
	})
	require.NoError(t, err)
	_, err = p.CreateDeployment(t.Context(), operator, draft("web", everybody, "# 1\n"))
	require.ErrorIs(t, err, refusal)
	list, err := p.Deployments(t.Context(), viewer, controlplane.Page{})
	require.NoError(t, err)
	require.Empty(t, list.Items)
}

func TestAllThatIsWrongWithADraftIsSaidAtOnce(t *testing.T) {
	wrong := controlplane.Draft{
		Name: "Web_1", Labels: map[string]string{"": "x"}, Reason: strings.Repeat("x", 1025),
		Spec: controlplane.DeploymentSpec{
			Pipeline: controlplane.Pipeline{Template: "t", Inline: "i", Parameters: map[string]any{"k": 1}},
			Critical: []controlplane.CriticalEntry{{Name: "a", MaxProcesses: -1}, {Name: "a", Conditions: []string{"true"}}},
			Target:   "moon",
			Rollout: controlplane.Rollout{
				Batches: []int{0, 101}, Bake: []controlplane.Duration{-1}, BatchTimeout: -1,
				Gates: controlplane.Gates{MinSeriesReduction: 1, MaxCollectorCPUCores: -1},
			},
		},
	}
	_, err := newPlane(t).CreateDeployment(t.Context(), operator, wrong)
	var e *controlplane.Error
	require.ErrorAs(t, err, &e)
	pointers := []string{}
	for _, d := range e.Details {
		pointers = append(pointers, d.Pointer)
		require.Contains(t, err.Error(), d.Message)
	}
	require.Equal(t, []string{
		"/metadata/name", "/metadata/labels", "/reason", "/spec/selector", "/spec/pipeline", "/spec/pipeline/parameters",
		"/spec/critical/0/conditions", "/spec/critical/0/maxProcesses", "/spec/critical/1/name", "/spec/target",
		"/spec/rollout/batches/0", "/spec/rollout/batches/1", "/spec/rollout/bake/0", "/spec/rollout/batchTimeout",
		"/spec/rollout/gates/minSeriesReduction", "/spec/rollout/gates/maxCollectorCPUCores",
	}, pointers)
}

func TestADeletionSaysWhomItReachesAndKeepsTheVersions(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", map[string]string{"tier": "web"})
	d := p.deploy(t, "web", labels("tier", "web"), "# 1\n")
	planned, err := p.PlanDeletion(t.Context(), operator, "web")
	require.NoError(t, err)
	p.out.taken()
	reach, err := p.DeleteDeployment(t.Context(), operator, "web", "the test is over", "")
	require.NoError(t, err)
	require.Equal(t, planned, reach)
	require.Equal(t, []controlplane.Reached{{Name: "a", Host: "web-1"}}, reach.Agents)
	require.Equal(t, []string{"wake [a]"}, p.out.taken())

	_, err = p.Deployment(t.Context(), viewer, "web")
	requireCode(t, controlplane.CodeNotFound, err, `there is no deployment "web"`)
	moment, err := p.WantedAt(t.Context(), viewer, "a", noon.Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, moment.Wanted.ConfigHash)
	require.Equal(t, "deployment web was deleted", moment.Wanted.Reason)
	require.NoError(t, p.store.View(t.Context(), func(r controlplane.Reader) error {
		_, err := r.Version(t.Context(), d.Metadata.UID, 1)
		return err
	}))
	p.deploy(t, "web", labels("tier", "web"), "# 2\n")
}

func TestTheStatusCountsWhatTheAgentsSaid(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "web-1", map[string]string{"tier": "web"})
	hash := p.deploy(t, "web", everybody, "# 1\n").Status.ConfigHash
	generation := p.agent(t, "a").Status.Wanted.Generation
	for _, c := range []struct {
		outcome controlplane.Outcome
		hash    string
		phase   controlplane.Phase
		counts  controlplane.AgentCounts
	}{
		{"", "", controlplane.PhaseProgressing, controlplane.AgentCounts{Total: 1, Pending: 1}},
		{controlplane.OutcomeApplying, "", controlplane.PhaseProgressing, controlplane.AgentCounts{Total: 1, Applying: 1}},
		{controlplane.OutcomeFailed, "", controlplane.PhaseDegraded, controlplane.AgentCounts{Total: 1, Failed: 1}},
		{controlplane.OutcomeApplied, hash, controlplane.PhaseComplete, controlplane.AgentCounts{Total: 1, Applied: 1}},
		{controlplane.OutcomeApplied, "another", controlplane.PhaseDegraded, controlplane.AgentCounts{Total: 1, Diverged: 1}},
	} {
		if c.outcome != "" {
			_, err := p.ReportAgent(t.Context(), by, controlplane.Report{Connected: true, Generation: generation, Outcome: c.outcome, ConfigHash: c.hash})
			require.NoError(t, err)
		}
		d, err := p.Deployment(t.Context(), viewer, "web")
		require.NoError(t, err)
		require.Equal(t, c.phase, d.Status.Phase)
		require.Equal(t, c.counts, d.Status.Agents)
	}
}

func TestVersionsAreCompared(t *testing.T) {
	p := newPlane(t)
	p.deploy(t, "web", everybody, "processors: {topk: {k: 1}}\n")
	for _, text := range []string{"processors: {topk: {k: 2}}\n", "processors: {topk: {k: 3}}\n"} {
		_, err := p.UpdateDeployment(t.Context(), operator, draft("web", everybody, text), "")
		require.NoError(t, err)
	}
	for _, c := range []struct {
		from, to int
		k        any // that the diff comes from
	}{{0, 0, 2}, {0, 3, 2}, {1, 3, 1}, {3, 1, 3}} {
		d, err := p.DiffVersions(t.Context(), viewer, "web", c.from, c.to)
		require.NoError(t, err)
		require.Len(t, d.Components, 1)
		require.Equal(t, c.k, d.Components[0].Fields[0].From, "%d to %d", c.from, c.to)
	}
	d, err := p.DiffVersions(t.Context(), viewer, "web", 0, 1)
	require.NoError(t, err)
	require.Equal(t, controlplane.Added, d.Components[0].Change)
	_, err = p.DiffVersions(t.Context(), viewer, "web", 1, 9)
	requireCode(t, controlplane.CodeNotFound, err)
}
