package processmetrics

import (
	"github.com/phoenix-platform/phoenix/internal/procread"
)

// settings says what has to be read for what is turned on.
func (c *Config) settings() (procread.Settings, error) {
	match, err := c.match()
	return procread.Settings{
		Want: c.wantMetrics() | c.wantAttributes(), Total: c.MetricsBuilderConfig.Metrics.ProcessMemoryUtilization.Enabled,
		Match: match, Delay: c.ScrapeProcessDelay, Refresh: c.AttributesRefresh, Keep: c.OpenFiles,
	}, err
}

func (c *Config) wantMetrics() (files procread.File) {
	m := &c.MetricsBuilderConfig.Metrics
	memory := m.ProcessMemoryUsage.Enabled || m.ProcessMemoryVirtual.Enabled || m.ProcessMemoryUtilization.Enabled
	for file, on := range map[procread.File]bool{
		procread.StatmFile:  c.ExactMemory && memory,
		procread.IOFile:     m.ProcessDiskIo.Enabled || m.ProcessDiskIoV1.Enabled || m.ProcessDiskOperations.Enabled,
		procread.StatusFile: m.ProcessSignalsPending.Enabled,
		procread.FDFolder:   m.ProcessOpenFileDescriptors.Enabled || m.ProcessUnixFileDescriptorCountV1.Enabled,
		procread.TaskFolder: m.ProcessContextSwitches.Enabled || m.ProcessContextSwitchesV1.Enabled,
	} {
		if on {
			files |= file
		}
	}
	return files
}

func (c *Config) wantAttributes() (files procread.File) {
	a := &c.MetricsBuilderConfig.ResourceAttributes
	for file, on := range map[procread.File]bool{
		procread.CmdlineFile: a.ProcessCommand.Enabled || a.ProcessCommandLine.Enabled,
		procread.ExeFile:     a.ProcessExecutablePath.Enabled,
		procread.CgroupFile:  a.ProcessCgroup.Enabled || a.ProcessLinuxCgroup.Enabled || a.ContainerID.Enabled || a.K8sPodUID.Enabled,
		procread.OwnerName:   a.ProcessOwner.Enabled,
	} {
		if on {
			files |= file
		}
	}
	return files
}
