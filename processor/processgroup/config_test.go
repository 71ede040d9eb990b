package processgroup

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
		Groups: []Group{
			{Name: "browsers", Conditions: []string{`IsMatch(resource.attributes["process.executable.name"], "^(firefox|chromium)$")`}},
			{Name: "web", Conditions: []string{
				`resource.attributes["process.executable.name"] == "nginx"`,
				`resource.attributes["process.owner"] == "www-data"`,
			}},
		},
		By:          []string{"process.owner", "process.executable.name"},
		MaxGroups:   50,
		ForgetAfter: time.Hour,
		Critical: critical.List{{
			Name: "kafka", MaxProcesses: 3,
			Conditions: []string{`IsMatch(resource.attributes["process.command_line"], "kafka.Kafka")`},
		}},
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
	defaults := confmap.New()
	require.NoError(t, defaults.Marshal(createDefaultConfig()))
	for _, key := range defaults.AllKeys() {
		require.Contains(t, conf.AllKeys(), "processors::processgroup::"+key)
	}
}

// A list that is given replaces the default as a whole.
func TestAListReplacesTheDefault(t *testing.T) {
	got, err := load(filepath.Join("testdata", "groups_alone.good.yaml"))
	require.NoError(t, err)
	require.Empty(t, got.By)
	require.Equal(t, 100, got.MaxGroups)
}
