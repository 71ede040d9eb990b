package processmetrics

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadatatest"
)

// observed is a scraper of a tree in testdata, whose log and own metrics are
// read.
type observed struct {
	*componenttest.Telemetry
	*processScraper
	log *observer.ObservedLogs
}

// ids gives each observed scraper one of its own: by it, selection goes on.
var ids atomic.Int64

func observe(t *testing.T, root string, change func(*Config)) *observed {
	t.Helper()
	o := &observed{Telemetry: componenttest.NewTelemetry()}
	set := metadatatest.NewSettings(o.Telemetry)
	set.ID = component.NewIDWithName(set.ID.Type(), fmt.Sprint(ids.Add(1)))
	core, log := observer.New(zap.InfoLevel)
	set.Logger, o.log = zap.New(core), log
	cfg := createDefaultConfig().(*Config)
	cfg.RootPath = root
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	var err error
	o.processScraper, err = newProcessScraper(set, cfg)
	require.NoError(t, err)
	require.NoError(t, o.start(context.Background(), componenttest.NewNopHost()))
	t.Cleanup(func() {
		require.NoError(t, o.shutdown(context.Background()))
		require.NoError(t, o.Telemetry.Shutdown(context.Background()))
	})
	return o
}

func (o *observed) next(t *testing.T) pmetric.Metrics {
	t.Helper()
	md, err := o.scrape(context.Background())
	require.NoError(t, err)
	return md
}

// host copies the tree in testdata, so that a test can change it.
func host(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS(filepath.Join("testdata", "host"))))
	require.NoError(t, os.Symlink("/usr/sbin/nginx", filepath.Join(root, "proc", "812", "exe")))
	return root
}

// series returns the values of a process by "metric attribute".
func series(rm pmetric.ResourceMetrics) map[string]float64 {
	all := map[string]float64{}
	for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
		var dps pmetric.NumberDataPointSlice
		if m.Type() == pmetric.MetricTypeSum {
			dps = m.Sum().DataPoints()
		} else {
			dps = m.Gauge().DataPoints()
		}
		for _, dp := range dps.All() {
			name := []string{m.Name()}
			for _, v := range dp.Attributes().All() {
				name = append(name, v.Str())
			}
			all[strings.Join(name, " ")] = dp.DoubleValue() + float64(dp.IntValue())
		}
	}
	return all
}

func TestAProcessBecomesItsMetrics(t *testing.T) {
	md := observe(t, host(t), nil).next(t)
	require.Equal(t, 2, md.ResourceMetrics().Len())
	kernel, nginx := md.ResourceMetrics().At(0), md.ResourceMetrics().At(1)
	if pid, _ := kernel.Resource().Attributes().Get("process.pid"); pid.Int() != 2 {
		kernel, nginx = nginx, kernel // the order is that of the directory
	}
	require.Equal(t, map[string]any{
		"process.pid": int64(812), "process.parent_pid": int64(1), "process.executable.name": "nginx",
		"process.executable.path": "/usr/sbin/nginx", "process.command": "nginx: worker", "process.command_line": "nginx: worker process",
		"process.owner": "root",
	}, nginx.Resource().Attributes().AsRaw())
	page := float64(os.Getpagesize())
	require.Equal(t, map[string]float64{
		"process.cpu.time user": 1.5, "process.cpu.time system": 0.25, "process.cpu.time wait": 0.07,
		"process.disk.io read": 11, "process.disk.io write": 22,
		"process.memory.usage": 400 * page, "process.memory.virtual": 900 * page,
	}, series(nginx))
	cpu := nginx.ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().At(0)
	require.Equal(t, time.Unix(1_700_000_050, 0).UTC(), cpu.StartTimestamp().AsTime())
	require.Equal(t, "[kthreadd]", "["+kernel.Resource().Attributes().AsRaw()["process.executable.name"].(string)+"]")
	require.Empty(t, kernel.Resource().Attributes().AsRaw()["process.command_line"])
}

func TestMetricsThatAreOffByDefault(t *testing.T) {
	o := observe(t, host(t), func(c *Config) {
		c.Include = Names{MatchType: strict, Names: []string{"nginx"}}
		m := &c.MetricsBuilderConfig.Metrics
		m.ProcessContextSwitches.Enabled, m.ProcessDiskOperations.Enabled, m.ProcessMemoryUtilization.Enabled = true, true, true
		m.ProcessOpenFileDescriptors.Enabled, m.ProcessPagingFaults.Enabled, m.ProcessSignalsPending.Enabled = true, true, true
		m.ProcessThreads.Enabled, m.ProcessCPUUtilization.Enabled, m.ProcessUptime.Enabled = true, true, true
	})
	first := series(o.next(t).ResourceMetrics().At(0))
	require.NotContains(t, first, "process.cpu.utilization user")
	got := series(o.next(t).ResourceMetrics().At(0))
	for name, want := range map[string]float64{
		"process.context_switches voluntary": 30, "process.context_switches involuntary": 4,
		"process.disk.operations read": 5, "process.disk.operations write": 6,
		"process.memory.utilization":    float64(100 * float32(400*os.Getpagesize()) / float32(8_000_000<<10)),
		"process.open_file_descriptors": 3, "process.paging.faults major": 2, "process.paging.faults minor": 100,
		"process.signals_pending": 1 << 9, "process.threads": 2, "process.cpu.utilization user": 0,
	} {
		require.InDelta(t, want, got[name], 1e-12, name)
		require.Contains(t, got, name)
	}
	require.Positive(t, got["process.uptime"])
}

var anyTime = metricdatatest.IgnoreTimestamp()

func count(v int64, attributes ...attribute.KeyValue) []metricdata.DataPoint[int64] {
	return []metricdata.DataPoint[int64]{{Value: v, Attributes: attribute.NewSet(attributes...)}}
}

// The kernel thread's files are all there, those of nginx are taken away: each
// is warned of once, however many scrapes there are.
func TestWhatCannotBeReadIsSaidOnceAndCounted(t *testing.T) {
	root := host(t)
	require.NoError(t, os.Remove(filepath.Join(root, "proc", "812", "io")))
	o := observe(t, root, nil)
	for range 3 {
		md := o.next(t)
		require.Equal(t, 2, md.ResourceMetrics().Len())
	}
	require.Len(t, o.log.All(), 1)
	require.Equal(t, "io", o.log.All()[0].ContextMap()["file"])
	require.Equal(t, "read io of process 812: no such file or directory", o.log.All()[0].ContextMap()["error"])
	metadatatest.AssertEqualReceiverProcessmetricsUnreadable(t, o.Telemetry, count(3, attribute.String("file", "io")), anyTime)
	metadatatest.AssertEqualReceiverProcessmetricsProcesses(t, o.Telemetry, count(2), anyTime)
	metadatatest.AssertEqualReceiverProcessmetricsTracked(t, o.Telemetry, count(2), anyTime)
	metadatatest.AssertEqualReceiverProcessmetricsAttributeReads(t, o.Telemetry, count(2), anyTime)
	metadatatest.AssertEqualReceiverProcessmetricsVanished(t, o.Telemetry, count(0), anyTime)
}

func TestWhatIsMutedIsNotSaid(t *testing.T) {
	for file, mute := range map[string]func(*Config){
		"io": func(c *Config) { c.MuteProcessIOError = true }, "stat": func(c *Config) { c.MuteProcessNameError = true },
		"cmdline": func(c *Config) { c.MuteProcessNameError = true }, "status": func(c *Config) { c.MuteProcessAllErrors = true },
		"cgroup": func(c *Config) { c.MuteProcessCgroupError = true },
	} {
		for _, muted := range []bool{false, true} {
			root := host(t)
			require.NoError(t, os.Remove(filepath.Join(root, "proc", "812", file)))
			o := observe(t, root, func(c *Config) {
				c.MetricsBuilderConfig.ResourceAttributes.ProcessCgroup.Enabled = true
				if muted {
					mute(c)
				}
			})
			o.next(t)
			require.Equal(t, muted, o.log.Len() == 0, file)
		}
	}
}

func TestAHostWithoutProcFailsTheStart(t *testing.T) {
	root := t.TempDir()
	cfg := createDefaultConfig().(*Config)
	cfg.RootPath = root
	set := metadatatest.NewSettings(componenttest.NewTelemetry())
	s, err := newProcessScraper(set, cfg)
	require.NoError(t, err)
	err = s.start(context.Background(), componenttest.NewNopHost())
	require.EqualError(t, err, set.ID.String()+": open "+root+"/proc: no such file or directory; set root_path to the directory that the host's proc is in")
	require.NoError(t, s.shutdown(context.Background()))
}

func TestTheReceiverHandsOnWhatItScrapes(t *testing.T) {
	f := NewFactory()
	cfg := createDefaultConfig().(*Config)
	cfg.RootPath = host(t)
	cfg.ControllerConfig.CollectionInterval, cfg.ControllerConfig.InitialDelay = time.Millisecond, 0
	sink := new(consumertest.MetricsSink)
	r, err := f.CreateMetrics(context.Background(), metadatatest.NewSettings(componenttest.NewTelemetry()), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, r.Start(context.Background(), componenttest.NewNopHost()))
	require.Eventually(t, func() bool { return len(sink.AllMetrics()) > 1 }, 10*time.Second, time.Millisecond)
	require.NoError(t, r.Shutdown(context.Background()))
	require.NoError(t, r.Shutdown(context.Background()))
	require.Equal(t, 14, sink.AllMetrics()[1].DataPointCount())
}

func TestShutdownWithoutStart(t *testing.T) {
	r, err := NewFactory().CreateMetrics(context.Background(), metadatatest.NewSettings(componenttest.NewTelemetry()), createDefaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.NoError(t, r.Shutdown(context.Background()))
}
