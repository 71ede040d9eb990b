package topk

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

func load(file string) (*Config, error) {
	cfg, err := conformance.Load(NewFactory(), file)
	if cfg == nil {
		return nil, err
	}
	return cfg.(*Config), err
}

func TestGoodConfigs(t *testing.T) { conformance.GoodConfigs(t, NewFactory()) }

func TestBadConfigs(t *testing.T) { conformance.BadConfigs(t, NewFactory()) }

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
		Other:          thinning.Other{Name: "rest"},
		Counters:       thinning.Raw,
		DropAttributes: []string{"process.command_line", "process.command"},
		StateLimit:     5000,
		Mode:           thinning.Observe,
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
