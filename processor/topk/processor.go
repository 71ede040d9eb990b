package topk

import (
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadata"
)

// New returns the processor of a configuration that is valid, under the id in
// set, which need not be of the type topk. The error says what it could not be
// made of.
func New(set processor.Settings, cfg *Config, next consumer.Metrics) (*thinning.Processor, error) {
	own, err := instruments(set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("declare own metrics: %w", err)
	}
	return thinning.New(set, cfg.settings(), strategy{cfg}, own, next)
}

func instruments(set component.TelemetrySettings) (thinning.Instruments, error) {
	b, err := metadata.NewTelemetryBuilder(set)
	if err != nil {
		return thinning.Instruments{}, err
	}
	return thinning.Instruments{
		IncomingItems: b.ProcessorIncomingItems, OutgoingItems: b.ProcessorOutgoingItems,
		SeriesIn: b.ProcessorTopkSeriesIn, SeriesKept: b.ProcessorTopkSeriesKept, SeriesOther: b.ProcessorTopkSeriesOther,
		ProcessesKept: b.ProcessorTopkProcessesKept, ProcessesTracked: b.ProcessorTopkProcessesTracked,
		CriticalKept: b.ProcessorTopkCriticalKept, CriticalOverLimit: b.ProcessorTopkCriticalOverLimit,
		BudgetExceeded: b.ProcessorTopkBudgetExceeded, MetricMissing: b.ProcessorTopkRankMetricMissing,
		Waiting: b.ProcessorTopkWaiting, BadValues: b.ProcessorTopkBadValues,
		LatePoints: b.ProcessorTopkLatePoints, SplitScrapes: b.ProcessorTopkSplitScrapes,
		MembershipChanges: b.ProcessorTopkMembershipChanges, DecisionDuration: b.ProcessorTopkDecisionDuration,
	}, nil
}
