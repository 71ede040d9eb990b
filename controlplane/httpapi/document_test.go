package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

// TestTheDocumentsAreValid checks both by kin-openapi's rules.
func TestTheDocumentsAreValid(t *testing.T) {
	s := newServer(t)
	for path, version := range map[string]string{"/openapi.json": "3.1", "/openapi-3.0.json": "3.0"} {
		a := s.send("GET", path, nil)
		doc, err := openapi3.NewLoader().LoadFromData(a.body)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(doc.OpenAPI, version), doc.OpenAPI)
		if version == "3.0" {
			require.NoError(t, doc.Validate(context.Background()))
		}
	}
}

// TestEveryRouteIsInTheDocument finds all but those that are no part of the API.
func TestEveryRouteIsInTheDocument(t *testing.T) {
	s := newServer(t)
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID, Summary string
			Security             []map[string][]string
			Responses            map[string]any
		}
	}
	s.send("GET", "/openapi.json", nil).into(&doc)
	left := map[string]bool{"/metrics": true, "/otlp/v1/metrics": true, "/v1/opamp": true, "/openapi.json": true, "/openapi-3.0.json": true, "/docs": true, "/docs/style.css": true}
	for _, r := range s.api.Routes() {
		if left[r.Path] {
			continue
		}
		op := doc.Paths[r.Path][strings.ToLower(r.Method)]
		require.NotEmpty(t, op.OperationID, "%s %s", r.Method, r.Path)
		require.NotEmpty(t, op.Summary, op.OperationID)
		require.Equal(t, r.Access.Action != "", len(op.Security) > 0, op.OperationID)
		require.NotEmpty(t, op.Responses, op.OperationID)
	}
}

// TestThePageOfTheAPINeedsNothingElse has every operation, no script, and no
// address of another machine.
func TestThePageOfTheAPINeedsNothingElse(t *testing.T) {
	s := newServer(t)
	a := s.send("GET", "/docs", nil)
	page := string(a.body)
	require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "http://")
	require.NotContains(t, page, "https://")
	for _, item := range s.api.OpenAPI().Paths {
		if item.Get != nil {
			require.Contains(t, page, `id="`+item.Get.OperationID+`"`)
		}
	}
	for name := range s.api.OpenAPI().Components.Schemas.Map() {
		require.Contains(t, page, `id="shape-`+name+`"`)
	}
	require.Contains(t, page, "<td>map of string</td>")
	require.Contains(t, s.send("GET", "/docs/style.css", nil).header.Get("Content-Type"), "text/css")
}

// TestLimitsOfWords are at the edge and past it.
func TestLimitsOfWords(t *testing.T) {
	s := newServer(t)
	word := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		most int
		send func(word string) answer
	}{
		"reason": {1024, func(w string) answer {
			return s.as(operator, "POST", deployments+"/none/rollback", map[string]any{"version": 1, "reason": w})
		}},
		"subject": {253, func(w string) answer {
			return s.send("POST", "/api/v1/tokens/exchange", map[string]string{"token": "x", "subject": w})
		}},
		"selector":   {4096, func(w string) answer { return s.as(viewer, "GET", "/api/v1/agents?selector="+w, nil) }},
		"host":       {253, func(w string) answer { return s.as(viewer, "GET", "/api/v1/agents?host="+w, nil) }},
		"query":      {16384, func(w string) answer { return s.as(viewer, "GET", "/api/v1/metrics/query?query="+w, nil) }},
		"cursor":     {253, func(w string) answer { return s.as(viewer, "GET", "/api/v1/agents?cursor="+w, nil) }},
		"request ID": {64, func(w string) answer { return s.as(viewer, "GET", "/api/v1/me", nil, "X-Request-Id", w) }},
	} {
		t.Run(name, func(t *testing.T) {
			at, past := c.send(word(c.most)), c.send(word(c.most+1))
			if name == "request ID" {
				require.Equal(t, word(64), at.header.Get("X-Request-Id"))
				require.NotEqual(t, word(65), past.header.Get("X-Request-Id"))
				return
			}
			require.False(t, tooLong(at), "%s", at.body)
			past.problem(http.StatusUnprocessableEntity)
			require.True(t, tooLong(past), "%s", past.body)
		})
	}
	require.Equal(t, http.StatusOK, s.as(viewer, "GET", deployments+"?limit=1000", nil).status)
}

// tooLong says whether an answer complains of a length.
func tooLong(a answer) bool {
	var p httpapi.Problem
	if json.Unmarshal(a.body, &p) != nil {
		return false
	}
	for _, d := range p.Errors {
		if strings.Contains(d.Message, "length") {
			return true
		}
	}
	return false
}

// TestAHeadThatIsTooLargeIsRefused needs a listener: net/http looks at it. It
// may close the connection before the client has sent all and reads the answer.
func TestAHeadThatIsTooLargeIsRefused(t *testing.T) {
	address := newServer(t).listening()
	status, err := padHead(t, address, 60<<10)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	if status, err = padHead(t, address, 80<<10); err == nil {
		require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, status)
	}
}

// padHead sends a request with so many bytes in its head.
func padHead(t *testing.T, address string, bytes int) (status int, err error) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/healthz", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("X-Padding", strings.Repeat("x", bytes))
	r.Close = true
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
