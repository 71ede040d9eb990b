package controlplane_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func TestOnlyWhatIsNewIsAnAttempt(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", nil)
	hash := p.deploy(t, "web", everybody, "# 1\n").Status.ConfigHash
	for _, o := range []controlplane.Outcome{"", controlplane.OutcomeApplying, controlplane.OutcomeApplying, controlplane.OutcomeApplied, controlplane.OutcomeApplied} {
		p.reports(t, by, o, hash)
		p.clock.pass(2 * time.Minute)
	}
	attempts, err := p.Attempts(t.Context(), viewer, "a", controlplane.Page{})
	require.NoError(t, err)
	require.Len(t, attempts.Items, 2)
	require.Equal(t, controlplane.OutcomeApplied, attempts.Items[1].Outcome)
	require.Equal(t, controlplane.AgentApplied, p.agent(t, "a").Status.State)
}

func TestAReportThatSaysNothingNewIsWrittenDownOnceAMinute(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", nil)
	first := p.reports(t, by, "", "")
	p.clock.pass(time.Minute - time.Microsecond)
	require.Equal(t, first, p.reports(t, by, "", ""))
	p.clock.pass(time.Microsecond)
	later := p.reports(t, by, "", "")
	require.Equal(t, noon.Add(time.Minute), later.Status.Report.At)
	require.NotEqual(t, first.Metadata.ResourceVersion, later.Metadata.ResourceVersion)
}

func TestReportsAreTooManyForTheAudit(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", nil)
	changed := p.Changed()
	p.reports(t, by, controlplane.OutcomeApplied, "x")
	<-changed // but who waits is woken
	require.Empty(t, p.audit(t, controlplane.AuditFilter{Action: controlplane.ReportAgent}))
}

func TestLongWordsOfAnAgentAreCut(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", nil)
	a, err := p.ReportAgent(t.Context(), by, controlplane.Report{Message: strings.Repeat("é", 10_000), Health: "short"})
	require.NoError(t, err)
	require.LessOrEqual(t, len(a.Status.Report.Message), 4<<10)
	require.True(t, strings.HasSuffix(a.Status.Report.Message, "é…"))
	require.Equal(t, "short", a.Status.Report.Health)
}

func TestWrongReportsAreRefused(t *testing.T) {
	p := newPlane(t)
	by := p.enrol(t, "a", "h", nil)
	_, err := p.ReportAgent(t.Context(), by, controlplane.Report{
		Version: "\x1b", ConfigHash: strings.Repeat("x", 300), Generation: -1, Components: make([]string, 2001), Outcome: "done",
	})
	requireCode(t, controlplane.CodeInvalid, err, "version:", "configHash:", "generation:", "components: has 2001", "use applying, applied or failed")
	_, err = p.ReportAgent(t.Context(), admin, controlplane.Report{})
	requireCode(t, controlplane.CodeForbidden, err)
}

func TestAConnectionIsAskedAndTheAuditTellsOfIt(t *testing.T) {
	p, ctx := newPlane(t), t.Context()
	p.enrol(t, "a", "h", nil)
	p.out.taken()
	require.NoError(t, p.ReleaseAgent(ctx, operator, "a", "abc", "it was the network"))
	require.NoError(t, p.ResyncAgent(ctx, operator, "a", ""))
	require.NoError(t, p.RevealAgent(ctx, operator, "a", noon.Add(time.Minute), ""))
	require.Equal(t, []string{"release a abc", "resync a", "reveal a 12:01:00"}, p.out.taken())
	require.Equal(t, "it was the network", p.audit(t, controlplane.AuditFilter{Action: controlplane.ReleaseAgent})[0].Reason)

	requireCode(t, controlplane.CodeNotFound, p.ResyncAgent(ctx, operator, "b", ""), `there is no agent "b"`)
	for _, until := range []time.Time{noon, noon.Add(time.Hour + 1)} {
		requireCode(t, controlplane.CodeInvalid, p.RevealAgent(ctx, operator, "a", until, ""), "give a time of the next 1h0m0s")
	}
	requireCode(t, controlplane.CodeForbidden, p.ResyncAgent(ctx, viewer, "a", ""))
	require.Empty(t, p.out.taken())
	requireCode(t, controlplane.CodeUnavailable, controlplane.Unconnected{}.Resync(ctx, "a"), "agent a is not connected")
}
