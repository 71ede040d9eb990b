package controlplane_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

// TestDeploymentsFollowTheirRules does things with deployments and agents in any
// order, on a real store, and compares all of it with a model of a few maps
// after each.
func TestDeploymentsFollowTheirRules(t *testing.T) {
	start := newStart(t)
	rapid.Check(t, func(r *rapid.T) {
		m := start.machine(t, r)
		r.Repeat(map[string]func(*rapid.T){
			"enrol":    m.enrol,
			"label":    m.label,
			"forget":   m.forget,
			"create":   m.create,
			"update":   m.update,
			"rollback": m.rollback,
			"delete":   m.remove,
			"wait":     m.wait,
			"":         m.check,
		})
		m.end(r)
	})
}

// machine drives a service and its model.
type machine struct {
	plane
	model   model
	secrets []string // of enrolment tokens, one for each of tokenLabels
}

var (
	agentNames      = []string{"a", "b", "c", "d"}
	hostNames       = []string{"h1", "h2"}
	deploymentNames = []string{"x", "y", "z"}
	tokenLabels     = []map[string]string{{"tier": "web"}, {"tier": "db"}, {"zone": "1"}, {"tier": "web", "zone": "1"}}
	selectors       = []controlplane.Selector{
		labels("tier", "web"), labels("tier", "db"), labels("zone", "1"), everybody,
		{MatchExpressions: []controlplane.Requirement{{Key: "zone", Operator: controlplane.DoesNotExist}}},
	}
)

// start is a database that every run begins with: it has the enrolment tokens.
type start struct {
	file    []byte
	secrets []string
}

func newStart(t *testing.T) (s start) {
	path := filepath.Join(t.TempDir(), "phoenix.db")
	store, err := sqlstore.Open(t.Context(), path)
	require.NoError(t, err)
	p := planeOn(t, store)
	for _, labels := range tokenLabels {
		s.secrets = append(s.secrets, p.enrolmentToken(t, labels).Secret)
	}
	require.NoError(t, store.Close())
	s.file, err = os.ReadFile(path)
	require.NoError(t, err)
	return s
}

func (s start) machine(t *testing.T, r *rapid.T) *machine {
	path := filepath.Join(t.TempDir(), "phoenix.db")
	require.NoError(r, os.WriteFile(path, s.file, 0o600))
	store, err := sqlstore.Open(t.Context(), path)
	require.NoError(r, err)
	r.Cleanup(func() { require.NoError(r, store.Close()) })
	return &machine{plane: planeOn(t, store), model: newModel(), secrets: s.secrets}
}

// end looks at all that was, once, as it is much.
func (m *machine) end(r *rapid.T) {
	for _, name := range slices.Sorted(maps.Keys(m.model.history)) {
		m.checkHistory(r, name)
	}
	_, err := m.VerifyAudit(r.Context(), controlplane.AuditHead{})
	require.NoError(r, err)
	require.NoError(r, m.store.Check(r.Context()))
}

func (m *machine) enrol(r *rapid.T) {
	name, host := rapid.SampledFrom(agentNames).Draw(r, "agent"), rapid.SampledFrom(hostNames).Draw(r, "host")
	token := rapid.IntRange(0, len(m.secrets)-1).Draw(r, "token")
	_, err := m.Enrol(r.Context(), controlplane.Enrolment{Secret: m.secrets[token], InstanceUID: name, Host: host})
	require.NoError(r, err)
	m.model.enrol(name, host, tokenLabels[token], m.clock.Now())
}

func (m *machine) label(r *rapid.T) {
	name, labels := rapid.SampledFrom(agentNames).Draw(r, "agent"), rapid.SampledFrom(tokenLabels).Draw(r, "labels")
	_, err := m.LabelAgent(r.Context(), admin, name, labels, "", "")
	require.Equal(r, m.model.label(name, labels, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
}

func (m *machine) forget(r *rapid.T) {
	name := rapid.SampledFrom(agentNames).Draw(r, "agent")
	err := m.DeleteAgent(r.Context(), admin, name, "", "")
	require.Equal(r, m.model.forget(name, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
}

// drawn is a draft whose text is one of three, so that texts come again.
func drawn(r *rapid.T) controlplane.Draft {
	text := fmt.Sprintf("# %d\n", rapid.IntRange(1, 3).Draw(r, "text"))
	return draft(rapid.SampledFrom(deploymentNames).Draw(r, "deployment"), rapid.SampledFrom(selectors).Draw(r, "selector"), text)
}

func (m *machine) create(r *rapid.T) {
	draft := drawn(r)
	_, err := m.CreateDeployment(r.Context(), operator, draft)
	require.Equal(r, m.model.create(draft, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
}

func (m *machine) update(r *rapid.T) {
	draft := drawn(r)
	plan, refused := m.PlanDeployment(r.Context(), operator, draft, "")
	_, exists := m.model.deployments[draft.Name]
	before := m.model.generations()

	_, err := m.UpdateDeployment(r.Context(), operator, draft, "")
	require.Equal(r, m.model.update(draft, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
	if exists {
		require.Equal(r, err, refused, "a plan is refused as the change is")
		require.Equal(r, m.model.changedSince(before), names(plan.Agents), "a plan tells whom the change reaches")
	}
}

func names(reached []controlplane.Reached) []string {
	names := []string{}
	for _, a := range reached {
		names = append(names, a.Name)
	}
	return names
}

func (m *machine) rollback(r *rapid.T) {
	name, number := rapid.SampledFrom(deploymentNames).Draw(r, "deployment"), rapid.IntRange(0, 4).Draw(r, "version")
	_, err := m.RollbackDeployment(r.Context(), operator, name, number, "", "")
	require.Equal(r, m.model.rollback(name, number, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
}

func (m *machine) remove(r *rapid.T) {
	name := rapid.SampledFrom(deploymentNames).Draw(r, "deployment")
	before := m.model.generations()
	plan, refused := m.PlanDeletion(r.Context(), operator, name)
	done, err := m.DeleteDeployment(r.Context(), operator, name, "", "")
	require.Equal(r, m.model.remove(name, m.clock.Now()), controlplane.CodeOf(err), "%v", err)
	require.Equal(r, err, refused)
	if err == nil {
		require.Equal(r, done, plan)
		require.Equal(r, m.model.changedSince(before), names(done.Agents))
	}
}

// wait lets time pass; now and then the clock is set back.
func (m *machine) wait(r *rapid.T) {
	m.clock.pass(time.Duration(rapid.IntRange(-2, 10).Draw(r, "minutes")) * time.Minute)
}

// check compares everything that can be asked with the model.
func (m *machine) check(r *rapid.T) {
	living, err := m.Agents(r.Context(), viewer, controlplane.AgentFilter{}, controlplane.Page{})
	require.NoError(r, err)
	require.Len(r, living.Items, len(m.model.agents))
	for _, a := range living.Items {
		want := m.model.agents[a.Metadata.Name]
		require.Equal(r, want.owner, a.Status.Deployment, a.Metadata.Name)
		require.Equal(r, want.conflict, a.Status.Conflict, a.Metadata.Name)
		require.Equal(r, want.labels, a.Metadata.Labels, a.Metadata.Name)
	}
	m.checkDeployments(r)
	for name := range m.model.history {
		m.checkMoment(r, name, m.clock.Now())
	}
}

func (m *machine) checkDeployments(r *rapid.T) {
	living, err := m.Deployments(r.Context(), viewer, controlplane.Page{})
	require.NoError(r, err)
	require.Len(r, living.Items, len(m.model.deployments))
	for _, d := range living.Items {
		want := m.model.deployments[d.Metadata.Name]
		newest := want.versions[len(want.versions)-1]
		require.Equal(r, len(want.versions), d.Status.Version)
		require.Equal(r, newest.Selector, d.Spec.Selector)
		require.Equal(r, controlplane.HashConfiguration([]byte(newest.Pipeline.Inline)), d.Status.ConfigHash)
		require.Equal(r, m.model.owned(d.Metadata.Name), d.Status.Agents.Total)
	}
}

// checkHistory asks what was wanted on an agent at each time that something
// changed, just before it, and now.
func (m *machine) checkHistory(r *rapid.T, agent string) {
	history := m.model.history[agent]
	list, err := m.History(r.Context(), viewer, agent, controlplane.Page{})
	require.NoError(r, err)
	require.Len(r, list.Items, len(history))
	for i, d := range list.Items {
		require.Equal(r, history[i].seen(), wantedOf(d), "generation %d of %s", d.Generation, agent)
	}
	for _, w := range history {
		for _, at := range []time.Time{w.at.Add(-time.Microsecond), w.at, m.clock.Now()} {
			m.checkMoment(r, agent, at)
		}
	}
}

func (m *machine) checkMoment(r *rapid.T, agent string, at time.Time) {
	want, was := m.model.at(agent, at)
	got, err := m.WantedAt(r.Context(), viewer, agent, at)
	if !was {
		requireCode(r, controlplane.CodeNotFound, err, "was not enrolled")
		return
	}
	require.NoError(r, err)
	require.Equal(r, want, wantedOf(got.Wanted), "%s at %s", agent, at)
	on, err := m.WantedOnHost(r.Context(), viewer, want.host, at)
	require.NoError(r, err)
	require.Contains(r, on, got)
}
