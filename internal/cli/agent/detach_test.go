package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// detaching is a host with an agent, and where its configuration is to go.
type detaching struct {
	DetachOptions
	state  string
	secret string
}

// newDetaching is a host whose agent has settled what remotes has, in order.
func newDetaching(t *testing.T, remotes ...[]byte) detaching {
	t.Helper()
	d := detaching{state: t.TempDir(), secret: write(t, "key", "hunter2\n")}
	agent := "destinations: {destination: {endpoint: \"https://otlp.example.com\", headers: {api-key: \"${file:" + d.secret + "}\"}}}\n" +
		"config_files: [" + write(t, "own.yaml", own) + "]\nstate_directory: " + d.state + "\n"
	d.DetachOptions = DetachOptions{AgentFile: write(t, "agent.yaml", agent), File: filepath.Join(t.TempDir(), "detached.yaml")}
	d.live(t, true, remotes...)
	return d
}

// live takes configurations through their lives: the last one settles, or is
// still on trial.
func (d detaching) live(t *testing.T, settle bool, remotes ...[]byte) {
	t.Helper()
	life, err := remoteconfig.Open(d.state, remoteconfig.Boot{ID: "boot"}, time.Now)
	require.NoError(t, err)
	defer life.Close()
	_, err = life.Start(func(remoteconfig.Run) error { return nil })
	require.NoError(t, err)
	for _, content := range remotes {
		h := remoteconfig.Sum(content)
		steps := []func() error{
			func() error { _, err := life.Offer(remoteconfig.Offer{Hash: h}); return err },
			func() error { _, err := life.Store(content); return err },
			func() error { _, err := life.Next(); return err },
			func() error { _, err := life.Confirm(h); return err },
			func() error { _, err := life.Settle(h); return err },
		}
		if !settle {
			steps = steps[:3]
		}
		for _, step := range steps {
			require.NoError(t, step())
		}
	}
}

// detach returns what it says, and what it wrote.
func (d detaching) detach(t *testing.T) (said string, config map[string]any) {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Detach(d.DetachOptions, &out))
	text, err := os.ReadFile(d.File)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &config))
	info, err := os.Stat(d.File)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	left, err := os.ReadDir(filepath.Dir(d.File))
	require.NoError(t, err)
	require.Len(t, left, 1, "nothing else is left there")
	return out.String(), config
}

func template(t *testing.T, name string) []byte {
	t.Helper()
	remote, err := adopt(name)
	require.NoError(t, err)
	return remote
}

func TestDetachWritesWhatRunsWithoutItsSecrets(t *testing.T) {
	d := newDetaching(t, template(t, "process-topk-v1"))
	said, config := d.detach(t)
	pipelines := config["service"].(map[string]any)["pipelines"].(map[string]any)
	require.Contains(t, pipelines, "traces")
	require.Contains(t, pipelines, "metrics/phoenix-process")
	require.Contains(t, config["extensions"], "phoenix_opamp")
	destination := config["exporters"].(map[string]any)["otlphttp/destination"].(map[string]any)
	require.Equal(t, map[string]any{"api-key": "${file:" + d.secret + "}"}, destination["headers"])
	require.Contains(t, said, "note: ${file:"+d.secret+"} stays a reference, in exporters::otlphttp/destination::headers::api-key; end "+d.secret+" without a new line")
	require.Contains(t, said, "otelcol-phoenix --config "+d.File)
}

func TestAHostThatTheServerGaveBackKeepsItsBootstrap(t *testing.T) {
	d := newDetaching(t, template(t, "process-topk-v1"), []byte{})
	boot := write(t, "bootstrap.yaml", string(template(t, "process-aggregated-v1")))
	agent, err := os.ReadFile(d.AgentFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(d.AgentFile, append(agent, "bootstrap: "+boot+"\n"...), 0o600))
	said, config := d.detach(t)
	require.Contains(t, said, "the bootstrap configuration")
	processors := config["processors"].(map[string]any)
	require.Contains(t, processors, "processgroup/phoenix")
	require.NotContains(t, processors, "topk/phoenix")
}

func TestDetachReplacesNothingUnlessTold(t *testing.T) {
	d := newDetaching(t)
	require.NoError(t, os.WriteFile(d.File, []byte("mine"), 0o644))
	err := Detach(d.DetachOptions, &bytes.Buffer{})
	require.EqualError(t, err, d.File+" is there already; give another name, or --force to replace it")
	content, err := os.ReadFile(d.File)
	require.NoError(t, err)
	require.Equal(t, "mine", string(content))
	d.Force = true
	said, _ := d.detach(t)
	require.Contains(t, said, "is what runs: what config_files say.")
}

func TestWhatIsOnTrialIsNotKept(t *testing.T) {
	d := newDetaching(t, template(t, "process-topk-v1"))
	next := template(t, "process-aggregated-v1")
	d.live(t, false, next)
	said, config := d.detach(t)
	require.Contains(t, config["processors"], "topk/phoenix")
	require.Contains(t, said, "note: "+remoteconfig.Sum(next).Short()+" is on trial; what ran before it was written")
}

func TestWithoutReportsTheServerHearsNoMore(t *testing.T) {
	d := newDetaching(t)
	d.NoReports = true
	_, config := d.detach(t)
	require.NotContains(t, config, "extensions")
}

func TestWhatCannotBeDetached(t *testing.T) {
	never := newDetaching(t)
	require.NoError(t, os.RemoveAll(never.state))
	refused := newDetaching(t, []byte("extensions: {zpages: {}}\n"))
	lost := newDetaching(t, template(t, "process-topk-v1"))
	require.NoError(t, os.RemoveAll(filepath.Join(lost.state, "configs")))
	for message, d := range map[string]detaching{
		"no agent ran there yet: run its config_files as they are": never,
		"1:1: extensions: is not for remote configurations":        refused,
		"read the remote configuration that runs: open ":           lost,
	} {
		require.ErrorContains(t, Detach(d.DetachOptions, &bytes.Buffer{}), message)
		require.NoFileExists(t, d.File)
	}
}
