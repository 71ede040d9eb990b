package controlplane_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestAnEnrolmentTokenIsGoodForItsUsesAndItsTime(t *testing.T) {
	p := newPlane(t)
	once := p.token(t, controlplane.TokenDraft{Purpose: controlplane.PurposeEnrolment, Subject: "web"})
	enrol := func(name string) error {
		_, err := p.Enrol(t.Context(), controlplane.Enrolment{Secret: once.Secret, InstanceUID: name, Host: "h"})
		return err
	}
	require.NoError(t, enrol("a"))
	require.NoError(t, enrol("a"), "the first answer may have been lost")
	requireCode(t, controlplane.CodeUnauthenticated, enrol("b"), "used up")
	p.clock.pass(time.Hour)
	requireCode(t, controlplane.CodeUnauthenticated, enrol("a"), "expired")

	api := p.token(t, forBen)
	_, err := p.Enrol(t.Context(), controlplane.Enrolment{Secret: api.Secret, InstanceUID: "a", Host: "h"})
	requireCode(t, controlplane.CodeUnauthenticated, err)
}

func TestAnAgentHasOneTokenAndTheLabelsThatItWasGiven(t *testing.T) {
	p := newPlane(t)
	first, err := p.Enrol(t.Context(), controlplane.Enrolment{Secret: p.enrolmentToken(t, map[string]string{"tier": "web", "zone": "a"}).Secret, InstanceUID: "a", Host: "h1"})
	require.NoError(t, err)
	second, err := p.Enrol(t.Context(), controlplane.Enrolment{Secret: p.enrolmentToken(t, map[string]string{"zone": "b"}).Secret, InstanceUID: "a", Host: "h2"})
	require.NoError(t, err)
	_, err = p.Authenticate(t.Context(), first.Secret)
	requireCode(t, controlplane.CodeUnauthenticated, err)
	by, err := p.Authenticate(t.Context(), second.Secret)
	require.NoError(t, err)
	require.Equal(t, []any{"a", controlplane.RoleAgent}, []any{by.Subject, by.Role})
	a := p.agent(t, "a")
	require.Equal(t, map[string]string{"tier": "web", "zone": "b"}, a.Metadata.Labels)
	require.Equal(t, "h2", a.Spec.Host)
}

func TestAnAgentSpeaksForItselfOnly(t *testing.T) {
	p := newPlane(t)
	a := p.enrol(t, "a", "h", nil)
	p.enrol(t, "b", "h", nil)
	_, _, err := p.Wanted(t.Context(), a, "a")
	require.NoError(t, err)
	_, _, err = p.Wanted(t.Context(), a, "b")
	requireCode(t, controlplane.CodeForbidden, err)
	_, err = p.Agents(t.Context(), a, controlplane.AgentFilter{}, controlplane.Page{})
	requireCode(t, controlplane.CodeForbidden, err)
}

func TestADeletedAgentIsForgottenAndItsHistoryStays(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", map[string]string{"tier": "web"})
	p.deploy(t, "web", everybody, "# 1\n")
	p.clock.pass(time.Minute)
	p.out.taken()
	require.NoError(t, p.DeleteAgent(t.Context(), admin, "a", "the host is gone", ""))
	require.Equal(t, []string{"wake [a]"}, p.out.taken())
	_, err := p.Agent(t.Context(), viewer, "a")
	requireCode(t, controlplane.CodeNotFound, err)
	_, err = p.ReportAgent(t.Context(), by, controlplane.Report{})
	requireCode(t, controlplane.CodeNotFound, err, "enrol it again")

	p.clock.pass(time.Minute)
	p.enrol(t, "a", "h", nil)
	history, err := p.History(t.Context(), viewer, "a", controlplane.Page{})
	require.NoError(t, err)
	reasons := []string{}
	for i, d := range history.Items {
		require.Equal(t, int64(i+1), d.Generation)
		reasons = append(reasons, d.Reason)
	}
	require.Equal(t, []string{"the agent enrolled", "version 1 of web (create)", "the agent was deleted", "the agent enrolled"}, reasons)
	require.Empty(t, p.agent(t, "a").Metadata.Labels, "it is another agent now")
}

func TestWrongEnrolmentsAreRefused(t *testing.T) {
	p := newPlane(t)
	_, err := p.Enrol(t.Context(), controlplane.Enrolment{InstanceUID: "\x1b", Host: ""})
	requireCode(t, controlplane.CodeInvalid, err, "instance_uid:", "host:")
}
