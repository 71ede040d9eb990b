package controlplane_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
)

func loadDraft(name, host string) controlplane.LoadDraft {
	return controlplane.LoadDraft{Name: name, Spec: controlplane.LoadSpec{Profile: "realistic", Host: host, ProcessCount: 50}}
}

func (p plane) load(t *testing.T, name, host string) {
	t.Helper()
	_, err := p.CreateLoad(t.Context(), operator, loadDraft(name, host))
	require.NoError(t, err)
	p.clock.pass(time.Second)
}

func (p plane) claims(t *testing.T, by controlplane.Caller, host string) *controlplane.Assignment {
	t.Helper()
	a, err := p.ClaimLoad(t.Context(), by, host)
	require.NoError(t, err)
	return a
}

func (p plane) state(t *testing.T, name string) controlplane.LoadStatus {
	t.Helper()
	l, err := p.Load(t.Context(), viewer, name)
	require.NoError(t, err)
	return l.Status
}

var otherWorker = controlplane.Caller{Subject: "walter", Role: controlplane.RoleWorker}

func TestTheOldestLoadGoesToOneWorkerOfItsHost(t *testing.T) {
	p := newPlane(t)
	p.load(t, "second-by-name", "")
	p.load(t, "elsewhere", "h2")
	p.load(t, "any", "")
	require.Equal(t, "second-by-name", p.claims(t, worker, "h1").Name)
	require.Equal(t, "any", p.claims(t, otherWorker, "h1").Name)
	require.Nil(t, p.claims(t, worker, "h1"))
	require.Equal(t, "elsewhere", p.claims(t, worker, "h2").Name)
	require.Equal(t, "h2", p.state(t, "elsewhere").Host)
}

func TestAWorkerKeepsItsLoadWhileItIsHeardOf(t *testing.T) {
	p := newPlane(t)
	p.load(t, "l", "")
	a := p.claims(t, worker, "h")
	for range 3 {
		p.clock.pass(controlplane.LoadLease - time.Second)
		orders, err := p.ReportLoad(t.Context(), worker, a.ID, controlplane.LoadReport{State: controlplane.LoadRunning, Progress: json.RawMessage(`{"processes":10}`)})
		require.NoError(t, err)
		require.False(t, orders.Stop)
		require.Equal(t, p.clock.Now().Add(controlplane.LoadLease), orders.LeaseUntil)
		require.Nil(t, p.claims(t, otherWorker, "h"))
	}
	require.Len(t, p.audit(t, controlplane.AuditFilter{Object: "loadsim/l"}), 2, "asked for and claimed: progress is not audited")
	_, err := p.ReportLoad(t.Context(), worker, a.ID, controlplane.LoadReport{State: controlplane.LoadCompleted, Summary: json.RawMessage(`{"truth":1}`)})
	require.NoError(t, err)
	s := p.state(t, "l")
	require.Equal(t, controlplane.LoadCompleted, s.State)
	require.JSONEq(t, `{"truth":1}`, string(s.Summary))
	require.JSONEq(t, `{"processes":10}`, string(s.Progress))
	require.Equal(t, p.clock.Now(), s.FinishedAt)
	require.Nil(t, p.claims(t, worker, "h"))
}

func TestALostWorkersLoadGoesToAnother(t *testing.T) {
	p := newPlane(t)
	p.load(t, "l", "")
	lost := p.claims(t, worker, "h")
	p.clock.pass(controlplane.LoadLease + time.Microsecond)
	found := p.claims(t, otherWorker, "h")
	require.NotEqual(t, lost.ID, found.ID)
	_, err := p.ReportLoad(t.Context(), worker, lost.ID, controlplane.LoadReport{State: controlplane.LoadRunning})
	requireCode(t, controlplane.CodeGone, err, "end its processes and claim again")
	_, err = p.ReportLoad(t.Context(), worker, found.ID, controlplane.LoadReport{State: controlplane.LoadRunning})
	requireCode(t, controlplane.CodeGone, err)
	for _, wrong := range []string{"", "x", "x.y", lost.ID + "0", "'; DROP TABLE load; --.1"} {
		_, err = p.ReportLoad(t.Context(), otherWorker, wrong, controlplane.LoadReport{State: controlplane.LoadRunning})
		requireCode(t, controlplane.CodeGone, err)
	}
}

func TestALoadIsStopped(t *testing.T) {
	p := newPlane(t)
	p.load(t, "waiting", "h2")
	_, err := p.StopLoad(t.Context(), operator, "waiting")
	require.NoError(t, err)
	require.Equal(t, controlplane.LoadStopped, p.state(t, "waiting").State, "at once if nobody has it")
	require.Nil(t, p.claims(t, worker, "h2"))

	p.load(t, "running", "")
	a := p.claims(t, worker, "h")
	_, err = p.StopLoad(t.Context(), operator, "running")
	require.NoError(t, err)
	orders, err := p.ReportLoad(t.Context(), worker, a.ID, controlplane.LoadReport{State: controlplane.LoadRunning})
	require.NoError(t, err)
	require.True(t, orders.Stop)
	_, err = p.ReportLoad(t.Context(), worker, a.ID, controlplane.LoadReport{State: controlplane.LoadStopped})
	require.NoError(t, err)

	p.load(t, "lost", "")
	p.claims(t, worker, "h")
	_, err = p.StopLoad(t.Context(), operator, "lost")
	require.NoError(t, err)
	p.clock.pass(controlplane.LoadLease + time.Microsecond)
	require.Nil(t, p.claims(t, otherWorker, "h"), "what was to be stopped is not started again")
	require.Equal(t, controlplane.LoadStopped, p.state(t, "lost").State)
	require.Equal(t, "its worker wilma was lost", p.state(t, "lost").Message)
}

func TestADeletedLoadEndsWithItsWorkersNextReport(t *testing.T) {
	p := newPlane(t)
	p.load(t, "l", "")
	a := p.claims(t, worker, "h")
	requireCode(t, controlplane.CodeStale, p.DeleteLoad(t.Context(), operator, "l", "0"))
	require.NoError(t, p.DeleteLoad(t.Context(), operator, "l", ""))
	_, err := p.ReportLoad(t.Context(), worker, a.ID, controlplane.LoadReport{State: controlplane.LoadRunning})
	requireCode(t, controlplane.CodeGone, err)
	p.load(t, "l", "")
}

func TestLoadsThatCannotBeAreRefused(t *testing.T) {
	p := newPlane(t)
	p.load(t, "l", "")
	_, err := p.CreateLoad(t.Context(), operator, loadDraft("l", ""))
	requireCode(t, controlplane.CodeExists, err, "there is a load simulation l already")
	_, err = p.CreateLoad(t.Context(), operator, controlplane.LoadDraft{Name: "m", Spec: controlplane.LoadSpec{Profile: "no-such"}})
	requireCode(t, controlplane.CodeInvalid, err, "no-such")
	_, err = p.CreateLoad(t.Context(), operator, controlplane.LoadDraft{Name: "m", Spec: controlplane.LoadSpec{Profile: "custom", CustomProfile: "processes: ["}})
	requireCode(t, controlplane.CodeInvalid, err)
	_, err = p.ReportLoad(t.Context(), worker, "x", controlplane.LoadReport{State: "sleeping", Progress: make([]byte, 1<<17)})
	requireCode(t, controlplane.CodeInvalid, err, "use running, completed", "progress: has")
	_, err = p.ClaimLoad(t.Context(), worker, "")
	requireCode(t, controlplane.CodeInvalid, err, "give the worker's host")
}
