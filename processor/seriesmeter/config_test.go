package seriesmeter

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/processor/seriesmeter/internal/metadata"
)

// load reads the meter's part of a collector configuration and validates it as
// the collector does, so that errors have the paths that a user sees.
func load(file string) (*Config, error) {
	conf, err := confmaptest.LoadConf(file)
	if err != nil {
		return nil, err
	}
	sub, err := conf.Sub("processors::seriesmeter")
	if err != nil {
		return nil, err
	}
	cfg := createDefaultConfig()
	if err := sub.Unmarshal(&cfg); err != nil {
		return nil, err
	}
	whole := struct {
		Processors map[component.ID]component.Config `mapstructure:"processors"`
	}{map[component.ID]component.Config{component.NewID(metadata.Type): cfg}}
	return cfg.(*Config), confmap.Validate(whole)
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

func TestGoodConfigs(t *testing.T) {
	for _, file := range files(t, "*.good.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := load(file)
			require.NoError(t, err)
		})
	}
}

// Beside each bad file is the whole message that it brings.
func TestBadConfigs(t *testing.T) {
	for _, file := range files(t, "*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			require.NoError(t, err)
			_, err = load(file)
			require.EqualError(t, err, strings.TrimSuffix(string(want), "\n"))
		})
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	got, err := load(filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	want := createDefaultConfig().(*Config)
	want.Variant, want.Role, want.Window = "candidate", "output", 10*time.Minute
	want.Identity, want.OtherName = identityPoint, "rest"
	want.Critical = critical.List{{
		Name: "kafka", MaxProcesses: 3,
		Conditions: []string{`resource.attributes["process.owner"] == "kafka"`},
	}}
	want.Records.Endpoint, want.Records.Timeout = "https://records.example.com", 5*time.Second
	require.Equal(t, want, got)
}
