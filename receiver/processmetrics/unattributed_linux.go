package processmetrics

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/procread"
	"github.com/phoenix-platform/phoenix/receiver/processmetrics/internal/metadata"
)

// unattributed adds the process that stands for what no process shows. It has
// no PID, so that nothing downstream takes it for a process of the host.
func (w *writer) unattributed(u procread.Unattributed) {
	if !w.unseen.Enabled {
		return
	}
	at := pcommon.Timestamp(u.At)
	w.mb.RecordProcessCPUTimeDataPoint(at, seconds(u.User), metadata.AttributeStateUser, metadata.AttributeCPUModeUser)
	w.mb.RecordProcessCPUTimeDataPoint(at, seconds(u.System), metadata.AttributeStateSystem, metadata.AttributeCPUModeSystem)
	named := pcommon.NewResource()
	named.Attributes().PutStr("process.executable.name", w.unseen.Name)
	w.mb.EmitForResource(metadata.WithResource(named), metadata.WithStartTimeOverride(pcommon.Timestamp(u.Since)))
	w.mb.Emit().ResourceMetrics().MoveAndAppendTo(w.md.ResourceMetrics())
}
