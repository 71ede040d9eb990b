package topk

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/processor/topk/internal/metadata"
)

// missingAfter is after how many scrapes a rank metric that none of them had
// is reported.
const missingAfter = 3

// Transitions are logged up to this rate.
const (
	transitionsPerSecond = 10
	transitionsAtOnce    = 250
)

// report is what one batch is told about in the processor's own metrics.
type report struct {
	passed, received     int // points of other resources, and of processes
	in, kept, other      int // series
	written              int // points of processes that go on
	processesKept        int
	tracked, late, split int
	hosts, extra         int // hosts in the batch; points of hosts beyond the limit
	exceeded             int
	began, ceased        int
	critical, over       map[string]int
	missing              map[string]bool
	faults               process.Faults
	unknown, notAdditive int
	waiting              map[string]float64
}

// add takes the decisions on one host into the report.
func (r *report) add(in *processbatch.Host, h *host, kept []choice, exceeded int) {
	r.received += in.Received
	r.in += in.Points
	r.exceeded += exceeded
	r.processesKept += len(kept)
	r.unknown += in.Unknown
	if in.Ledger.InPieces() {
		r.split++
	}
	for _, c := range kept {
		r.kept += c.points
		if c.rule == ruleCritical {
			count(&r.critical, c.subject, 1)
		}
	}
	for i, e := range h.entries {
		count(&r.over, e.Name, h.guard.Over(i))
		count(&r.critical, e.Name, 0)
	}
	for m, seen := range h.seen {
		if r.missing == nil {
			r.missing = map[string]bool{}
		}
		elsewhere, counted := r.missing[h.names[m]]
		r.missing[h.names[m]] = (elsewhere || !counted) && !seen && h.scrapes >= missingAfter
	}
	f := in.Ledger.Faults
	r.faults.Bad += f.Bad
	r.faults.Dips += f.Dips
	r.faults.Resets += f.Resets
	r.faults.Duplicates += f.Duplicates
	r.faults.Untracked += f.Untracked
	r.faults.Overflow += f.Overflow
}

func count(m *map[string]int, name string, n int) {
	if *m == nil {
		*m = map[string]int{}
	}
	(*m)[name] += n
}

func (r *report) changed(transitions []process.Transition) {
	for _, t := range transitions {
		if t.Kept {
			r.began++
		} else {
			r.ceased++
		}
	}
}

// wrote takes the result into the report.
func (r *report) wrote(w processbatch.Result) {
	r.kept, r.other, r.notAdditive = w.KeptPoints, w.OtherPoints, w.PlainDropped
	r.written = w.KeptPoints + w.OtherPoints + w.Ended
}

// telemetry is the processor's own metrics and log records.
type telemetry struct {
	log         *zap.Logger
	builder     *metadata.TelemetryBuilder
	id          attribute.KeyValue
	self        metric.MeasurementOption
	items       metric.MeasurementOption
	transitions *rate.Limiter
	withheld    int
	oncePer     map[string]*rate.Sometimes
	reported    map[string]bool // rank metrics reported missing
}

func newTelemetry(set processor.Settings, cfg *Config) (*telemetry, error) {
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	id := attribute.String("processor", set.ID.String())
	t := &telemetry{
		log: set.Logger, builder: builder, id: id,
		self:        metric.WithAttributeSet(attribute.NewSet(id)),
		items:       metric.WithAttributeSet(attribute.NewSet(id, attribute.String("otel.signal", "metrics"))),
		transitions: rate.NewLimiter(transitionsPerSecond, transitionsAtOnce),
		oncePer:     map[string]*rate.Sometimes{}, reported: map[string]bool{},
	}
	for _, e := range cfg.Critical {
		if pathless(e.Conditions) {
			t.log.Warn("a critical entry matches by what any local user can choose, as the name or the command line; add a condition on process.owner or process.executable.path",
				zap.String("critical", e.Name), zap.Int("max_processes", e.Limit()))
		}
	}
	return t, nil
}

func (t *telemetry) shutdown() { t.builder.Shutdown() }

func (t *telemetry) with(key, value string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(t.id, attribute.String(key, value)))
}

// record writes the metrics of one batch.
func (t *telemetry) record(ctx context.Context, r *report, took time.Duration) {
	b := t.builder
	b.ProcessorIncomingItems.Add(ctx, int64(r.passed+r.received+r.late+r.extra), t.items)
	b.ProcessorOutgoingItems.Add(ctx, int64(r.passed+r.written), t.items)
	b.ProcessorTopkDecisionDuration.Record(ctx, took.Seconds(), t.self)
	b.ProcessorTopkProcessesTracked.Record(ctx, int64(r.tracked), t.self)
	b.ProcessorTopkLatePoints.Add(ctx, int64(r.late), t.self)
	b.ProcessorTopkSplitScrapes.Add(ctx, int64(r.split), t.self)
	t.recordFaults(ctx, r)
	if r.hosts == 0 { // the latest scrape is still that of a batch before
		return
	}
	b.ProcessorTopkSeriesIn.Record(ctx, int64(r.in), t.self)
	b.ProcessorTopkSeriesKept.Record(ctx, int64(r.kept), t.self)
	b.ProcessorTopkSeriesOther.Record(ctx, int64(r.other), t.self)
	b.ProcessorTopkProcessesKept.Record(ctx, int64(r.processesKept), t.self)
	b.ProcessorTopkBudgetExceeded.Record(ctx, int64(r.exceeded), t.self)
	b.ProcessorTopkMembershipChanges.Add(ctx, int64(r.began), t.with("direction", "kept"))
	b.ProcessorTopkMembershipChanges.Add(ctx, int64(r.ceased), t.with("direction", "other"))
	for name, n := range r.critical {
		b.ProcessorTopkCriticalKept.Record(ctx, int64(n), t.with("critical", name))
		b.ProcessorTopkCriticalOverLimit.Record(ctx, int64(r.over[name]), t.with("critical", name))
	}
	for name, v := range r.waiting {
		b.ProcessorTopkWaiting.Record(ctx, v, t.with("metric", name))
	}
	t.recordMissing(ctx, r)
}

// recordMissing reports the rank metrics that nothing could be ranked by, with
// one log line each.
func (t *telemetry) recordMissing(ctx context.Context, r *report) {
	for name, missing := range r.missing {
		value := int64(0)
		if missing {
			value = 1
		}
		t.builder.ProcessorTopkRankMetricMissing.Record(ctx, value, t.with("metric", name))
		if missing && !t.reported[name] {
			t.log.Warn("a rank metric was in none of the scrapes so far, nothing is kept by it; enable it in the receiver, or correct rank_by",
				zap.String("metric", name), zap.Int("scrapes", missingAfter))
		}
		t.reported[name] = missing
	}
}

func (t *telemetry) recordFaults(ctx context.Context, r *report) {
	for reason, n := range map[string]int{
		"not_a_number":     r.faults.Bad,
		"dip":              r.faults.Dips,
		"reset":            r.faults.Resets,
		"duplicate":        r.faults.Duplicates,
		"untracked":        r.faults.Untracked + r.extra,
		"state_limit":      r.faults.Overflow,
		"no_creation_time": r.unknown,
		"not_additive":     r.notAdditive,
	} {
		// 0 as well: whoever watches the rate is to see the first one.
		t.builder.ProcessorTopkBadValues.Add(ctx, int64(n), t.with("reason", reason))
	}
}

// explain logs each transition, up to a rate.
func (t *telemetry) explain(in *processbatch.Host, transitions []process.Transition) {
	for _, c := range transitions {
		if !t.transitions.Allow() {
			t.withheld++
			continue
		}
		t.log.Info("process transition",
			zap.String("host", in.Name), zap.Int32("pid", c.ID.PID), zap.String("name", c.Name),
			zap.Bool("kept", c.Kept), zap.String("rule", c.Rule), zap.String("subject", c.Subject),
			zap.Float64("value", c.Value), zap.Int("rank", c.Rank), zap.Float64("threshold", c.Threshold),
			zap.Int("withheld", t.withheld))
		t.withheld = 0
	}
}

// warn logs, at most once a minute each, what the user should change.
func (t *telemetry) warn(in *processbatch.Host, h *host, exceeded int, cfg *Config) {
	if exceeded > 0 {
		t.perMinute("ceiling", "critical processes alone exceed max_series; raise it, or narrow the conditions",
			zap.Int("max_series", cfg.MaxSeries), zap.Int("exceeded_by", exceeded))
	}
	if in.WithholdOther {
		t.perMinute("other", "max_series leaves no room for _other_, which is withheld; raise max_series",
			zap.Int("max_series", cfg.MaxSeries))
	}
	if in.Ledger.InPieces() {
		t.perMinute("pieces", "the processes of a host come in pieces; put this processor at the host, before anything that batches",
			zap.String("host", in.Name))
	}
	if in.Ledger.Faults.Overflow > 0 {
		t.perMinute("limit", "more processes than state_limit; those beyond it add to the levels of _other_ only",
			zap.Int("state_limit", cfg.StateLimit), zap.Int("beyond", in.Ledger.Faults.Overflow))
	}
	for i, e := range h.entries {
		if n := h.guard.Over(i); n > 0 {
			t.perMinute("critical "+e.Name, "more processes meet a critical entry than it protects; those beyond rank like any other, unless a later entry protects them. Match on process.owner or process.executable.path too, or raise max_processes",
				zap.String("critical", e.Name), zap.Int("max_processes", e.Limit()), zap.Int("beyond", n))
		}
	}
}

func (t *telemetry) perMinute(key, message string, fields ...zap.Field) {
	once := t.oncePer[key]
	if once == nil {
		once = &rate.Sometimes{Interval: time.Minute}
		t.oncePer[key] = once
	}
	once.Do(func() { t.log.Warn(message, fields...) })
}

// pathless reports whether conditions look at nothing but what a process
// chooses for itself.
func pathless(conditions []string) bool {
	all := strings.Join(conditions, " ")
	for _, firm := range []string{"process.owner", "process.executable.path", "process.cgroup", "process.linux.cgroup"} {
		if strings.Contains(all, firm) {
			return false
		}
	}
	return true
}
