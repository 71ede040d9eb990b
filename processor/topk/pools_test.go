package topk_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/phoenix-platform/phoenix/catalog/section"
	"github.com/phoenix-platform/phoenix/internal/processtest"
	"github.com/phoenix-platform/phoenix/processor/topk"
)

var update = flag.Bool("update", false, "write the README's table of pools anew")

// What is set on a host that has pools of workers. The last k of no groups costs
// about as many series as the five largest groups of one name.
var poolSettings = []struct {
	by []string
	k  []int
}{
	{nil, []int{5, 20, 60}},
	{[]string{"process.executable.name"}, []int{5, 20}},
	{[]string{"process.executable.name", "process.owner"}, []int{5, 20}},
	{[]string{"process.owner"}, []int{5, 20}},
	{[]string{"process.parent_pid"}, []int{5, 20}},
}

const (
	poolScrapes  = 40
	poolWarmUp   = 10 // scrapes that are not measured
	poolInterval = 10 * time.Second
)

// The README says what each setting of rank_group keeps of a host with pools.
func TestTheREADMEHasThePools(t *testing.T) {
	var b strings.Builder
	b.WriteString("| `rank_group` | `k` | php-fpm of 41 | postgres of 41 | java | services of 8 | small of 150 | series | CPU by name | memory by name | changes |\n" +
		"| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range poolSettings {
		for _, k := range s.k {
			b.WriteString(measurePools(t, s.by, k).row(s.by, k))
		}
	}
	was, err := os.ReadFile("README.md")
	require.NoError(t, err)
	text, err := section.Replace(string(was), "pools", b.String())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(text), 0o644))
		return
	}
	require.Equal(t, string(was), text, "if this is meant: go test ./processor/topk -run Pools -update")
}

// poolFigures are sums over the measured scrapes.
type poolFigures struct {
	kept                           map[string]int // processes by kind
	series, changes                int
	cpu, allCPU, memory, allMemory float64
	scrapes                        int
}

func (f *poolFigures) mean(n int) float64 { return float64(n) / float64(f.scrapes) }

func (f *poolFigures) row(by []string, k int) string {
	java := "no"
	if f.kept["java"] == f.scrapes {
		java = "yes"
	}
	return fmt.Sprintf("| `[%s]` | %d | %.1f | %.1f | %s | %.1f | %.1f | %.0f | %.1f %% | %.1f %% | %.1f |\n",
		strings.Join(by, ", "), k, f.mean(f.kept["php-fpm"]), f.mean(f.kept["postgres"]), java,
		f.mean(f.kept["service"]), f.mean(f.kept["small"]), f.mean(f.series),
		100*f.cpu/f.allCPU, 100*f.memory/f.allMemory, f.mean(f.changes))
}

// measurePools runs the host through a processor with the default
// configuration but for rank_group and k.
func measurePools(t *testing.T, by []string, k int) *poolFigures {
	t.Helper()
	factory := topk.NewFactory()
	cfg := factory.CreateDefaultConfig()
	require.NoError(t, confmap.NewFromStringMap(map[string]any{
		"rank_group": by,
		"rank_by": []any{
			map[string]any{"metric": "cpu", "k": k, "min": 0.005},
			map[string]any{"metric": "memory", "k": k},
		},
	}).Unmarshal(cfg))
	sink := new(consumertest.MetricsSink)
	p, err := factory.CreateMetrics(t.Context(), processortest.NewNopSettings(factory.Type()), cfg, sink)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Shutdown(t.Context())) }()

	h := newPoolHost()
	f := &poolFigures{kept: map[string]int{}}
	before := map[int64]bool{}
	for i := range poolScrapes {
		h.work()
		sink.Reset()
		require.NoError(t, p.ConsumeMetrics(t.Context(), h.scrape()))
		kept, series := keptPIDs(sink.AllMetrics())
		if i >= poolWarmUp {
			f.count(h, kept, before, series)
		}
		before = kept
	}
	return f
}

// count adds one scrape.
func (f *poolFigures) count(h *poolHost, kept, before map[int64]bool, series int) {
	f.scrapes++
	f.series += series
	for _, w := range h.workers {
		f.allCPU += w.used
		f.allMemory += float64(w.memory)
		if kept[w.pid] {
			f.kept[w.kind]++
			f.cpu += w.used
			f.memory += float64(w.memory)
		}
		if kept[w.pid] != before[w.pid] {
			f.changes++
		}
	}
}

// keptPIDs lists who has series of its own, and counts the series with those of
// _other_.
func keptPIDs(batches []pmetric.Metrics) (map[int64]bool, int) {
	kept, series := map[int64]bool{}, 0
	for _, md := range batches {
		for _, s := range processtest.AllSamples(md) {
			if s.Flagged {
				continue
			}
			series++
			if s.PID != 0 {
				kept[s.PID] = true
			}
		}
	}
	return kept, series
}

// poolHost is a host with two pools of 40 workers and their masters, one large
// process, eight services of one process each and 150 small ones.
type poolHost struct {
	random  *rand.Rand
	now     time.Time
	lastPID int64
	workers []*poolWorker
}

type poolWorker struct {
	kind, name, owner string
	pid, parent       int64
	born              time.Time
	cores             float64 // mean
	memory            int64   // bytes
	used              float64 // seconds of CPU since the scrape before
	total             float64 // seconds of CPU
}

const mebibyte = 1 << 20

func newPoolHost() *poolHost {
	h := &poolHost{random: rand.New(rand.NewPCG(1, 2)), now: time.Unix(1_700_000_000, 0), lastPID: 1000}
	php := h.start("php-fpm", "php-fpm", "root", 1, 0.001, 30)
	for range 40 { // all alike: the one that is free takes the next request
		h.start("php-fpm", "php-fpm", "www-data", php.pid, 0.05, 35+25*h.random.Float64())
	}
	postmaster := h.start("postgres", "postgres", "postgres", 1, 0.004, 60)
	for range 40 { // a few connections do most
		h.start("postgres", "postgres", "postgres", postmaster.pid, 0.04*h.random.ExpFloat64(), 15+60*h.random.ExpFloat64())
	}
	h.start("java", "java", "app", 1, 1.5, 4096)
	for _, s := range []struct {
		name          string
		cores, memory float64
	}{
		{"node", 0.30, 180},
		{"rsync", 0.20, 8},
		{"prometheus", 0.12, 600},
		{"haproxy", 0.08, 40},
		{"gitaly", 0.05, 250},
		{"redis-server", 0.04, 500},
		{"dockerd", 0.02, 90},
		{"clamd", 0.002, 1100},
	} {
		h.start("service", s.name, "root", 1, s.cores, s.memory)
	}
	h.startSmall()
	return h
}

func (h *poolHost) startSmall() {
	for i := range 60 {
		h.start("small", fmt.Sprintf("kworker/%d:%d", i/8, i%8), "root", 2, 0.001, 0)
	}
	for i := range 40 {
		h.start("small", fmt.Sprintf("daemon-%d", i), "root", 1, 0.0005, 4+16*h.random.Float64())
	}
	for i := range 25 {
		owner := fmt.Sprint("user-", i%5)
		sshd := h.start("small", "sshd", owner, 1, 0.0002, 7)
		h.start("small", "bash", owner, sshd.pid, 0.0001, 5)
	}
}

func (h *poolHost) start(kind, name, owner string, parent int64, cores, mib float64) *poolWorker {
	h.lastPID++
	w := &poolWorker{
		kind: kind, name: name, owner: owner, pid: h.lastPID, parent: parent,
		born: h.now, cores: cores, memory: int64(mib * mebibyte),
	}
	h.workers = append(h.workers, w)
	return w
}

// work lets an interval go by: what a process uses varies around its mean, and
// one worker of php-fpm has had its share of requests and is replaced.
func (h *poolHost) work() {
	w := h.workers[1+h.lastPID%40] // the master of php-fpm is the first
	h.lastPID++
	w.pid, w.born, w.total = h.lastPID, h.now, 0
	for _, w := range h.workers {
		w.used = w.cores * poolInterval.Seconds() * (0.5 + h.random.Float64())
		w.total += w.used
	}
	h.now = h.now.Add(poolInterval)
}

// scrape is what the process scraper says of the host.
func (h *poolHost) scrape() pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, w := range h.workers {
		rm := md.ResourceMetrics().AppendEmpty()
		attrs := rm.Resource().Attributes()
		attrs.PutInt("process.pid", w.pid)
		attrs.PutInt("process.parent_pid", w.parent)
		attrs.PutStr("process.executable.name", w.name)
		attrs.PutStr("process.owner", w.owner)
		ms := rm.ScopeMetrics().AppendEmpty().Metrics()
		cpu := processtest.AddSum(ms, "process.cpu.time", "s", true)
		h.point(w, cpu, "state", "user").SetDoubleValue(0.8 * w.total)
		h.point(w, cpu, "state", "system").SetDoubleValue(0.2 * w.total)
		h.point(w, cpu, "state", "wait").SetDoubleValue(0)
		disk := processtest.AddSum(ms, "process.disk.io", "By", true)
		for _, direction := range []string{"read", "write"} {
			h.point(w, disk, "direction", direction).SetIntValue(int64(w.total * mebibyte))
		}
		h.point(w, processtest.AddSum(ms, "process.memory.usage", "By", false), "", "").SetIntValue(w.memory)
		h.point(w, processtest.AddSum(ms, "process.memory.virtual", "By", false), "", "").SetIntValue(8 * w.memory)
	}
	return md
}

func (h *poolHost) point(w *poolWorker, dps pmetric.NumberDataPointSlice, key, value string) pmetric.NumberDataPoint {
	dp := processtest.AddPoint(dps, w.born.UnixNano(), h.now.UnixNano())
	if key != "" {
		dp.Attributes().PutStr(key, value)
	}
	return dp
}
