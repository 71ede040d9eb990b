//go:build linux

package remote

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"golang.org/x/tools/txtar"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// canary is a secret of the host, which is in a file and in a variable.
const canary = "tweet-4f1c9a77"

// reaching are configurations that want the canary; FILE is where it is.
const reaching = `
-- a file in a field --
processors: {topk/phoenix: {other: {name: "${file:FILE}"}}}
-- a file as a whole component --
processors: {topk/phoenix: "${file:FILE}"}
-- a file as the whole configuration --
${file:FILE}
-- a variable --
processors: {topk/phoenix: {other: {name: "${env:PHOENIX_CANARY}"}}}
-- a variable without its scheme --
processors: {topk/phoenix: {other: {name: "${PHOENIX_CANARY}"}}}
-- a variable as a default --
processors: {topk/phoenix: {other: {name: "${env:NOBODY:-${env:PHOENIX_CANARY}}"}}}
-- a name that expands to another --
processors: {topk/phoenix: {other: {name: "${${env:NOBODY:-file}:FILE}"}}}
-- a dollar that is escaped twice --
processors: {topk/phoenix: {other: {name: "$$${file:FILE}"}}}
-- another provider --
processors: {topk/phoenix: {other: {name: "${yaml:a::b: ${file:FILE}}"}}}
-- a flat key --
processors::topk/phoenix::other::name: ${file:FILE}
-- a certificate --
exporters: {otlphttp/phoenix: {endpoint: "https://127.0.0.1:9", tls: {ca_file: FILE}}}
-- a token file --
extensions: {bearertokenauth/phoenix: {filename: FILE}}
-- a log file --
receivers: {filelog/phoenix: {include: [FILE]}}
-- a file to write --
exporters: {file/phoenix: {path: FILE}}
-- the proc of another root --
receivers: {hostmetrics/phoenix: {root_path: "FILE", scrapers: {process: {}}}}
`

// attacks are all configurations that no host takes.
func attacks(t *testing.T, file string) (all []txtar.File) {
	t.Helper()
	corpus, err := filepath.Glob("../../internal/ownership/testdata/attacks/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, corpus)
	for _, path := range corpus {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		all = append(all, archive.Files...)
	}
	return append(all, txtar.Parse([]byte(strings.ReplaceAll(reaching, "FILE", file))).Files...)
}

// What is not allowed is refused before anything of it is looked up: the
// process runs on, nobody opens the secret's file, and the secret goes nowhere.
func TestAttacksTouchNothing(t *testing.T) {
	h := newHost(t, "")
	file := filepath.Join(h.dir, "canary")
	require.NoError(t, os.WriteFile(file, []byte("name: "+canary), 0o600))
	t.Setenv("PHOENIX_CANARY", canary)
	h.start()
	good := h.apply(keeping(5))
	before, pid, since := h.file(good), h.pid(), h.logged()
	opened := watch(t, file)
	codes := map[string]int{}
	for _, attack := range attacks(t, file) {
		if len(attack.Data) == 0 {
			continue // an empty offer takes the remote configuration back
		}
		why := h.refuse(string(attack.Data))
		code, _, _ := strings.Cut(why, " ")
		codes[strings.TrimSuffix(code, ":")]++
		require.NotContains(t, why, canary, attack.Name)
	}
	refused := codes[string(remoteconfig.Refused)]
	require.GreaterOrEqual(t, refused, 200)
	require.LessOrEqual(t, codes[string(remoteconfig.Invalid)], 3, "%v: on this host, what the child refuses needs no policy", codes)
	require.Len(t, codes, 2, "%v", codes)
	require.Equal(t, pid, h.pid())
	h.awaitRuns(good)
	require.Equal(t, before, h.file(good))
	down, up := h.down(since)
	require.True(t, up)
	require.Zero(t, down)
	require.Zero(t, opened(), "the canary's file was opened")
	h.keepsTheCanary()
	_, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotZero(t, opened(), "the watch sees who opens it")
	t.Logf("%d configurations were refused; the process is the same, %.1f s without a service; the canary's file was opened 0 times", refused, down.Seconds())
}

// keepsTheCanary looks for the secret in all that the server and the page heard.
func (h *host) keepsTheCanary() {
	h.t.Helper()
	h.server.with(func() {
		coded := hex.EncodeToString([]byte(canary))
		for _, message := range h.server.messages {
			require.NotContains(h.t, message, canary)
			require.NotContains(h.t, message, coded)
		}
	})
	for _, path := range []string{"/", "/config", "/status", "/attempts"} {
		require.NotContains(h.t, page(h.t, h.dir+"/state", path), canary, path)
	}
}

// watch counts from now on how often a file is opened or read, by whomever: the
// kernel tells (inotify(7)).
func watch(t *testing.T, path string) (opened func() int) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	_, err = unix.InotifyAddWatch(fd, path, unix.IN_OPEN|unix.IN_ACCESS|unix.IN_MODIFY)
	require.NoError(t, err)
	return func() int {
		time.Sleep(100 * time.Millisecond) // nobody is in the middle of it
		n, err := unix.Read(fd, make([]byte, 4096))
		if err == unix.EAGAIN {
			return 0
		}
		require.NoError(t, err)
		return n / unix.SizeofInotifyEvent
	}
}
