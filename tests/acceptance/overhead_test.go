//go:build linux

package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/phoenix-platform/phoenix/tests/built"
)

// host is a load: processes at rest, 40 that work and need memory, and some that
// are born all the time.
const host = `
name: host
duration: 5m
patterns:
  - {path: "opt/service/bin/service-{n}", count: 40, cpu: {high: 0.004}, memory: {high: 16MiB}}
  - {path: "opt/idle/bin/idle-{n}", count: %d}
`

const births = `  - {path: usr/bin/job, rate: %d, lifetime: {min: 200ms, max: 2s}}
`

// For how long collectors settle, and then are measured: seven scrapes.
const (
	settling  = 35 * time.Second
	measuring = 70 * time.Second
)

// startHost makes so many processes.
func startHost(t *testing.T, processes, rate int) {
	t.Helper()
	file, text := filepath.Join(t.TempDir(), "host.yaml"), fmt.Sprintf(host, processes-40)
	if rate > 0 {
		text += fmt.Sprintf(births, rate)
	}
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	l := startLoad(t, "--profile", "custom", "--file", file)
	l.awaitBirths(processes)
}

// costs runs our collector and the stock one at the same time.
func costs(t *testing.T) (ours, stock cost) {
	t.Helper()
	o := startCosted(t, built.Program(t, "otelcol-phoenix"), config(t, "ours.yaml"))
	s := startCosted(t, filepath.Join("..", "..", "dist", "stock", "otelcol"), config(t, "stock.yaml"))
	time.Sleep(settling)
	before, stockBefore := o.read(), s.read()
	time.Sleep(measuring)
	return o.costSince(before), s.costSince(stockBefore)
}

func config(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return string(raw)
}

// report prints what both need.
func report(t *testing.T, ours, stock cost, pass string) {
	t.Helper()
	figure(t, "CPU of one core", fmt.Sprintf("%.2f %%", 100*ours.cpu), pass)
	figure(t, "CPU of one core, stock", fmt.Sprintf("%.2f %%", 100*stock.cpu), "a figure, no limit")
	figure(t, "resident", fmt.Sprintf("%.0f MiB", ours.resident), "aim ≤ 100 MiB")
	figure(t, "resident, stock", fmt.Sprintf("%.0f MiB", stock.resident), "a figure, no limit")
	figure(t, "series sent in a scrape, and by stock", fmt.Sprintf("%.0f, %.0f", ours.series, stock.series), "about as many")
}

// AT-P15: a collector on a host where little runs.
func TestATP15IdleHost(t *testing.T) {
	startHost(t, 40, 0)
	ours, stock := costs(t)
	report(t, ours, stock, "< 5 %, aim < 1 %")
	require.Less(t, ours.cpu, 0.05)
	require.Less(t, ours.resident, 150.)
}

// AT-P15: a thousand processes at 10 s, and a hundred births a second.
func TestATP15AThousandProcessesAndChurn(t *testing.T) {
	startHost(t, 1000, 100)
	ours, stock := costs(t)
	report(t, ours, stock, "< 5 %, aim < 1 %")
	require.Less(t, ours.cpu, 0.05)
	require.Less(t, ours.resident, 150.)
}

// AT-P15: four thousand processes, beside the stock collector, which sends as
// much.
func TestATP15FourThousandProcessesBesideStock(t *testing.T) {
	startHost(t, 4000, 0)
	ours, stock := costs(t)
	report(t, ours, stock, "< 5 %")
	figure(t, "CPU by the stock collector's", fmt.Sprintf("%.3f", ours.cpu/stock.cpu), "≤ 0.3")
	require.Less(t, ours.cpu, 0.5*stock.cpu)
}
