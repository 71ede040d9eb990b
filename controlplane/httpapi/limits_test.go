package httpapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

const deployments = "/api/v1/deployments"

// padded is a deployment of so many bytes.
func padded(size int) string {
	text := `{"metadata":{"name":"web"},"spec":{"selector":{"all":true},"pipeline":{"template":"process-topk-v1"}}}`
	return text + strings.Repeat(" ", size-len(text))
}

// nested is an inline of so many lists inside each other, in an object.
func nested(depth int) string {
	return `{"status":{"x":` + strings.Repeat("[", depth-2) + strings.Repeat("]", depth-2) + `},"metadata":{"name":"web"},"spec":{"selector":{"all":true},"pipeline":{"template":"process-topk-v1"}}}`
}

// TestLimitsOfBodies are at the edge and past it.
func TestLimitsOfBodies(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"one MiB":               {padded(1 << 20), http.StatusCreated},
		"a byte more":           {padded(1<<20 + 1), http.StatusRequestEntityTooLarge},
		"64 MiB":                {padded(64 << 20), http.StatusRequestEntityTooLarge},
		"64 levels":             {nested(64), http.StatusCreated},
		"65 levels":             {nested(65), http.StatusBadRequest},
		"a million levels":      {strings.Repeat("[", 1_000_000), http.StatusBadRequest},
		"not valid UTF-8":       {"{\"metadata\":{\"name\":\"\xff\"}}", http.StatusBadRequest},
		"no JSON":               {`{"metadata":`, http.StatusBadRequest},
		"nothing":               {``, http.StatusBadRequest},
		"null":                  {`null`, http.StatusUnprocessableEntity},
		"a list":                {`[]`, http.StatusUnprocessableEntity},
		"a number that is huge": {`{"metadata":{"name":"web","generation":1e999}}`, http.StatusBadRequest},
		"more behind it":        {padded(200) + "{}", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			a := s.as(operator, "POST", deployments, c.body)
			require.Equal(t, c.status, a.status, "%.300s", a.body)
			if c.status != http.StatusCreated {
				a.problem(c.status)
			}
		})
	}
}

func TestBodiesArePlainJSON(t *testing.T) {
	s := newServer(t)
	s.as(operator, "POST", deployments, padded(200), "Content-Encoding", "gzip").problem(http.StatusUnsupportedMediaType)
	s.as(operator, "POST", deployments, padded(200), "Content-Type", "text/plain").problem(http.StatusUnsupportedMediaType)
	s.as(operator, "POST", deployments, padded(200), "Idempotency-Key", strings.Repeat("k", 129)).problem(http.StatusUnprocessableEntity)
	s.as(operator, "POST", deployments, padded(200), "Idempotency-Key", "käse").problem(http.StatusUnprocessableEntity)
	require.Equal(t, http.StatusCreated, s.as(operator, "POST", deployments, padded(200), "Idempotency-Key", strings.Repeat("k", 128)).status)
}

// TestHostileWordsAreWords sends injections everywhere where a user gives text.
func TestHostileWordsAreWords(t *testing.T) {
	s := newServer(t)
	s.create("web")
	for _, word := range []string{
		`'; DROP TABLE deployment; --`, `" OR 1=1 --`, `%00`, "\x00", "../../etc/passwd", `{{.}}`, `$(id)`, "${env:PATH}", "a\r\nSet-Cookie: x",
		strings.Repeat("x", 5000), "\u202e", `"><script>alert(1)</script>`, `{__name__=~".+"}`, "x\xff",
	} {
		q := url.QueryEscape(word)
		p := url.PathEscape(word)
		for _, path := range []string{
			"/api/v1/deployments/" + p, "/api/v1/deployments?cursor=" + q, "/api/v1/deployments?sort=" + q, "/api/v1/agents?selector=" + q,
			"/api/v1/agents?host=" + q, "/api/v1/agents/" + p, "/api/v1/hosts/" + p, "/api/v1/catalog/" + p, "/api/v1/configurations/" + p,
			"/api/v1/audit?object=" + q, "/api/v1/audit?cursor=" + q, "/api/v1/tokens?cursor=" + q, "/api/v1/metrics/query?query=" + q + "&time=" + q,
			"/api/v1/deployments/web/diff?from=" + q, "/api/v1/savings?from=" + q,
		} {
			a := s.as(root, "GET", path, nil, "X-Request-Id", word)
			require.True(t, a.status < 500 || a.status == http.StatusServiceUnavailable, "%s: %d %s", path, a.status, a.body)
			require.NotContains(t, a.header, "Set-Cookie")
		}
		a := s.as(operator, "POST", deployments, map[string]any{"metadata": map[string]any{"name": word}, "reason": word, "spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{word: word}}, "pipeline": map[string]any{"template": word},
		}})
		require.Less(t, a.status, 500, "%s", a.body)
		require.GreaterOrEqual(t, a.status, 400)
	}
	require.Equal(t, http.StatusOK, s.as(viewer, "GET", "/api/v1/deployments/web", nil).status)
}

func TestOnlyKnownHostsAreAnswered(t *testing.T) {
	s := newServer(t, func(set *httpapi.Settings) { set.Hosts = []string{"Phoenix.example.com"} })
	for host, status := range map[string]int{
		"localhost": 200, "localhost:4320": 200, "127.0.0.1:4320": 200, "[::1]:4320": 200, "phoenix.example.com.": 200, "PHOENIX.EXAMPLE.COM:443": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example:4320": 421, "10.0.0.1": 421,
	} {
		require.Equal(t, status, s.send("GET", "/healthz", nil, "Host", host).status, host)
	}
}

func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	s := newServer(t)
	s.as(operator, "POST", deployments, padded(200), "Sec-Fetch-Site", "cross-site").problem(http.StatusForbidden)
	s.as(operator, "POST", deployments, padded(200), "Origin", "https://evil.example").problem(http.StatusForbidden)
}

func TestUnknownPathsAndMethodsAreProblems(t *testing.T) {
	s := newServer(t)
	s.send("GET", "/api/v1/none", nil).problem(http.StatusNotFound)
	a := s.send("PATCH", "/api/v1/deployments", nil)
	a.problem(http.StatusMethodNotAllowed)
	require.Equal(t, "GET, HEAD, POST", a.header.Get("Allow"))
}
