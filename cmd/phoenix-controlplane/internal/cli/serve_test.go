package cli

import (
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
)

func TestTheFirstStartWritesATokenOnce(t *testing.T) {
	d := dir(t)
	t.Run("first", func(t *testing.T) {
		s := start(t, d)
		info, err := os.Stat(s.dir.firstToken())
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), info.Mode())
		s.exchange()
		var me httpapi.Me
		s.do("GET", "/api/v1/me", nil, http.StatusOK, &me)
		require.Equal(t, controlplane.RoleAdmin, me.Role)
	})
	require.NoError(t, os.Remove(dataDir(d).firstToken()))
	t.Run("again", func(t *testing.T) {
		s := start(t, d)
		require.NoFileExists(t, s.dir.firstToken())
	})
}

// TestAnAgentsMetricsAreKeptUnderItsName goes from enrolment to the query.
func TestAnAgentsMetricsAreKeptUnderItsName(t *testing.T) {
	s := start(t, dir(t))
	s.exchange()
	s.do("POST", "/api/v1/deployments", deployment("web"), http.StatusCreated, nil)
	token := s.enrol()

	person := s.token
	s.do("POST", "/otlp/v1/metrics", map[string]any{}, http.StatusForbidden, nil)
	s.token = token
	require.Equal(t, http.StatusOK, s.send("POST", "/otlp/v1/metrics", strings.NewReader(point(time.Now()))).status)
	s.token = person

	var answer httpapi.MetricsAnswer
	s.do("GET", "/api/v1/metrics/query?query="+url.QueryEscape(`{__name__=~"otelcol_process_memory.*"}`), nil, http.StatusOK, &answer)
	require.Len(t, answer.Result, 1)
	labels := answer.Result.([]any)[0].(map[string]any)["metric"]
	require.Subset(t, labels, map[string]any{"agent": "a-1", "host": "web-1", "deployment": "web", "label_tier": "web"})
	s.do("GET", "/api/v1/savings", nil, http.StatusOK, nil)
}

// hostile are PromQL queries that are wrong, or want too much.
var hostile = []string{
	`up{`, `{}`, `{__name__=~".*"}`, `up'; DROP TABLE agent; --`, `up{a="\xff"}`, "up\x00", strings.Repeat("(", 5000), strings.Repeat("-", 10000) + "1",
	`label_replace(up, "a", "$1", "b", "(((((((((a*)*)*)*)*)*)*)*)*)*b")`, `up[100y:1ms]`, `vector(1)[10y:1ms]`, `count_values("a\nb", up)`, `topk(1e300, up)`,
	`absent(absent(absent(up)))`, `up offset 290y`, `up @ 1e300`, `scalar(up) ^ 1e308`, `quantile(NaN, up)`, `{__name__="up",__name__="down"}`, `"text"`, `1`,
}

// TestHostileQueriesAreAnsweredOrRefused never finds a fault of the server.
func TestHostileQueriesAreAnsweredOrRefused(t *testing.T) {
	s := start(t, dir(t))
	s.exchange()
	for _, q := range hostile {
		for _, path := range []string{"/query?", "/query_range?start=0&end=100&step=1&"} {
			a := s.send("GET", "/api/v1/metrics"+path+"query="+url.QueryEscape(q), http.NoBody)
			require.Contains(t, []int{http.StatusOK, http.StatusUnprocessableEntity}, a.status, "%.80q: %s", q, a.body)
		}
	}
	for _, times := range []string{"start=1&end=0&step=1", "start=0&end=1e18&step=1", "start=0&end=100&step=0", "start=0&end=100&step=-1", "start=NaN&end=1&step=1", "start=0&end=100&step=1e-300", "start=0&end=253402300799&step=1"} {
		a := s.send("GET", "/api/v1/metrics/query_range?query=up&"+times, http.NoBody)
		require.Equal(t, http.StatusUnprocessableEntity, a.status, "%s: %s", times, a.body)
	}
}

// bombs are inline configurations that are larger than they look, or none.
func bombs() map[string]string {
	aliases := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'a'; c < 'k'; c++ {
		aliases += string(c+1) + ": &" + string(c+1) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c)+",", 9), ",") + "]\n"
	}
	return map[string]string{
		"aliases": aliases, "deep": "a: " + strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "itself": "a: &a [*a]",
		"duplicate": "receivers: {}\nreceivers: {}\n", "two documents": "a: b\n---\nc: d", "text": "hello", "a control character": "a: \x00",
		"a secret": "exporters: {otlphttp: {endpoint: 'http://h', headers: {authorization: 'Bearer abcdefghijklmnopqrstuvwxyz'}}}",
	}
}

// TestBombsAreNotDeployed refuses with the line, and goes on.
func TestBombsAreNotDeployed(t *testing.T) {
	s := start(t, dir(t))
	s.exchange()
	for name, text := range bombs() {
		pipeline := map[string]any{"inline": text}
		var v httpapi.Validation
		s.do("POST", "/api/v1/pipelines/validate", map[string]any{"pipeline": pipeline}, http.StatusOK, &v)
		require.False(t, v.Valid, name)
		require.NotEmpty(t, v.NotAsked, "there is no collector here")
		d := deployment("web")
		d["spec"].(map[string]any)["pipeline"] = pipeline
		var p httpapi.Problem
		s.do("POST", "/api/v1/deployments", d, http.StatusUnprocessableEntity, &p)
		require.NotEmpty(t, p.Errors[0].Code, name)
		require.NotEmpty(t, p.Errors[0].Remedy, name)
		require.Positive(t, p.Errors[0].Line, name)
	}
	s.do("POST", "/api/v1/deployments", deployment("web"), http.StatusCreated, nil)
}

// TestABodyOfZerosIsCutOff sends 64 MiB.
func TestABodyOfZerosIsCutOff(t *testing.T) {
	s := start(t, dir(t))
	s.exchange()
	a := s.send("POST", "/api/v1/deployments", io.LimitReader(zeros{}, 64<<20))
	require.Equal(t, http.StatusRequestEntityTooLarge, a.status, "%s", a.body)
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
