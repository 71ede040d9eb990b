package controlplane_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestASecondDeploymentForAnAgentIsRefusedWithBothNames(t *testing.T) {
	p := newPlane(t)
	for _, name := range []string{"a", "b", "c"} {
		p.enrol(t, name, "host-"+name, map[string]string{"tier": "web"})
	}
	p.deploy(t, "web", labels("tier", "web"), "# 1\n")
	_, err := p.CreateDeployment(t.Context(), operator, draft("all", everybody, "# 2\n"))
	requireCode(t, controlplane.CodeConflict, err, "deployment all and deployment web both pick agent a on host host-a and 2 more", "narrow one of the selectors")
}

func TestAnEmptySelectorIsRefused(t *testing.T) {
	_, err := newPlane(t).CreateDeployment(t.Context(), operator, draft("all", controlplane.Selector{}, "# 1\n"))
	requireCode(t, controlplane.CodeInvalid, err, "all: true")
}

func TestAnAgentWhoseLabelsMoveIntoAConflictKeepsWhatItHas(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", map[string]string{"tier": "web"})
	p.deploy(t, "web", labels("tier", "web"), "# web\n")
	p.deploy(t, "east", labels("zone", "east"), "# east\n")
	before := p.agent(t, "a").Status.Wanted

	a, err := p.LabelAgent(t.Context(), admin, "a", map[string]string{"tier": "web", "zone": "east"}, "it moved", "")
	require.NoError(t, err)
	require.Equal(t, []string{"east", "web"}, a.Status.Conflict)
	require.Equal(t, "web", a.Status.Deployment)
	require.Equal(t, before, a.Status.Wanted)

	// A new version does not reach it, and says so before and after.
	plan, err := p.PlanDeployment(t.Context(), operator, draft("web", labels("tier", "web"), "# web 2\n"), "")
	require.NoError(t, err)
	require.Empty(t, plan.Agents)
	require.Equal(t, []controlplane.Reached{{Name: "a", Host: "web-1"}}, plan.Skipped)
	d, err := p.UpdateDeployment(t.Context(), operator, draft("web", labels("tier", "web"), "# web 2\n"), "")
	require.NoError(t, err)
	require.Equal(t, before, p.agent(t, "a").Status.Wanted)
	shown, err := p.Deployment(t.Context(), viewer, "web")
	require.NoError(t, err)
	require.Equal(t, 1, shown.Status.Agents.Conflict)
	require.Contains(t, shown.Status.Conditions[1].Message, "narrow one of the selectors")

	// Once the conflict is over it gets the newest.
	_, err = p.DeleteDeployment(t.Context(), operator, "east", "", "")
	require.NoError(t, err)
	a = p.agent(t, "a")
	require.Empty(t, a.Status.Conflict)
	require.Equal(t, d.Status.ConfigHash, a.Status.Wanted.ConfigHash)
}

func TestAnAgentThatEnrolsIntoAConflictStaysWithItsBootstrapConfiguration(t *testing.T) {
	p := newPlane(t)
	p.deploy(t, "web", labels("tier", "web"), "# web\n")
	p.deploy(t, "east", labels("zone", "east"), "# east\n")
	p.enrol(t, "a", "web-1", map[string]string{"tier": "web", "zone": "east"})
	a := p.agent(t, "a")
	require.Equal(t, []string{"east", "web"}, a.Status.Conflict)
	require.Empty(t, a.Status.Deployment)
	require.Empty(t, a.Status.Wanted.ConfigHash)
}

func TestAgentsOfKubernetesAreNotTaken(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", nil)
	d := draft("cluster", everybody, "# 1\n")
	d.Spec.Target = controlplane.TargetKubernetes
	_, err := p.CreateDeployment(t.Context(), operator, d)
	require.NoError(t, err)
	require.Empty(t, p.agent(t, "a").Status.Deployment)
	p.deploy(t, "all", everybody, "# 2\n")
}
