package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/sqlstore"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// server is an API on a database of its own. Its clock stands still.
type server struct {
	t       *testing.T
	api     *httpapi.Server
	service *controlplane.Service
	now     time.Time
	router  routers.Router
	tokens  map[controlplane.Role]string
}

func newServer(t *testing.T, change ...func(*httpapi.Settings)) *server {
	s := &server{t: t, now: noon, tokens: map[controlplane.Role]string{}}
	store, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "phoenix.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	s.service, err = controlplane.NewService(store, controlplane.Settings{AuditKey: make([]byte, controlplane.AuditKeySize), Now: s.clock})
	require.NoError(t, err)
	set := httpapi.Settings{Loopback: true, Now: s.clock}
	for _, c := range change {
		c(&set)
	}
	s.api, err = httpapi.New(s.service, set)
	require.NoError(t, err)
	s.read()
	for _, role := range []controlplane.Role{controlplane.RoleViewer, controlplane.RoleOperator, controlplane.RoleAdmin, controlplane.RoleWorker} {
		s.tokens[role] = s.token(role)
	}
	return s
}

func (s *server) clock() time.Time { return s.now }

// read makes the document that answers are checked against.
func (s *server) read() {
	text, err := json.Marshal(s.api.OpenAPI())
	require.NoError(s.t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(s.t, err)
	s.router, err = legacy.NewRouter(doc)
	require.NoError(s.t, err)
}

var admin = controlplane.Caller{Subject: "test", Role: controlplane.RoleAdmin}

// token issues a token of a role.
func (s *server) token(role controlplane.Role) string {
	issued, err := s.service.CreateToken(s.t.Context(), admin, controlplane.TokenDraft{Purpose: controlplane.PurposeAPI, Subject: string(role), Role: role})
	require.NoError(s.t, err)
	return issued.Secret
}

// enrol lets an agent in and returns its token.
func (s *server) enrol(uid, host string, labels map[string]string) string {
	issued, err := s.service.CreateToken(s.t.Context(), admin, controlplane.TokenDraft{Purpose: controlplane.PurposeEnrolment, Subject: host, Labels: labels})
	require.NoError(s.t, err)
	agent, err := s.service.Enrol(s.t.Context(), controlplane.Enrolment{Secret: issued.Secret, InstanceUID: uid, Host: host})
	require.NoError(s.t, err)
	return agent.Secret
}

// answer is a response that was read.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// into decodes the body.
func (a answer) into(v any) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.body, v), "%s", a.body)
}

// problem requires an error of a status and returns it.
func (a answer) problem(status int) (p httpapi.Problem) {
	a.t.Helper()
	require.Equal(a.t, status, a.status, "%s", a.body)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	a.into(&p)
	require.Equal(a.t, status, p.Status)
	require.NotEmpty(a.t, p.Code)
	require.NotEmpty(a.t, p.Detail)
	require.Equal(a.t, a.header.Get("X-Request-Id"), p.RequestID)
	return p
}

// as sends a request with the token of a role, and body as JSON unless it is a
// text. headers are pairs.
func (s *server) as(role controlplane.Role, method, path string, body any, headers ...string) answer {
	s.t.Helper()
	return s.send(method, path, body, append([]string{"Authorization", "Bearer " + s.tokens[role]}, headers...)...)
}

func (s *server) send(method, path string, body any, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, reader(s.t, body))
	r = r.WithContext(s.t.Context())
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	a := answer{s.t, w.Code, w.Header(), w.Body.Bytes()}
	s.check(r, a)
	return a
}

func reader(t *testing.T, body any) io.Reader {
	switch body := body.(type) {
	case nil:
		return http.NoBody
	case string:
		return strings.NewReader(body)
	default:
		text, err := json.Marshal(body)
		require.NoError(t, err)
		return bytes.NewReader(text)
	}
}

// check compares an answer with the document, if the route is in it.
func (s *server) check(r *http.Request, a answer) {
	s.t.Helper()
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 a.status, Header: a.header, Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	in.SetBodyBytes(a.body)
	require.NoError(s.t, openapi3filter.ValidateResponse(s.t.Context(), in), "%s %s: %d %s", r.Method, r.URL, a.status, a.body)
}

// web is a deployment of the template topk.
func web(name, tier string) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"tier": tier}},
			"pipeline": map[string]any{"template": "process-topk-v1", "parameters": map[string]any{"k": 20}},
		},
	}
}

// create makes a deployment for a tier of its own.
func (s *server) create(name string) controlplane.PipelineDeployment {
	s.t.Helper()
	a := s.as(controlplane.RoleOperator, "POST", "/api/v1/deployments", web(name, name))
	require.Equal(s.t, http.StatusCreated, a.status, "%s", a.body)
	var d controlplane.PipelineDeployment
	a.into(&d)
	return d
}

func number(format string, n int) string { return fmt.Sprintf(format, n) }
