package seriesmeter

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/critical"
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
