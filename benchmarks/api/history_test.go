package api

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

const (
	// groups is how many deployments the agents are divided among.
	groups = 10
	// versions is how many versions each deployment had.
	versions = 20
)

// history is what a data folder has before the load begins.
type history struct {
	dir    string
	agents []string
	// admin, worker and enrolment are secrets of tokens, speaking those of the
	// agents.
	admin, worker, enrolment string
	speaking                 []string
}

var admin = controlplane.Caller{Subject: "ana", Role: controlplane.RoleAdmin}

// newHistory makes a data folder in which each agent had every version of its
// deployment wanted, and applied.
func newHistory(t *testing.T, agents int) *history {
	t.Helper()
	h := &history{dir: t.TempDir()}
	key := make([]byte, controlplane.AuditKeySize)
	rand.Read(key)
	require.NoError(t, os.WriteFile(filepath.Join(h.dir, "audit.key"), key, 0o600))
	store, err := sqlstore.Open(t.Context(), filepath.Join(h.dir, "phoenix.db"))
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	service, err := controlplane.NewService(store, controlplane.Settings{AuditKey: key})
	require.NoError(t, err)

	h.admin = issue(t, service, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "ana", Role: controlplane.RoleAdmin})
	h.worker = issue(t, service, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: "wilma", Role: controlplane.RoleWorker})
	h.enrolment = issue(t, service, enrolment("new"))
	callers := h.enrol(t, service, agents)
	for number := range versions {
		for group := range groups {
			deploy(t, service, group, number)
		}
		for _, by := range callers {
			applies(t, service, by)
		}
	}
	return h
}

func issue(t *testing.T, s *controlplane.Service, d controlplane.TokenDraft) string {
	t.Helper()
	issued, err := s.CreateToken(t.Context(), admin, d)
	require.NoError(t, err)
	return issued.Secret
}

func enrolment(group string) controlplane.TokenDraft {
	return controlplane.TokenDraft{
		Purpose: controlplane.PurposeEnrolment, Subject: group, Labels: map[string]string{"group": group},
		Uses: 100_000, TTL: controlplane.Duration(24 * time.Hour),
	}
}

func (h *history) enrol(t *testing.T, s *controlplane.Service, agents int) (callers []controlplane.Caller) {
	t.Helper()
	var secrets []string
	for group := range groups {
		secrets = append(secrets, issue(t, s, enrolment(fmt.Sprint(group))))
	}
	for i := range agents {
		name := fmt.Sprintf("agent-%04d", i)
		issued, err := s.Enrol(t.Context(), controlplane.Enrolment{Secret: secrets[i%groups], InstanceUID: name, Host: hostOf(name)})
		require.NoError(t, err)
		h.agents, h.speaking = append(h.agents, name), append(h.speaking, issued.Secret)
		callers = append(callers, controlplane.Caller{Subject: name, Role: controlplane.RoleAgent})
	}
	return callers
}

func hostOf(agent string) string { return "host-of-" + agent }

func deploymentOf(group int) string { return fmt.Sprintf("group-%d", group) }

// draft is a version of a group's deployment: a template, one parameter of which
// is the number.
func draft(group, number int) controlplane.Draft {
	return controlplane.Draft{
		Name: deploymentOf(group), Reason: fmt.Sprintf("version %d", number+1),
		Spec: controlplane.DeploymentSpec{
			Selector: controlplane.Selector{MatchLabels: map[string]string{"group": fmt.Sprint(group)}},
			Pipeline: controlplane.Pipeline{Template: "process-topk-v1", Parameters: map[string]any{"k": number%100 + 1}},
			Critical: []controlplane.CriticalEntry{{Name: "nginx", Conditions: []string{`resource.attributes["process.executable.name"] == "nginx"`}}},
		},
	}
}

func deploy(t *testing.T, s *controlplane.Service, group, number int) {
	t.Helper()
	var err error
	if number == 0 {
		_, err = s.CreateDeployment(t.Context(), admin, draft(group, number))
	} else {
		_, err = s.UpdateDeployment(t.Context(), admin, draft(group, number), "")
	}
	require.NoError(t, err)
}

// applies has an agent take what is wanted of it.
func applies(t *testing.T, s *controlplane.Service, by controlplane.Caller) {
	t.Helper()
	wanted, _, err := s.Wanted(t.Context(), by, by.Subject)
	require.NoError(t, err)
	_, err = s.ReportAgent(t.Context(), by, controlplane.Report{
		Connected: true, Healthy: true, Version: "1.0.0", Components: components,
		ConfigHash: wanted.ConfigHash, Generation: wanted.Generation, Outcome: controlplane.OutcomeApplied,
	})
	require.NoError(t, err)
}

// components are about as many as a collector has.
var components = func() (names []string) {
	for i := range 60 {
		names = append(names, fmt.Sprintf("processor/some_component_%02d", i))
	}
	return names
}()
