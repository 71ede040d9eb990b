// Package conformance holds what is tested of every component alike: that its
// good configuration files load, that its bad ones bring the message beside
// them, and that its README says what the code does.
package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/receiver"
)

// Load reads a component's part of a collector configuration and validates it
// as the collector does, so that errors have the paths that a user sees.
func Load(factory component.Factory, file string) (component.Config, error) {
	conf, err := confmaptest.LoadConf(file)
	if err != nil {
		return nil, err
	}
	section := "processors"
	switch factory.(type) {
	case receiver.Factory:
		section = "receivers"
	case extension.Factory:
		section = "extensions"
	}
	sub, err := conf.Sub(section + "::" + factory.Type().String())
	if err != nil {
		return nil, err
	}
	cfg := factory.CreateDefaultConfig()
	if err := sub.Unmarshal(&cfg); err != nil {
		return nil, err
	}
	whole := map[string]map[component.ID]component.Config{section: {component.NewID(factory.Type()): cfg}}
	return cfg, confmap.Validate(whole)
}

// Files lists the files of testdata that a pattern picks. There must be one.
func Files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("testdata", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return found
}

// GoodConfigs tests that every testdata/*.good.yaml is valid.
func GoodConfigs(t *testing.T, factory component.Factory) {
	t.Helper()
	for _, file := range Files(t, "*.good.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Load(factory, file)
			require.NoError(t, err)
		})
	}
}

// BadConfigs tests that every testdata/*.bad.yaml brings the whole message that
// is in the *.bad.txt beside it.
func BadConfigs(t *testing.T, factory component.Factory) {
	t.Helper()
	for _, file := range Files(t, "*.bad.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".txt")
			require.NoError(t, err)
			_, err = Load(factory, file)
			require.EqualError(t, err, strings.TrimSuffix(string(want), "\n"))
		})
	}
}
