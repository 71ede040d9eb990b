package ownership_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/internal/agentfile"
	"github.com/phoenix-platform/phoenix/internal/ownership"
)

// secrets are what the host of testdata keeps.
var secrets = map[string]string{
	"${env:BACKUP_KEY}":                            "pa$$word ${env:HOME}",
	"${file:/etc/otelcol-phoenix/destination.key}": "k$y",
}

func lookup(r agentfile.Reference) (string, error) {
	if v, ok := secrets[r.String()]; ok {
		return v, nil
	}
	return "", errors.New("is not set")
}

var guards = ownership.Guards{
	Extension:     map[string]any{"state_directory": "/var/lib/otelcol-phoenix"},
	MemoryLimiter: map[string]any{"check_interval": "1s", "limit_mib": 300},
	Records:       map[string]any{"endpoint": "http://127.0.0.1:8080"},
	Reader:        map[string]any{"periodic": map[string]any{"interval": 30000}},
}

// good returns the configurations of testdata/good and of the catalog.
func good(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	files, err := filepath.Glob("testdata/good/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		all[filepath.Base(file)], err = os.ReadFile(file)
		require.NoError(t, err)
	}
	for _, name := range catalog.Names() {
		all[name] = adopted(t, name)
	}
	return all
}

func compose(t testing.TB, remote []byte) *ownership.Effective {
	t.Helper()
	file, owner := host(t)
	effective, err := ownership.Compose(ownership.Parts{Owner: owner, Remote: remote, Agent: file, Guards: guards, Lookup: lookup})
	require.NoError(t, err)
	return effective
}

// at follows keys down a configuration.
func at(t testing.TB, config map[string]any, keys ...string) any {
	t.Helper()
	var value any = config
	for _, key := range keys {
		m, ok := value.(map[string]any)
		require.True(t, ok, "%s in %v", key, keys)
		value = m[key]
	}
	return value
}

// The owner's parts are the owner's, whatever the remote configuration is.
func TestTheOwnersPartsStayAsTheyAre(t *testing.T) {
	_, owner := host(t)
	for name, remote := range good(t) {
		config := compose(t, remote).Config
		for _, section := range []string{"receivers", "processors", "exporters", "extensions"} {
			for id, settings := range owner[section].(map[string]any) {
				require.Equal(t, settings, at(t, config, section, id), "%s: %s", name, id)
			}
		}
		for id, pipeline := range at(t, owner, "service", "pipelines").(map[string]any) {
			require.Equal(t, pipeline, at(t, config, "service", "pipelines", id), "%s: %s", name, id)
		}
		require.Equal(t, "payments", at(t, config, "service", "telemetry", "resource", "team"))
		require.Equal(t, []any{"health_check", "phoenix_opamp"}, at(t, config, "service", "extensions"))
	}
}

func TestComposeLeavesItsPartsAlone(t *testing.T) {
	_, before := host(t)
	file, owner := host(t)
	for _, remote := range good(t) {
		_, err := ownership.Compose(ownership.Parts{Owner: owner, Remote: remote, Agent: file, Guards: guards, Lookup: lookup})
		require.NoError(t, err)
	}
	require.Equal(t, before, owner)
}

func TestGuardsAreAroundARemotePipeline(t *testing.T) {
	config := compose(t, good(t)["processes_to_a_destination.yaml"]).Config
	require.Equal(t, []any{"memory_limiter/phoenix_guard", "seriesmeter/phoenix_guard_input", "topk/phoenix", "seriesmeter/phoenix_guard_output"},
		at(t, config, "service", "pipelines", "metrics/phoenix", "processors"))
	require.Equal(t, guards.MemoryLimiter, at(t, config, "processors", "memory_limiter/phoenix_guard"))
	critical := at(t, config, "processors", "topk/phoenix", "critical")
	require.Equal(t, map[string]any{"role": "input", "variant": "phoenix", "critical": critical}, at(t, config, "processors", "seriesmeter/phoenix_guard_input"))
	require.Equal(t, map[string]any{"role": "output", "variant": "phoenix", "critical": critical, "records": guards.Records},
		at(t, config, "processors", "seriesmeter/phoenix_guard_output"))
	require.Equal(t, guards.Extension, at(t, config, "extensions", "phoenix_opamp"))
	require.Contains(t, at(t, config, "service", "telemetry", "metrics", "readers"), guards.Reader)
}

func TestEachPipelineHasMetersOfItsOwn(t *testing.T) {
	config := compose(t, good(t)["defaults_of_everything.yaml"]).Config
	require.Equal(t, []any{"memory_limiter/phoenix_guard", "seriesmeter/phoenix_guard_input-2", "attributes/phoenix", "processgroup/phoenix-2", "seriesmeter/phoenix_guard_output-2"},
		at(t, config, "service", "pipelines", "metrics/phoenix-2", "processors"))
	require.Equal(t, []any{"memory_limiter/phoenix_guard", "seriesmeter/phoenix_guard_input", "adaptivefilter/phoenix", "seriesmeter/phoenix_guard_output"},
		at(t, config, "service", "pipelines", "metrics/phoenix", "processors"))
}

func TestGuardsThatAreThereAreNotAdded(t *testing.T) {
	config := compose(t, good(t)["its_own_meters_and_limiter.yaml"]).Config
	require.Equal(t, []any{"memory_limiter/phoenix", "seriesmeter/phoenix-in", "topk/phoenix", "seriesmeter/phoenix-out"},
		at(t, config, "service", "pipelines", "metrics/phoenix", "processors"))
	require.NotContains(t, at(t, config, "processors"), "memory_limiter/phoenix_guard")
}

func TestADestinationIsTheAgentFiles(t *testing.T) {
	config := compose(t, good(t)["process-topk-v1"]).Config
	destination := at(t, config, "exporters", "otlphttp/destination").(map[string]any)
	require.Equal(t, "https://otel.example.com:4318", destination["endpoint"])
	require.Equal(t, map[string]any{"api-key": "k$$y"}, destination["headers"])
	require.Equal(t, 1, at(t, destination, "sending_queue", "num_consumers"))
	require.NotContains(t, at(t, compose(t, []byte("{}")).Config, "exporters"), "otlphttp/destination", "nobody sends to it")
}

// A secret is looked up once, and what looks like an expression in it is none.
func TestSecretsAreResolvedOnceAndHiddenInReports(t *testing.T) {
	effective := compose(t, good(t)["a_secret_in_its_place.yaml"])
	require.Equal(t, map[string]any{"api-key": "Bearer pa$$$$word $${env:HOME}", "x-team": "a$$b $$c"},
		at(t, effective.Config, "exporters", "otlphttp/phoenix-backup", "headers"))
	require.Equal(t, "Bearer ${env:OWN_TOKEN}", at(t, effective.Config, "exporters", "otlphttp/own", "headers", "authorization"), "the collector expands the owner's")
	text, err := yaml.Marshal(effective.Redacted)
	require.NoError(t, err)
	require.NotContains(t, string(text), "word")
	require.Contains(t, string(text), "[REDACTED]")
	require.Contains(t, string(text), "https://backup.example.com:4318")
}

func TestASecretThatIsNotThereIsNamed(t *testing.T) {
	file, owner := host(t)
	_, err := ownership.Compose(ownership.Parts{
		Owner: owner, Remote: good(t)["process-topk-v1"], Agent: file,
		Lookup: func(agentfile.Reference) (string, error) { return "", os.ErrPermission },
	})
	require.ErrorIs(t, err, os.ErrPermission)
	require.EqualError(t, err, "destinations::destination::headers: api-key: look up ${file:/etc/otelcol-phoenix/destination.key}: permission denied; allow the collector to read it, or remove the reference")
}

func TestADestinationThatTheOwnerHasTooIsAnError(t *testing.T) {
	file, _ := host(t)
	owner, err := ownership.Owner([]byte("exporters: {otlphttp/destination: {}}"))
	require.NoError(t, err)
	_, err = ownership.Compose(ownership.Parts{Owner: owner, Agent: file, Lookup: lookup})
	require.EqualError(t, err, "destinations::destination: otlphttp/destination is an exporter of config_files already; rename one of them")
}

func TestOwnerMergesFilesInOrder(t *testing.T) {
	owner, err := ownership.Owner([]byte("receivers: {otlp: {a: 1, b: [1, 2]}}"), []byte("receivers: {otlp: {a: \"${env:X}\", b: [3]}, x: }"), []byte(""))
	require.NoError(t, err)
	require.Equal(t, map[string]any{"receivers": map[string]any{"otlp": map[string]any{"a": "${env:X}", "b": []any{3}}, "x": nil}}, owner)
	_, err = ownership.Owner([]byte("{}"), []byte("text"))
	require.ErrorContains(t, err, "read file 2 of config_files: ")
}

// A file that runs without the agent holds no secret, and the collector finds
// every reference in its place.
func TestReferencesCanBeKept(t *testing.T) {
	file, owner := host(t)
	effective, err := ownership.Compose(ownership.Parts{
		Owner: owner, Remote: good(t)["a_secret_in_its_place.yaml"], Agent: file, Guards: guards, KeepReferences: true,
	})
	require.NoError(t, err)
	config, asked := resolved(t, effective.Config)
	require.ElementsMatch(t, []string{"env:OWN_TOKEN", "env:BACKUP_KEY"}, asked)
	require.Equal(t, map[string]any{"api-key": "Bearer expanded", "x-team": "a$b $c"},
		at(t, config, "exporters", "otlphttp/phoenix-backup", "headers"))
}
