package httpapi_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

var update = flag.Bool("update", false, "write the table of routes and the client's document anew")

var roles = []controlplane.Role{controlplane.RoleViewer, controlplane.RoleOperator, controlplane.RoleAdmin, controlplane.RoleAgent, controlplane.RoleWorker}

// TestTheTableOfRoutes keeps the table of who may do what under review: a new
// route, or another role for one, changes testdata/routes.txt.
func TestTheTableOfRoutes(t *testing.T) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-7s %-48s %s\n", "", "", "viewer operator admin agent worker")
	for _, r := range newServer(t).api.Routes() {
		fmt.Fprintf(&table, "%-7s %-48s %s\n", r.Method, r.Path, strings.TrimRight(row(r.Access), " "))
	}
	const file = "testdata/routes.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(table.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), table.String(), "run go test ./controlplane/httpapi -run TableOfRoutes -update, and look at the difference")
}

func row(a httpapi.Access) string {
	switch {
	case a.Open:
		return "everybody"
	case a.Secret:
		return "whoever has the secret that the body needs"
	}
	var cells []string
	for _, role := range roles {
		cell := "-"
		if role.May(a.Action) {
			cell = "yes"
		}
		cells = append(cells, fmt.Sprintf("%-*s", len(role), cell))
	}
	if a.Local {
		cells = append(cells, "or everybody on this machine, if others cannot reach the server")
	}
	return strings.Join(cells, " ")
}

// TestEachRouteAsksForItsRole sends every route a request of every role, and of
// nobody.
func TestEachRouteAsksForItsRole(t *testing.T) {
	s := newServer(t, func(set *httpapi.Settings) { set.Loopback = false })
	s.tokens[controlplane.RoleAgent] = s.enrol("agent-1", "web-1", nil)
	for _, r := range s.api.Routes() {
		path := strings.NewReplacer("{version}", "1", "{", "", "}", "").Replace(r.Path)
		if path == "/api/v1/events" { // lasts; TestEventStreams has it
			continue
		}
		for _, role := range append(slices.Clone(roles), "") {
			headers := []string{"X-Forwarded-For", "ignored"}
			if role != "" {
				headers = append(headers, "Authorization", "Bearer "+s.tokens[role])
			}
			s.now = s.now.Add(failureSpan) // no failure counts twice
			a := s.send(r.Method, path, nil, headers...)
			require.Equal(t, wanted(r.Access, role), refused(a.status), "%s %s as %q: %d %s", r.Method, r.Path, role, a.status, a.body)
		}
	}
}

// wanted is what the answer to a role is: 401, 403, or anything else.
func wanted(a httpapi.Access, role controlplane.Role) int {
	switch {
	case a.Open || a.Secret || role.May(a.Action):
		return 0
	case role == "":
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

func refused(status int) int {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return status
	}
	return 0
}

func TestDenialsAreInTheAudit(t *testing.T) {
	s := newServer(t)
	s.as(controlplane.RoleViewer, "POST", "/api/v1/deployments", web("web", "web")).problem(http.StatusForbidden)
	s.send("GET", "/api/v1/me", nil, "Authorization", "Bearer phx_aaaaaaaaaaaaaaaa_wrong").problem(http.StatusUnauthorized)
	var list controlplane.List[controlplane.AuditRecord]
	s.as(controlplane.RoleAdmin, "GET", "/api/v1/audit?sort=-up&limit=2", nil).into(&list)
	require.Len(t, list.Items, 2)
	require.Equal(t, "aaaaaaaaaaaaaaaa", list.Items[0].TokenID)
	require.Equal(t, "GET /api/v1/me", list.Items[0].Object)
	require.Equal(t, controlplane.CreateDeployment, list.Items[1].Action)
	for _, r := range list.Items {
		require.Equal(t, controlplane.VerdictDenied, r.Verdict)
		require.Equal(t, "192.0.2.1", r.Address)
		require.NotEmpty(t, r.RequestID)
	}
}

func TestAfterTenFailuresAMinuteNobodyIsAsked(t *testing.T) {
	s := newServer(t)
	wrong := []string{"Authorization", "Bearer phx_aaaaaaaaaaaaaaaa_wrong"}
	for range 10 {
		s.send("GET", "/api/v1/me", nil, wrong...).problem(http.StatusUnauthorized)
	}
	a := s.send("GET", "/api/v1/me", nil, wrong...)
	a.problem(http.StatusTooManyRequests)
	require.Equal(t, "60", a.header.Get("Retry-After"))
	require.Equal(t, http.StatusOK, s.as(controlplane.RoleViewer, "GET", "/api/v1/me", nil).status, "another token is not blocked")
	s.now = s.now.Add(failureSpan)
	s.send("GET", "/api/v1/me", nil, wrong...).problem(http.StatusUnauthorized)
}

func TestAnAddressThatTriesManyTokensIsBlocked(t *testing.T) {
	s := newServer(t)
	for i := range 100 {
		s.send("GET", "/api/v1/me", nil, "Authorization", number("Bearer phx_aaaaaaaaaaaaa%03d_wrong", i)).problem(http.StatusUnauthorized)
	}
	s.send("GET", "/api/v1/me", nil, "Authorization", "Bearer phx_bbbbbbbbbbbbbbbb_wrong").problem(http.StatusTooManyRequests)
}

// failureSpan is for how long a failure counts.
const failureSpan = time.Minute
