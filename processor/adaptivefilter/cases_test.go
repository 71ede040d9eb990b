package adaptivefilter

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/golden"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"

	"github.com/phoenix-platform/phoenix/internal/conformance"
	"github.com/phoenix-platform/phoenix/internal/processtest"
)

// Each case is a folder of testdata: a configuration, what comes in scrape by
// scrape, and what goes out for it.
var cases = []string{
	"a_missing_cpu_sheds_after_three_scrapes",
	"keeps_who_reaches_any_threshold",
	"observe_mode_passes_everything",
	"priorities_first_under_the_ceiling",
	"the_number_of_processes_is_a_load",
	"the_readme_example",
	"when_busy_more_keeps_more",
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
	cfg, err := loadConfig(filepath.Join(dir, "config.yaml"))
	require.NoError(t, err)
	sink := newSink()
	p, err := newProcessor(processtest.Settings(NewFactory().Type()), cfg, elsewhere(), sink)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Shutdown(t.Context())) }()
	for i := range conformance.Files(t, filepath.Join(filepath.Base(dir), "input-*.yaml")) {
		in := read(t, dir, "input", i)
		in.MarkReadOnly()
		out := processtest.Push(t, p, sink, in)
		require.NoError(t, pmetrictest.CompareMetrics(read(t, dir, "output", i), out), "scrape %d", i+1)
	}
}

func file(dir, side string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%d.yaml", side, i+1))
}

func read(t *testing.T, dir, side string, i int) pmetric.Metrics {
	t.Helper()
	md, err := golden.ReadMetrics(file(dir, side, i))
	require.NoError(t, err)
	return md
}

// The README shows what comes in in the last scrape of the example, what goes
// out of it, and what went out while the host had room.
func TestTheREADMEHasTheExample(t *testing.T) {
	dir := filepath.Join("testdata", "the_readme_example")
	for _, md := range []pmetric.Metrics{read(t, dir, "input", 3), read(t, dir, "output", 1), read(t, dir, "output", 3)} {
		require.Contains(t, conformance.Text(t, "README.md"), "| --- |\n"+table(md))
	}
}

// table shows a batch as the README does, a line for each process.
func table(md pmetric.Metrics) string {
	var b strings.Builder
	for _, list := range processtest.Samples(md) {
		cells := map[string]string{}
		if list[0].Flagged {
			continue
		}
		if list[0].PID != 0 {
			cells["pid"] = fmt.Sprint(list[0].PID)
		}
		for _, s := range list {
			cells[s.Metric] = fmt.Sprintf("%.9g", s.Value)
		}
		b.WriteString("| " + list[0].Name)
		for _, column := range []string{"pid", "process.cpu.time", "process.memory.usage", "process.count"} {
			b.WriteString(strings.TrimRight(" | "+cells[column], " "))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}
