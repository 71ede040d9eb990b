package phoenixopamp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/phoenix-platform/phoenix/internal/process"
)

// socketClient speaks to a page by its socket.
func socketClient(t *testing.T, path string) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, url string, header ...string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := c.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestTheSocketIsOfTheUserAndGroup(t *testing.T) {
	e := start(t, configure(t, ""))
	info, err := os.Stat(e.cfg.socket())
	require.NoError(t, err)
	require.Equal(t, fs.ModeSocket|0o660, info.Mode())
}

func TestTheSocketGoesWithTheExtension(t *testing.T) {
	e := build(configure(t, ""))
	require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
	require.NoError(t, e.Shutdown(t.Context()))
	_, err := os.Stat(e.cfg.socket())
	require.True(t, errors.Is(err, fs.ErrNotExist))
}

func TestASocketThatACrashLeftIsReplaced(t *testing.T) {
	cfg := configure(t, "")
	require.NoError(t, os.MkdirAll(cfg.StateDirectory, 0o700))
	l, err := net.Listen("unix", cfg.socket())
	require.NoError(t, err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	e := start(t, cfg)
	status, _ := get(t, socketClient(t, e.cfg.socket()), "http://page/")
	require.Equal(t, http.StatusOK, status)
}

func TestASocketOfAnotherCollectorIsNot(t *testing.T) {
	cfg := configure(t, "")
	require.NoError(t, os.MkdirAll(cfg.StateDirectory, 0o700))
	l, err := net.Listen("unix", cfg.socket())
	require.NoError(t, err)
	defer l.Close()
	e := build(cfg)
	require.EqualError(t, e.Start(t.Context(), componenttest.NewNopHost()),
		"the page's socket "+cfg.socket()+" is another collector's that runs; give each its own state_directory")
	require.NoError(t, e.Shutdown(t.Context()))
}

// A collector that is too busy to take another connection runs still.
func TestASocketThatIsBusyIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer syscall.Close(fd)
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}))
	require.NoError(t, syscall.Listen(fd, 0))
	for {
		conn, err := net.Dial("unix", path)
		if err != nil {
			break // nobody accepts, and no more can wait
		}
		defer conn.Close()
	}
	_, err = listenSocket(path)
	require.ErrorContains(t, err, "change page.socket")
	require.FileExists(t, path)
}

func TestThePagesAsText(t *testing.T) {
	e := start(t, configure(t, ""))
	failed := componentstatus.NewInstanceID(component.MustNewIDWithName("zpages", "x"), component.KindExtension)
	e.ComponentStatusChanged(failed, componentstatus.NewPermanentErrorEvent(errors.New("dial https://me:hunter2@example.com\x1b[31m\nfailed")))
	c := socketClient(t, e.cfg.socket())

	_, body := get(t, c, "http://page/")
	require.Regexp(t, `(?m)^collector +otelcol-phoenix 1\.2\.3$`, body)
	require.Regexp(t, `(?m)^instance +`+e.agent.identity.current().String()+`$`, body)
	require.Regexp(t, `(?m)^label site +north$`, body)
	require.Regexp(t, `(?m)^server +none$`, body)
	require.Regexp(t, `(?m)^    processor:topk +OK +2`, body)
	require.Regexp(t, `(?m)^    extension:zpages/x +PermanentError +\S+ +dial https://\[REDACTED\]@example\.com\\u001b\[31m; failed$`, body)

	_, components := get(t, c, "http://page/components")
	require.Contains(t, body, components)
	_, status := get(t, c, "http://page/status")
	require.Contains(t, body, status)
	_, config := get(t, c, "http://page/config")
	require.Equal(t, string(e.effective.yaml()), config)
	_, none := get(t, c, "http://page/decisions")
	require.Equal(t, "No component here decides about processes, or none knows this host.\n", none)
}

func TestThePagesAsJSON(t *testing.T) {
	e := start(t, configure(t, ""))
	c := socketClient(t, e.cfg.socket())
	for _, ask := range []string{"http://page/?format=json", "http://page/"} {
		_, body := get(t, c, ask, "Accept", "application/json")
		var got overview
		require.NoError(t, json.Unmarshal([]byte(body), &got))
		require.Equal(t, e.agent.identity.current().String(), got.Status.InstanceUID)
		require.Equal(t, "StatusOK", got.Components.Status)
		require.Equal(t, "pipeline:metrics", got.Components.Parts[0].Name)
		require.Equal(t, "processor:topk", got.Components.Parts[0].Parts[0].Name)
	}
	_, body := get(t, c, "http://page/config?format=json")
	require.Contains(t, body, `"yaml": "exporters:`)
	require.NotContains(t, body, "hunter2")
}

// decideNow registers a component that has just dropped a process that would
// like to be obeyed.
func decideNow(e *instance) {
	h := &process.History{}
	h.Add(process.Transition{Time: time.Now().UnixNano(), ID: process.ID{PID: 900}, Name: "java\x1b[2J\u202e", Rule: "rank", Subject: "cpu", Value: math.NaN(), Threshold: 0.25})
	e.Register(component.MustNewID("topk"), decider{h})
}

func TestDecisionsAreAskedFor(t *testing.T) {
	e := start(t, configure(t, ""))
	decideNow(e)
	c := socketClient(t, e.cfg.socket())
	status, body := get(t, c, "http://page/decisions?pid=900")
	require.Equal(t, http.StatusOK, status)
	require.Regexp(t, `(?m)^\S+ \S+ +900 +java\\x1b\[2J\\u202e +in _other_ +rank +cpu +NaN +- +0\.25$`, body)
	_, body = get(t, c, "http://page/decisions?format=json&name=nginx")
	require.Contains(t, body, `"decisions": []`)
	for ask, want := range map[string]string{
		"pid=x":       "pid: \"x\" is no PID\n",
		"pid=-1":      "pid: \"-1\" is no PID\n",
		"at=tomorrow": "at: \"tomorrow\" is no time; write it like 2",
	} {
		status, body := get(t, c, "http://page/decisions?"+ask)
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, body, want)
	}
}

func TestThePageCanOnlyBeRead(t *testing.T) {
	e := start(t, configure(t, ""))
	c := socketClient(t, e.cfg.socket())
	resp, err := c.Post("http://page/status", "text/plain", nil)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	status, body := get(t, c, "http://page/nowhere")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "there is no such page; there are /, /status, /config, /components, /decisions and /attempts\n", body)
}

func TestByTCPOnlyWithTheTokenAndToThisMachine(t *testing.T) {
	cfg := configure(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	cfg.Page.Listen = l.Addr().String()
	cfg.Page.TokenFile = filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(cfg.Page.TokenFile, []byte("open\n"), 0o600))
	e := start(t, cfg)
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	page := "http://" + cfg.Page.Listen + "/status"
	for _, c := range []struct {
		status int
		header []string
	}{
		{http.StatusUnauthorized, nil},
		{http.StatusUnauthorized, []string{"Authorization", "Bearer close"}},
		{http.StatusMisdirectedRequest, []string{"Authorization", "Bearer open", "Host", "evil.example.com"}},
		{http.StatusOK, []string{"Authorization", "Bearer open"}},
		{http.StatusOK, []string{"Authorization", "Bearer open", "Host", "localhost:1"}},
		{http.StatusOK, []string{"Authorization", "Bearer open", "Host", "[::1]:1"}},
	} {
		status, _ := get(t, http.DefaultClient, page, c.header...)
		require.Equal(t, c.status, status, "%v", c.header)
	}
	require.NoError(t, os.Remove(cfg.Page.TokenFile))
	status, _ := get(t, http.DefaultClient, page, "Authorization", "Bearer open")
	require.Equal(t, http.StatusUnauthorized, status, "without a token nobody may")
	require.Equal(t, 1, e.logs.FilterMessageSnippet("nobody can read the page by TCP").Len(), "who can mend it is told")
}

func TestAnAddressInUseFailsTheStart(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	cfg := configure(t, "")
	cfg.Page.Listen = l.Addr().String()
	e := build(cfg)
	require.ErrorContains(t, e.Start(t.Context(), componenttest.NewNopHost()), "change page.listen")
	require.NoError(t, e.Shutdown(t.Context()))
}
