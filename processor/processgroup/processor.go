package processgroup

import (
	"fmt"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

func newProcessor(set processor.Settings, cfg *Config, next consumer.Metrics) (*thinning.Processor, error) {
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("declare own metrics: %w", err)
	}
	s, err := newStrategy(set, cfg, builder)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	return thinning.New(set, cfg.settings(), s, instruments(builder), next)
}

func instruments(b *metadata.TelemetryBuilder) thinning.Instruments {
	return thinning.Instruments{
		IncomingItems: b.ProcessorIncomingItems, OutgoingItems: b.ProcessorOutgoingItems,
		SeriesIn: b.ProcessorProcessgroupSeriesIn, SeriesKept: b.ProcessorProcessgroupSeriesKept, SeriesOther: b.ProcessorProcessgroupSeriesOther,
		ProcessesKept: b.ProcessorProcessgroupProcessesKept, ProcessesTracked: b.ProcessorProcessgroupProcessesTracked,
		CriticalKept: b.ProcessorProcessgroupCriticalKept, CriticalOverLimit: b.ProcessorProcessgroupCriticalOverLimit,
		Waiting: b.ProcessorProcessgroupWaiting, BadValues: b.ProcessorProcessgroupBadValues,
		LatePoints: b.ProcessorProcessgroupLatePoints, SplitScrapes: b.ProcessorProcessgroupSplitScrapes,
		MembershipChanges: b.ProcessorProcessgroupMembershipChanges, DecisionDuration: b.ProcessorProcessgroupDecisionDuration,
	}
}
