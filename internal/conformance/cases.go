package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
)

// Start makes a processor of a case's configuration, in front of a sink.
type Start func(t *testing.T, cfg component.Config, sink *consumertest.MetricsSink) processor.Metrics

// Cases runs the folders of testdata with these names: a configuration, what
// comes in scrape by scrape, and what goes out for it. A scrape without an
// output lets nothing out. No folder may be left out.
func Cases(t *testing.T, factory component.Factory, start Start, names ...string) {
	t.Helper()
	var folders []string
	for _, config := range Files(t, filepath.Join("*", "config.yaml")) {
		folders = append(folders, filepath.Base(filepath.Dir(config)))
	}
	require.Equal(t, folders, names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) { runCase(t, factory, start, name) })
	}
}

func runCase(t *testing.T, factory component.Factory, start Start, name string) {
	cfg, err := Load(factory, filepath.Join("testdata", name, "config.yaml"))
	require.NoError(t, err)
	sink := new(consumertest.MetricsSink)
	p := start(t, cfg, sink)
	defer func() { require.NoError(t, p.Shutdown(context.Background())) }()
	for i := range Files(t, filepath.Join(name, "input-*.yaml")) {
		in := CaseBatch(t, name, "input", i)
		in.MarkReadOnly()
		sink.Reset()
		require.NoError(t, p.ConsumeMetrics(t.Context(), in))
		out := pmetric.NewMetrics()
		if all := sink.AllMetrics(); len(all) > 0 {
			out = all[0]
		}
		require.NoError(t, pmetrictest.CompareMetrics(CaseBatch(t, name, "output", i), out), "scrape %d", i+1)
	}
}

// CaseBatch returns the i-th batch of a case, from 0, of its input or output;
// an empty one if there is no file.
func CaseBatch(t *testing.T, name, side string, i int) pmetric.Metrics {
	t.Helper()
	file := filepath.Join("testdata", name, fmt.Sprintf("%s-%d.yaml", side, i+1))
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return pmetric.NewMetrics()
	}
	md, err := golden.ReadMetrics(file)
	require.NoError(t, err)
	return md
}
