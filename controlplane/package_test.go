package controlplane_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

// TestMain has fewer runs of a property than rapid would make, as each has a
// database of its own; -rapid.checks makes more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

var (
	auditKey = bytes.Repeat([]byte{7}, controlplane.AuditKeySize)

	admin    = controlplane.Caller{Subject: "ana", Role: controlplane.RoleAdmin, TokenID: "t-ana", Address: "127.0.0.1:4000", RequestID: "r1"}
	operator = controlplane.Caller{Subject: "omar", Role: controlplane.RoleOperator}
	viewer   = controlplane.Caller{Subject: "vera", Role: controlplane.RoleViewer}
	worker   = controlplane.Caller{Subject: "wilma", Role: controlplane.RoleWorker}
)

// plane is a service on a real store, with a clock that stands still until it is
// set, and connections that write down what they are asked.
type plane struct {
	*controlplane.Service
	store *sqlstore.Store
	clock *clock
	out   *connections
}

// newPlane starts on an empty database.
func newPlane(t testing.TB) plane {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "phoenix.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return planeOn(t, store)
}

func planeOn(t testing.TB, store *sqlstore.Store) plane {
	t.Helper()
	p := plane{store: store, clock: &clock{now: noon}, out: &connections{}}
	var err error
	p.Service, err = controlplane.NewService(store, controlplane.Settings{AuditKey: auditKey, Now: p.clock.Now, Outgoing: p.out})
	require.NoError(t, err)
	return p
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// pass lets time pass, which may be backwards.
func (c *clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// connections are those of agents that are all connected.
type connections struct {
	mu    sync.Mutex
	asked []string
}

func (c *connections) ask(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, fmt.Sprintf(format, args...))
}

// taken returns what was asked since it was called last.
func (c *connections) taken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asked
	c.asked = nil
	return asked
}

func (c *connections) Wake(agents []string) { c.ask("wake %v", slices.Sorted(slices.Values(agents))) }
func (c *connections) Cut(tokenID string)   { c.ask("cut %s", tokenID) }

func (c *connections) Release(_ context.Context, agent, hash string) error {
	c.ask("release %s %s", agent, hash)
	return nil
}

func (c *connections) Resync(_ context.Context, agent string) error {
	c.ask("resync %s", agent)
	return nil
}

func (c *connections) Reveal(_ context.Context, agent string, until time.Time) error {
	c.ask("reveal %s %s", agent, until.Format(time.TimeOnly))
	return nil
}

// enrolmentToken issues one that gives labels, for as many agents as a test has.
func (p plane) enrolmentToken(t testing.TB, labels map[string]string) controlplane.Issued {
	t.Helper()
	issued, err := p.CreateToken(t.Context(), admin, controlplane.TokenDraft{
		Purpose: controlplane.PurposeEnrolment, Subject: "hosts", Labels: labels, Uses: 1000, TTL: controlplane.Duration(1000 * time.Hour),
	})
	require.NoError(t, err)
	return issued
}

// enrol lets an agent in on a host, and returns it as a caller.
func (p plane) enrol(t testing.TB, name, host string, labels map[string]string) controlplane.Caller {
	t.Helper()
	issued, err := p.Enrol(t.Context(), controlplane.Enrolment{Secret: p.enrolmentToken(t, labels).Secret, InstanceUID: name, Host: host})
	require.NoError(t, err)
	by, err := p.Authenticate(t.Context(), issued.Secret)
	require.NoError(t, err)
	return by
}

// agent returns an agent as it is.
func (p plane) agent(t testing.TB, name string) controlplane.Agent {
	t.Helper()
	a, err := p.Agent(t.Context(), admin, name)
	require.NoError(t, err)
	return a
}

// deploy makes a deployment of an inline text.
func (p plane) deploy(t testing.TB, name string, s controlplane.Selector, text string) controlplane.PipelineDeployment {
	t.Helper()
	d, err := p.CreateDeployment(t.Context(), operator, draft(name, s, text))
	require.NoError(t, err)
	return d
}

func draft(name string, s controlplane.Selector, text string) controlplane.Draft {
	return controlplane.Draft{
		Name: name, Reason: "because of " + text,
		Spec: controlplane.DeploymentSpec{Selector: s, Pipeline: controlplane.Pipeline{Inline: text}},
	}
}

// labels is a selector of one label.
func labels(key, value string) controlplane.Selector {
	return controlplane.Selector{MatchLabels: map[string]string{key: value}}
}

var everybody = controlplane.Selector{All: true}

// requireCode looks for the code of an error, and for words in its text.
func requireCode(t interface {
	require.TestingT
	Helper()
}, code controlplane.Code, err error, words ...string,
) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, controlplane.CodeOf(err), err.Error())
	for _, w := range words {
		require.ErrorContains(t, err, w)
	}
}

// encoded is a value as users see it.
func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}
