package processmetrics

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/filter"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"pgregory.net/rapid"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatatest/pmetrictest"
	"github.com/phoenix-platform/phoenix/internal/procread"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadatatest"
)

// everything has all metrics and attributes on.
func everything() *Config {
	cfg := createDefaultConfig().(*Config)
	m, a := &cfg.MetricsBuilderConfig.Metrics, &cfg.MetricsBuilderConfig.ResourceAttributes
	m.ProcessContextSwitches.Enabled, m.ProcessDiskOperations.Enabled, m.ProcessMemoryUtilization.Enabled = true, true, true
	m.ProcessOpenFileDescriptors.Enabled, m.ProcessPagingFaults.Enabled, m.ProcessSignalsPending.Enabled = true, true, true
	m.ProcessThreads.Enabled, m.ProcessCPUUtilization.Enabled, m.ProcessUptime.Enabled = true, true, true
	m.ProcessChildrenCPUTime.Enabled = true
	a.ProcessCgroup.Enabled, a.ProcessLinuxCgroup.Enabled, a.ContainerID.Enabled, a.K8sPodUID.Enabled = true, true, true, true
	return cfg
}

func anyProcess(t *rapid.T) *procread.Process {
	n := func(label string) uint64 { return rapid.Uint64Range(0, 1<<50).Draw(t, label) }
	text := rapid.String()
	p := &procread.Process{
		PID: rapid.Int32Min(1).Draw(t, "pid"), Born: 1e18, At: 1e18 + int64(n("age")),
		Known:       rapid.SampledFrom([]procread.File{procread.StatFile, 1<<procread.Files - 1}).Draw(t, "known"),
		Stat:        procread.Stat{Parent: 4, User: n("user"), System: n("system"), Wait: n("wait"), Children: procread.Ticks{User: n("children user"), System: n("children system")}, Threads: int64(n("threads")), MajorFaults: n("major"), MinorFaults: n("minor")},
		Memory:      procread.Memory{Virtual: n("virtual"), Resident: n("resident")},
		IO:          procread.IO{Read: n("read"), Written: n("written"), Reads: n("reads"), Writes: n("writes")},
		Pending:     n("pending"),
		Switches:    procread.Switches{Voluntary: n("voluntary"), Involuntary: n("involuntary")},
		Descriptors: int(n("descriptors")),
		Attributes: procread.Attributes{
			Name: text.Draw(t, "name"), Command: text.Draw(t, "command"), CommandLine: text.Draw(t, "line"),
			Path: text.Draw(t, "path"), Owner: text.Draw(t, "owner"), Cgroup: text.Draw(t, "cgroup"),
			Container: text.Draw(t, "container"), Pod: text.Draw(t, "pod"),
		},
	}
	if rapid.Bool().Draw(t, "before") {
		p.Before = procread.CPU{At: 1e18 - 1e9, User: p.Stat.User / 2, System: p.Stat.System / 3, Wait: p.Stat.Wait / 4}
	}
	return p
}

// What is filled into a template is what the generated builder makes.
func TestATemplateIsAsTheBuilder(t *testing.T) {
	h := procread.Host{Boot: 1000, Cores: 3, Memory: 1 << 40}
	for name, cfg := range map[string]*Config{"defaults": createDefaultConfig().(*Config), "everything": everything()} {
		t.Run(name, func(t *testing.T) {
			set := metadatatest.NewSettings(componenttest.NewTelemetry())
			w := newWriter(set, cfg)
			rapid.Check(t, func(t *rapid.T) {
				p := anyProcess(t)
				k := kind{p.Known, p.Before.At != 0}
				w.build(k, p, h)
				require.NotNil(t, w.templates[k])
				want := w.take()
				w.process(p, h)
				require.NoError(t, pmetrictest.CompareMetrics(want, w.take()))
			})
		})
	}
}

// Points that are summed are for the builder.
func TestPointsThatAreSummed(t *testing.T) {
	p := &procread.Process{PID: 7, Known: 1<<procread.Files - 1, Stat: procread.Stat{User: 100, System: 50}}
	summed := createDefaultConfig().(*Config)
	summed.MetricsBuilderConfig.Metrics.ProcessCPUTime.EnabledAttributes = []metadata.ProcessCPUTimeMetricAttributeKey{}
	w := newWriter(metadatatest.NewSettings(componenttest.NewTelemetry()), summed)
	for range 2 {
		w.process(p, procread.Host{})
		md := w.take()
		require.Equal(t, 1.5, cpuTime(md).At(0).DoubleValue())
		require.Equal(t, 1, cpuTime(md).Len())
	}
}

func TestProcessesThatAnAttributeLeavesOut(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.MetricsBuilderConfig.ResourceAttributes.ProcessExecutableName.MetricsExclude = []filter.Config{{Strict: "sh"}}
	w := newWriter(metadatatest.NewSettings(componenttest.NewTelemetry()), cfg)
	for _, name := range []string{"nginx", "sh", "vi"} {
		w.process(&procread.Process{PID: 7, Known: procread.StatFile, Attributes: procread.Attributes{Name: name}}, procread.Host{})
	}
	require.Equal(t, 2, w.take().ResourceMetrics().Len())
}

func cpuTime(md pmetric.Metrics) pmetric.NumberDataPointSlice {
	return md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
}
