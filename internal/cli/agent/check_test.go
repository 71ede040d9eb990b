package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const agentYAML = `
server: {endpoint: "ws://127.0.0.1:4320/v1/opamp"}
destinations:
  destination: {endpoint: "https://otlp.example.com", headers: {authorization: "Bearer ${file:/etc/secret}"}}
config_files: [%OWN%]
`

const own = `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:4317"}}}}
exporters: {debug: {}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [debug]}}}
`

// host writes an agent file and the owner's own configuration.
func host(t *testing.T) (agentFile string) {
	t.Helper()
	mine := write(t, "own.yaml", own)
	return write(t, "agent.yaml", string(bytes.ReplaceAll([]byte(agentYAML), []byte("%OWN%"), []byte(mine))))
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func check(o CheckOptions) (string, error) {
	var out bytes.Buffer
	err := Check(o, &out)
	return out.String(), err
}

func TestAnAgentFileInOrder(t *testing.T) {
	file := host(t)
	out, err := check(CheckOptions{AgentFile: file})
	require.NoError(t, err)
	require.Contains(t, out, file+" is in order, and allows what config_files say.\n")
	require.Contains(t, out, "note: stat /etc/secret: no such file or directory;")
}

func TestATemplateIsAllowedAndShownWithoutSecrets(t *testing.T) {
	out, err := check(CheckOptions{AgentFile: host(t), Template: "process-topk-v1", Show: true})
	require.NoError(t, err)
	var config struct {
		Exporters map[string]any
		Service   struct {
			Pipelines map[string]struct{ Processors, Exporters []string }
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(out), &config))
	require.Contains(t, config.Exporters, "otlphttp/destination")
	require.Equal(t, []string{"debug"}, config.Service.Pipelines["traces"].Exporters)
	require.Contains(t, config.Service.Pipelines["metrics/phoenix-process"].Processors, "topk/phoenix")
	require.NotContains(t, out, "Bearer")
}

func TestWhatIsWrongIsListedWithItsPlace(t *testing.T) {
	remote := write(t, "remote.yaml", "exporters:\n  file/phoenix: {path: /etc/passwd}\nextensions: {zpages: {}}\n")
	_, err := check(CheckOptions{AgentFile: host(t), Remote: remote})
	require.ErrorContains(t, err, remote+" is not allowed by ")
	require.ErrorContains(t, err, `2:3: exporters::file/phoenix: the type "file" is not allowed;`)
	require.ErrorContains(t, err, "3:1: extensions: is not for remote configurations;")
}

func TestWhatCannotBeChecked(t *testing.T) {
	file := host(t)
	for name, c := range map[string]struct {
		options CheckOptions
		message string
	}{
		"no agent file":   {CheckOptions{AgentFile: "/nowhere/agent.yaml"}, "read the agent file: open /nowhere/agent.yaml: no such file or directory"},
		"no such file":    {CheckOptions{AgentFile: file, Remote: "/nowhere.yaml"}, "read the configuration to check: open /nowhere.yaml: no such file or directory"},
		"no template":     {CheckOptions{AgentFile: file, Template: "process-top-v1"}, "process-top-v1"},
		"two of them":     {CheckOptions{AgentFile: file, Template: "a", Remote: "b"}, "CONFIG and --template name two configurations; give one"},
		"no owner's file": {CheckOptions{AgentFile: write(t, "a.yaml", "server: {endpoint: \"ws://127.0.0.1:1\"}\nconfig_files: [/nowhere/own.yaml]\n")}, "config_files::0: open /nowhere/own.yaml: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := check(c.options)
			require.ErrorContains(t, err, c.message)
			require.Empty(t, out)
		})
	}
}
