package processmetrics

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"

	"github.com/phoenix-platform/phoenix/internal/procread"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
)

// writer makes metrics of processes. The generated builder, which knows all
// about configuration and conventions, makes those of the first process of its
// kind; the others are copies of a template, unless points are to be summed or
// processes to be left out by their attributes.
type writer struct {
	mb         *metadata.MetricsBuilder
	attributes metadata.ResourceAttributesConfig
	filtered   bool // by attributes
	unseen     Unattributed
	templates  map[kind]*template
	md         pmetric.Metrics
}

// kind is what a process's metrics depend on: the files that could be read, and
// whether there was a scrape before.
type kind struct {
	known  procread.File
	before bool
}

func kindOf(p *procread.Process) kind { return kind{p.Known, p.Before.At != 0} }

func newWriter(set receiver.Settings, cfg *Config) *writer {
	a := cfg.MetricsBuilderConfig.ResourceAttributes
	return &writer{
		mb: metadata.NewMetricsBuilder(cfg.MetricsBuilderConfig, set), attributes: a, filtered: filters(a), unseen: cfg.Unattributed,
		templates: map[kind]*template{}, md: pmetric.NewMetrics(),
	}
}

// filters reports whether an attribute decides which processes are written.
func filters(a metadata.ResourceAttributesConfig) bool {
	for _, c := range []metadata.ResourceAttributeConfig{
		a.ProcessCgroup, a.ProcessCommand, a.ProcessCommandLine, a.ProcessExecutableName, a.ProcessExecutablePath,
		a.ProcessLinuxCgroup, a.ProcessOwner, a.ProcessParentPid, a.ProcessPid, a.ContainerID, a.K8sPodUID,
	} {
		if c.MetricsInclude != nil || c.MetricsExclude != nil {
			return true
		}
	}
	return false
}

// take returns the metrics of the processes since it was called last.
func (w *writer) take() pmetric.Metrics {
	md := w.md
	w.md = pmetric.NewMetrics()
	w.md.ResourceMetrics().EnsureCapacity(md.ResourceMetrics().Len())
	return md
}

// process adds a process.
func (w *writer) process(p *procread.Process, h procread.Host) {
	k := kindOf(p)
	t := w.templates[k]
	if t == nil {
		w.build(k, p, h)
		return
	}
	rm := w.md.ResourceMetrics().AppendEmpty()
	t.fill(rm, p, h)
	w.describe(rm.Resource().Attributes(), p)
}

// build has the builder add a process, and makes a template of the result.
func (w *writer) build(k kind, p *procread.Process, h procread.Host) {
	now := pcommon.Timestamp(p.At)
	w.cpu(now, p, h)
	w.children(now, p)
	w.memory(now, p, h)
	w.disk(now, p)
	w.counts(now, p)
	w.mb.RecordProcessUptimeDataPoint(now, time.Duration(p.At-p.Born).Seconds())
	w.mb.EmitForResource(metadata.WithResource(w.resource(p)), metadata.WithStartTimeOverride(pcommon.Timestamp(p.Born)))
	made := w.mb.Emit().ResourceMetrics()
	if made.Len() > 0 && !w.filtered {
		w.templates[k] = newTemplate(made.At(0))
	}
	made.MoveAndAppendTo(w.md.ResourceMetrics())
}

// describe writes the attributes of a process as resource does.
func (w *writer) describe(to pcommon.Map, p *procread.Process) {
	a := &w.attributes
	const most = 11
	to.EnsureCapacity(most)
	if a.ProcessPid.Enabled {
		to.PutInt("process.pid", int64(p.PID))
	}
	if a.ProcessParentPid.Enabled {
		to.PutInt("process.parent_pid", int64(p.Stat.Parent))
	}
	for _, text := range [...]struct {
		on    bool
		key   string
		value string
	}{
		{a.ProcessExecutableName.Enabled, "process.executable.name", p.Name},
		{a.ProcessExecutablePath.Enabled, "process.executable.path", p.Path},
		{a.ProcessCgroup.Enabled, "process.cgroup", p.Cgroup},
		{a.ProcessLinuxCgroup.Enabled, "process.linux.cgroup", p.Cgroup},
		{a.ProcessCommand.Enabled && p.Known.Has(procread.CmdlineFile), "process.command", p.Command},
		{a.ProcessCommandLine.Enabled && p.Known.Has(procread.CmdlineFile), "process.command_line", p.CommandLine},
		{a.ProcessOwner.Enabled && p.Known.Has(procread.OwnerName), "process.owner", p.Owner},
		{a.ContainerID.Enabled && p.Container != "", "container.id", p.Container},
		{a.K8sPodUID.Enabled && p.Pod != "", "k8s.pod.uid", p.Pod},
	} {
		if text.on {
			to.PutStr(text.key, text.value)
		}
	}
}

func (w *writer) cpu(now pcommon.Timestamp, p *procread.Process, h procread.Host) {
	w.mb.RecordProcessCPUTimeDataPoint(now, seconds(p.Stat.User), metadata.AttributeStateUser, metadata.AttributeCPUModeUser)
	w.mb.RecordProcessCPUTimeDataPoint(now, seconds(p.Stat.System), metadata.AttributeStateSystem, metadata.AttributeCPUModeSystem)
	w.mb.RecordProcessCPUTimeDataPoint(now, seconds(p.Stat.Wait), metadata.AttributeStateWait, metadata.AttributeCPUModeIowait)
	if p.Before.At == 0 {
		return
	}
	w.mb.RecordProcessCPUUtilizationDataPoint(now, share(p, h, p.Stat.User, p.Before.User), metadata.AttributeStateUser, metadata.AttributeCPUModeUser)
	w.mb.RecordProcessCPUUtilizationDataPoint(now, share(p, h, p.Stat.System, p.Before.System), metadata.AttributeStateSystem, metadata.AttributeCPUModeSystem)
	w.mb.RecordProcessCPUUtilizationDataPoint(now, share(p, h, p.Stat.Wait, p.Before.Wait), metadata.AttributeStateWait, metadata.AttributeCPUModeIowait)
}

func (w *writer) children(now pcommon.Timestamp, p *procread.Process) {
	w.mb.RecordProcessChildrenCPUTimeDataPoint(now, seconds(p.Stat.Children.User), metadata.AttributeStateUser)
	w.mb.RecordProcessChildrenCPUTimeDataPoint(now, seconds(p.Stat.Children.System), metadata.AttributeStateSystem)
}

// share returns the CPU time used since the scrape before, as a share of what
// the host has.
func share(p *procread.Process, h procread.Host, now, before uint64) float64 {
	elapsed := time.Duration(p.At - p.Before.At).Seconds()
	if elapsed <= 0 {
		return 0
	}
	return (seconds(now) - seconds(before)) / elapsed / float64(h.Cores)
}

// memoryShare returns resident memory in per cent of the host's.
func memoryShare(p *procread.Process, h procread.Host) float64 {
	return float64(100 * float32(p.Memory.Resident) / float32(h.Memory))
}

func seconds(ticks uint64) float64 { return float64(ticks) / procread.TicksPerSecond }

func (w *writer) memory(now pcommon.Timestamp, p *procread.Process, h procread.Host) {
	w.mb.RecordProcessMemoryUsageDataPoint(now, int64(p.Memory.Resident))
	w.mb.RecordProcessMemoryVirtualDataPoint(now, int64(p.Memory.Virtual))
	if h.Memory > 0 {
		w.mb.RecordProcessMemoryUtilizationDataPoint(now, memoryShare(p, h))
	}
}

func (w *writer) disk(now pcommon.Timestamp, p *procread.Process) {
	if !p.Known.Has(procread.IOFile) {
		return
	}
	w.mb.RecordProcessDiskIoDataPoint(now, int64(p.IO.Read), metadata.AttributeDirectionRead, metadata.AttributeDiskIoDirectionRead)
	w.mb.RecordProcessDiskIoDataPoint(now, int64(p.IO.Written), metadata.AttributeDirectionWrite, metadata.AttributeDiskIoDirectionWrite)
	w.mb.RecordProcessDiskOperationsDataPoint(now, int64(p.IO.Reads), metadata.AttributeDirectionRead)
	w.mb.RecordProcessDiskOperationsDataPoint(now, int64(p.IO.Writes), metadata.AttributeDirectionWrite)
}

func (w *writer) counts(now pcommon.Timestamp, p *procread.Process) {
	w.mb.RecordProcessThreadsDataPoint(now, p.Stat.Threads)
	w.mb.RecordProcessPagingFaultsDataPoint(now, int64(p.Stat.MajorFaults), metadata.AttributePagingFaultTypeMajor, metadata.AttributeSystemPagingFaultTypeMajor)
	w.mb.RecordProcessPagingFaultsDataPoint(now, int64(p.Stat.MinorFaults), metadata.AttributePagingFaultTypeMinor, metadata.AttributeSystemPagingFaultTypeMinor)
	if p.Known.Has(procread.StatusFile) {
		w.mb.RecordProcessSignalsPendingDataPoint(now, int64(p.Pending))
	}
	if p.Known.Has(procread.FDFolder) {
		w.mb.RecordProcessOpenFileDescriptorsDataPoint(now, int64(p.Descriptors))
	}
	if p.Known.Has(procread.TaskFolder) {
		w.mb.RecordProcessContextSwitchesDataPoint(now, int64(p.Switches.Involuntary), metadata.AttributeContextSwitchTypeInvoluntary, metadata.AttributeProcessContextSwitchTypeInvoluntary)
		w.mb.RecordProcessContextSwitchesDataPoint(now, int64(p.Switches.Voluntary), metadata.AttributeContextSwitchTypeVoluntary, metadata.AttributeProcessContextSwitchTypeVoluntary)
	}
}

func (w *writer) resource(p *procread.Process) pcommon.Resource {
	rb := w.mb.NewResourceBuilder()
	rb.SetProcessPid(int64(p.PID))
	rb.SetProcessParentPid(int64(p.Stat.Parent))
	rb.SetProcessExecutableName(p.Name)
	rb.SetProcessExecutablePath(p.Path)
	rb.SetProcessCgroup(p.Cgroup)
	rb.SetProcessLinuxCgroup(p.Cgroup)
	if p.Known.Has(procread.CmdlineFile) {
		rb.SetProcessCommand(p.Command)
		rb.SetProcessCommandLine(p.CommandLine)
	}
	if p.Known.Has(procread.OwnerName) {
		rb.SetProcessOwner(p.Owner)
	}
	if p.Container != "" {
		rb.SetContainerID(p.Container)
	}
	if p.Pod != "" {
		rb.SetK8sPodUID(p.Pod)
	}
	return rb.Emit()
}
