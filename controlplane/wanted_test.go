package controlplane_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// TestWhatWasWantedAndWhatRanAtATime is the question of somebody who was called
// at night.
func TestWhatWasWantedAndWhatRanAtATime(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "web-1", nil)
	p.clock.pass(10 * time.Minute)
	first := p.deploy(t, "web", everybody, "# 1\n").Status.ConfigHash
	p.clock.pass(time.Minute)
	p.reports(t, by, controlplane.OutcomeApplied, first)
	p.clock.pass(9 * time.Minute)
	second, err := p.UpdateDeployment(t.Context(), operator, draft("web", everybody, "# 2\n"), "")
	require.NoError(t, err)
	p.clock.pass(time.Minute)
	p.reports(t, by, controlplane.OutcomeFailed, first)

	for minutes, want := range map[int]struct {
		version     int
		wanted, ran string
	}{
		0: {0, "", ""}, 9: {0, "", ""}, 10: {1, first, ""}, 11: {1, first, first}, 19: {1, first, first},
		20: {2, second.Status.ConfigHash, first}, 21: {2, second.Status.ConfigHash, first}, 1000: {2, second.Status.ConfigHash, first},
	} {
		moment, err := p.WantedAt(t.Context(), viewer, "a", noon.Add(time.Duration(minutes)*time.Minute))
		require.NoError(t, err)
		require.Equal(t, []any{want.version, want.wanted}, []any{moment.Wanted.Version, moment.Wanted.ConfigHash}, minutes)
		if want.ran == "" {
			require.Nil(t, moment.Ran, minutes)
		} else {
			require.Equal(t, want.ran, moment.Ran.ConfigHash, minutes)
		}
	}
	_, err = p.WantedAt(t.Context(), viewer, "a", noon.Add(-time.Second))
	requireCode(t, controlplane.CodeNotFound, err, "it was not enrolled at 2026-11-26T11:59:59Z")
}

// reports has an agent say what became of the newest that is wanted of it.
func (p plane) reports(t *testing.T, by controlplane.Caller, o controlplane.Outcome, runs string) controlplane.Agent {
	t.Helper()
	generation := p.agent(t, by.Subject).Status.Wanted.Generation
	a, err := p.ReportAgent(t.Context(), by, controlplane.Report{Connected: true, Generation: generation, Outcome: o, ConfigHash: runs})
	require.NoError(t, err)
	return a
}

func TestAHostIsAskedForTheAgentsThatItHadThen(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", nil)
	p.clock.pass(time.Minute)
	p.enrol(t, "a", "web-2", nil)
	p.enrol(t, "b", "web-1", nil)
	at := func(host string, minutes int) (agents []string) {
		moments, err := p.WantedOnHost(t.Context(), viewer, host, noon.Add(time.Duration(minutes)*time.Minute))
		require.NoError(t, err)
		require.NotNil(t, moments)
		for _, m := range moments {
			agents = append(agents, m.Wanted.Agent)
		}
		return agents
	}
	require.Equal(t, []string{"a"}, at("web-1", 0))
	require.Empty(t, at("web-2", 0))
	require.Equal(t, []string{"b"}, at("web-1", 1))
	require.Equal(t, []string{"a"}, at("web-2", 1))
	require.Empty(t, at("nowhere", 1))
}

func TestWhatWasWantedOnAHostIsToldInAConflictToo(t *testing.T) {
	p := newPlane(t)
	p.enrol(t, "a", "web-1", map[string]string{"tier": "web"})
	hash := p.deploy(t, "web", labels("tier", "web"), "# web\n").Status.ConfigHash
	p.deploy(t, "east", labels("zone", "east"), "# east\n")
	p.clock.pass(time.Minute)
	p.enrol(t, "a", "web-2", map[string]string{"zone": "east"})
	moments, err := p.WantedOnHost(t.Context(), viewer, "web-2", noon.Add(time.Minute))
	require.NoError(t, err)
	require.Len(t, moments, 1)
	require.Equal(t, hash, moments[0].Wanted.ConfigHash)
}
