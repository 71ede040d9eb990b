package topk

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
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadata"
)

// load reads the processor's part of a collector configuration and validates
// it as the collector does, so that errors have the paths that a user sees.
func load(file string) (*Config, error) {
	conf, err := confmaptest.LoadConf(file)
	if err != nil {
		return nil, err
	}
	sub, err := conf.Sub("processors::topk")
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
	require.Equal(t, &Config{
		RankBy:    []Rank{{Metric: "disk_io", K: 5, Min: 4096}, {Metric: "process.threads", K: 3}},
		RankGroup: []string{"process.executable.name", "process.owner"},
		HalfLife:  time.Minute,
		Critical: critical.List{{
			Name: "kafka", MaxProcesses: 3,
			Conditions: []string{
				`resource.attributes["process.executable.name"] == "java"`,
				`IsMatch(resource.attributes["process.command_line"], "kafka.Kafka")`,
			},
		}},
		MaxSeries:      500,
		Hysteresis:     Hysteresis{Margin: 0.1, Hold: 5},
		Other:          Other{Name: "rest"},
		Counters:       countersRaw,
		DropAttributes: []string{"process.command_line", "process.command"},
		StateLimit:     5000,
		Mode:           modeObserve,
	}, got)
}

// A key that a file does not set stays unset in no test: the file above has
// every one.
func TestEveryKeyIsInTheFile(t *testing.T) {
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	for _, key := range keys(t) {
		require.Contains(t, conf.AllKeys(), "processors::topk::"+key)
	}
}

// keys lists the paths of all keys of the configuration.
func keys(t *testing.T) []string {
	t.Helper()
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	return conf.AllKeys()
}

// A list that is given replaces the default as a whole.
func TestAListReplacesTheDefault(t *testing.T) {
	got, err := load(filepath.Join("testdata", "memory_alone.good.yaml"))
	require.NoError(t, err)
	require.Equal(t, []Rank{{Metric: "memory", K: 5}}, got.RankBy)
	require.Empty(t, got.DropAttributes)
}
