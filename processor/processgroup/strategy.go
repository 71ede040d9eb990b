package processgroup

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/thinning"
	"github.com/phoenix-platform/phoenix/processor/processgroup/internal/metadata"
)

// strategy makes the choosers of a configuration and reports on groups.
type strategy struct {
	cfg     *Config
	set     processor.Settings
	groups  *critical.Matcher
	builder *metadata.TelemetryBuilder
	self    metric.MeasurementOption
	log     *zap.Logger
	warning rate.Sometimes
}

func newStrategy(set processor.Settings, cfg *Config, builder *metadata.TelemetryBuilder) (*strategy, error) {
	groups, err := compile(cfg.Groups, set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &strategy{
		cfg: cfg, set: set, groups: groups, builder: builder, log: set.Logger,
		self:    metric.WithAttributes(attribute.String("processor", set.ID.String())),
		warning: rate.Sometimes{Interval: time.Minute},
	}, nil
}

func compile(groups []Group, set component.TelemetrySettings) (*critical.Matcher, error) {
	entries := make(critical.List, len(groups))
	for i := range groups {
		entries[i] = groups[i].entry()
	}
	return critical.Compile(entries, set)
}

// Metrics names nothing: nobody ranks.
func (*strategy) Metrics() []string { return nil }

// Watch names the attributes that make a group.
func (s *strategy) Watch() processbatch.Watch {
	keys, all := s.groups.Attributes()
	return processbatch.Watch{Keys: slices.Concat(keys, s.cfg.By), All: all}
}

// Chooser returns the chooser of a host. Groups go on that are the same under
// this configuration; the others end when their processes have left them.
func (s *strategy) Chooser(former thinning.Chooser) thinning.Chooser {
	c := &chooser{strategy: s, table: newTable(s.cfg.MaxGroups, s.cfg.ForgetAfter), refused: map[int]uint64{}}
	if was, ok := former.(*chooser); ok {
		c.table.inherit(was.table, c.keeps)
	}
	return c
}

// Record reports the groups of the latest batch, also those that only would be
// written.
func (s *strategy) Record(ctx context.Context, hosts []*thinning.Host) {
	groups, series, grouped, beyond := 0, 0, 0, 0
	for _, h := range hosts {
		c := h.Chooser().(*chooser)
		groups += len(c.table.groups)
		grouped += c.grouped
		beyond += c.beyond
		series += seriesOf(h.Scrape().Ledger)
	}
	s.builder.ProcessorProcessgroupGroups.Record(ctx, int64(groups), s.self)
	s.builder.ProcessorProcessgroupSeriesGroups.Record(ctx, int64(series), s.self)
	s.builder.ProcessorProcessgroupProcessesGrouped.Record(ctx, int64(grouped), s.self)
	s.builder.ProcessorProcessgroupProcessesBeyond.Record(ctx, int64(beyond), s.self)
	if beyond > 0 {
		s.warning.Do(func() {
			s.log.Warn("more groups than max_groups; the processes of those beyond are part of _other_. Group by an attribute with fewer values, or raise max_groups",
				zap.Int("max_groups", s.cfg.MaxGroups), zap.Int("processes", beyond))
		})
	}
}

// seriesOf is how many series the groups of a host have, their counts included.
func seriesOf(l *process.Ledger) (n int) {
	for part, rest := range l.Parts() {
		if known := rest.KnownSeries(); part > 0 && known > 0 {
			n += known + 1
		}
	}
	return n
}
