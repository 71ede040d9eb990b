package seriesmeter

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// Each case is a folder of testdata: the output meter's configuration, what
// goes through the input meter, if there is one, what goes through the output
// meter, and the record that this brings, scrape by scrape.
var cases = []string{
	"a_critical_process_that_ended_is_not_running",
	"a_filter_that_drops_processes_is_seen",
	"an_exporter_without_resource_attributes_leaves_two_series",
	"compares_what_goes_out_with_what_came_in",
	"without_an_input_meter_there_is_no_comparison",
}

func TestCases(t *testing.T) {
	for _, name := range cases {
		t.Run(name, func(t *testing.T) { runCase(t, filepath.Join("testdata", name)) })
	}
}

func TestNoCaseIsLeftOut(t *testing.T) {
	var folders []string
	for _, config := range conformance.Files(t, filepath.Join("*", "config.yaml")) {
		folders = append(folders, filepath.Base(filepath.Dir(config)))
	}
	require.Equal(t, folders, cases)
}

func runCase(t *testing.T, dir string) {
	s := newServer(t)
	out := caseMeter(t, dir, scraperecord.RoleOutput, s)
	meters := []*meter{out}
	if has(dir, "input", 0) {
		meters = []*meter{caseMeter(t, dir, scraperecord.RoleInput, s), out}
	}
	for i := range conformance.Files(t, filepath.Join(filepath.Base(dir), "output-*.yaml")) {
		for _, m := range meters {
			pass(t, m, read(t, dir, string(m.cfg.Role), i))
		}
	}
	for _, m := range meters {
		require.NoError(t, m.Shutdown(context.Background()))
	}
	records := s.outputs()
	require.Len(t, records, len(conformance.Files(t, filepath.Join(filepath.Base(dir), "record-*.yaml"))))
	for i, r := range records {
		got := pmetric.NewMetrics()
		scraperecord.Encode(&r, got.ResourceMetrics())
		require.NoError(t, pmetrictest.CompareMetrics(read(t, dir, "record", i), got,
			pmetrictest.IgnoreMetricValues("phoenix.scrape.duration", "phoenix.scrape.bytes")), "scrape %d", i+1)
	}
}

// caseMeter starts the meter of a case, in either role.
func caseMeter(t *testing.T, dir, role string, s *server) *meter {
	t.Helper()
	cfg, err := load(filepath.Join(dir, "config.yaml"))
	require.NoError(t, err)
	cfg.Role, cfg.Records.Endpoint = Role(role), s.URL
	m, err := newProcessor(settingsOf(t, role), cfg, new(consumertest.MetricsSink))
	require.NoError(t, err)
	require.NoError(t, m.Start(context.Background(), componenttest.NewNopHost()))
	return m
}

// pass sends a batch through a meter, which may not change it.
func pass(t *testing.T, m *meter, md pmetric.Metrics) {
	t.Helper()
	md.MarkReadOnly()
	require.NoError(t, m.ConsumeMetrics(context.Background(), md))
	all := m.next.(*consumertest.MetricsSink).AllMetrics()
	require.NoError(t, pmetrictest.CompareMetrics(md, all[len(all)-1]))
}

func has(dir, side string, i int) bool {
	_, err := os.Stat(filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", side, i+1)))
	return err == nil
}

// read returns the i-th batch of a case.
func read(t *testing.T, dir, side string, i int) pmetric.Metrics {
	t.Helper()
	md, err := golden.ReadMetrics(filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", side, i+1)))
	require.NoError(t, err)
	return md
}
