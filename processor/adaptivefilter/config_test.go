package adaptivefilter

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

func loadConfig(file string) (*Config, error) {
	cfg, err := conformance.Load(NewFactory(), file)
	if cfg == nil {
		return nil, err
	}
	return cfg.(*Config), err
}

func TestGoodConfigs(t *testing.T) { conformance.GoodConfigs(t, NewFactory()) }

func TestBadConfigs(t *testing.T) { conformance.BadConfigs(t, NewFactory()) }

func TestEveryKeyIsRead(t *testing.T) {
	got, err := loadConfig(filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	require.Equal(t, &Config{
		MaxSeries: 500,
		Levels: Levels{
			{Load: 0, CPUCores: new(0.01), MemoryMiB: new(20.0), DiskIOMiB: new(0.0)},
			{Load: 0.7, CPUCores: new(0.1), MemoryMiB: new(200.0), DiskIOMiB: new(5.0), MinPriority: "high"},
		},
		Dwell:    time.Minute,
		Load:     Load{Processes: Range{Low: 10, High: 100}},
		WhenBusy: Fewer,
		Priorities: Priorities{
			{Name: "high", Conditions: []string{`IsMatch(resource.attributes["process.owner"], "^app")`}},
			{Name: "low"},
		},
		HalfLife: time.Minute,
		Critical: critical.List{{
			Name: "db", MaxProcesses: 3,
			Conditions: []string{`resource.attributes["process.executable.name"] == "postgres"`},
		}},
		Other:          thinning.Other{Name: "rest"},
		Counters:       thinning.Raw,
		DropAttributes: []string{"process.command"},
		StateLimit:     5000,
		Mode:           thinning.Observe,
	}, got)
}

// A key that a file does not set stays unset in no test: the file above has
// every one.
func TestEveryKeyIsInTheFile(t *testing.T) {
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "every_key.good.yaml"))
	require.NoError(t, err)
	all := confmap.New()
	require.NoError(t, all.Marshal(createDefaultConfig()))
	for _, key := range all.AllKeys() {
		require.Contains(t, conf.AllKeys(), "processors::adaptivefilter::"+key)
	}
}

// A ceiling alone is a good configuration, and a list that is given replaces
// the default as a whole.
func TestWhatIsNotSetHasItsDefault(t *testing.T) {
	got, err := loadConfig(filepath.Join("testdata", "a_ceiling_alone.good.yaml"))
	require.NoError(t, err)
	require.Equal(t, createDefaultConfig(), got)
	got, err = loadConfig(filepath.Join("testdata", "one_level.good.yaml"))
	require.NoError(t, err)
	require.Equal(t, Levels{{MemoryMiB: new(64.0)}}, got.Levels)
}
