package thinning

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// Transitions are logged up to this rate.
const (
	transitionsPerSecond = 10
	transitionsAtOnce    = 250
)

// Instruments are the own metrics that the components have in common, under
// names of their own. All are needed, but for those of what a component cannot
// have.
type Instruments struct {
	IncomingItems, OutgoingItems metric.Int64Counter

	SeriesIn, SeriesKept, SeriesOther metric.Int64Gauge
	ProcessesKept, ProcessesTracked   metric.Int64Gauge
	CriticalKept, CriticalOverLimit   metric.Int64Gauge   // by critical
	BudgetExceeded                    metric.Int64Gauge   // nil without a ceiling
	MetricMissing                     metric.Int64Gauge   // by metric; nil if nothing is measured
	Waiting                           metric.Float64Gauge // by metric
	BadValues                         metric.Int64Counter // by reason
	LatePoints, SplitScrapes          metric.Int64Counter
	MembershipChanges                 metric.Int64Counter // by direction
	DecisionDuration                  metric.Float64Histogram
}

// telemetry is the processor's own metrics and log records.
type telemetry struct {
	Instruments
	log         *zap.Logger
	id          attribute.KeyValue
	self        metric.MeasurementOption
	items       metric.MeasurementOption
	transitions *rate.Limiter
	withheld    int
	oncePer     map[string]*rate.Sometimes
	reported    map[string]bool // metrics reported missing
}

func newTelemetry(set processor.Settings, instruments Instruments) *telemetry {
	id := attribute.String("processor", set.ID.String())
	return &telemetry{
		Instruments: instruments, log: set.Logger, id: id,
		self:        metric.WithAttributeSet(attribute.NewSet(id)),
		items:       metric.WithAttributeSet(attribute.NewSet(id, attribute.String("otel.signal", "metrics"))),
		transitions: rate.NewLimiter(transitionsPerSecond, transitionsAtOnce),
		oncePer:     map[string]*rate.Sometimes{}, reported: map[string]bool{},
	}
}

// watch takes note of other critical entries: of those that are new it says
// which match too easily, and of those that are gone that they keep nobody.
func (t *telemetry) watch(former, entries critical.List) {
	for _, e := range entries {
		if pathless(e.Conditions) && !has(former, e) {
			t.log.Warn("a critical entry matches by what any local user can choose, as the name or the command line; add a condition on process.owner or process.executable.path",
				zap.String("critical", e.Name), zap.Int("max_processes", e.Limit()))
		}
	}
	for _, e := range former {
		if slices.ContainsFunc(entries, func(o critical.Entry) bool { return o.Name == e.Name }) {
			continue
		}
		delete(t.oncePer, aboutCritical+e.Name)
		t.CriticalKept.Record(context.Background(), 0, t.with("critical", e.Name))
		t.CriticalOverLimit.Record(context.Background(), 0, t.with("critical", e.Name))
	}
}

func has(list critical.List, e critical.Entry) bool {
	return slices.ContainsFunc(list, func(o critical.Entry) bool {
		return o.Name == e.Name && slices.Equal(o.Conditions, e.Conditions)
	})
}

func (t *telemetry) with(key, value string) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(t.id, attribute.String(key, value)))
}

// record writes the metrics of one batch.
func (t *telemetry) record(ctx context.Context, r *report, took time.Duration) {
	t.IncomingItems.Add(ctx, int64(r.passed+r.received+r.late+r.extra), t.items)
	t.OutgoingItems.Add(ctx, int64(r.passed+r.written), t.items)
	t.DecisionDuration.Record(ctx, took.Seconds(), t.self)
	t.ProcessesTracked.Record(ctx, int64(r.tracked), t.self)
	t.LatePoints.Add(ctx, int64(r.late), t.self)
	t.SplitScrapes.Add(ctx, int64(r.split), t.self)
	t.recordFaults(ctx, r)
	if r.hosts > 0 { // else the latest scrape is still that of a batch before
		t.recordScrape(ctx, r)
	}
}

func (t *telemetry) recordScrape(ctx context.Context, r *report) {
	t.SeriesIn.Record(ctx, int64(r.in), t.self)
	t.SeriesKept.Record(ctx, int64(r.kept), t.self)
	t.SeriesOther.Record(ctx, int64(r.other), t.self)
	t.ProcessesKept.Record(ctx, int64(r.processesKept), t.self)
	if t.BudgetExceeded != nil {
		t.BudgetExceeded.Record(ctx, int64(r.exceeded), t.self)
	}
	t.MembershipChanges.Add(ctx, int64(r.began), t.with("direction", "kept"))
	t.MembershipChanges.Add(ctx, int64(r.ceased), t.with("direction", "other"))
	for name, n := range r.critical {
		t.CriticalKept.Record(ctx, int64(n), t.with("critical", name))
		t.CriticalOverLimit.Record(ctx, int64(r.over[name]), t.with("critical", name))
	}
	for name, v := range r.waiting {
		t.Waiting.Record(ctx, v, t.with("metric", name))
	}
	t.recordMissing(ctx, r)
}

// recordMissing reports the metrics that nothing could be chosen by, with one
// log line each.
func (t *telemetry) recordMissing(ctx context.Context, r *report) {
	for name, missing := range r.missing {
		value := int64(0)
		if missing {
			value = 1
		}
		t.MetricMissing.Record(ctx, value, t.with("metric", name))
		if missing && !t.reported[name] {
			t.log.Warn("a metric that processes are chosen by was in none of the scrapes so far, nothing is kept by it; enable it in the receiver, or do not choose by it",
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
		t.BadValues.Add(ctx, int64(n), t.with("reason", reason))
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
func (t *telemetry) warn(h *Host, exceeded int, s Settings) {
	in := h.scrape.Host
	if exceeded > 0 {
		t.perMinute("ceiling", "critical processes alone exceed max_series; raise it, or narrow the conditions",
			zap.Int("max_series", s.MaxSeries), zap.Int("exceeded_by", exceeded))
	}
	if in.WithholdOther {
		t.perMinute("other", "max_series leaves no room for _other_, which is withheld; raise max_series",
			zap.Int("max_series", s.MaxSeries))
	}
	if in.Ledger.InPieces() {
		t.perMinute("pieces", "the processes of a host come in pieces; put this processor at the host, before anything that batches",
			zap.String("host", in.Name))
	}
	if in.Ledger.Faults.Overflow > 0 {
		t.perMinute("limit", "more processes than state_limit; those beyond it add to the levels of _other_ only",
			zap.Int("state_limit", s.StateLimit), zap.Int("beyond", in.Ledger.Faults.Overflow))
	}
	for i, e := range h.entries {
		if n := h.guard.Over(i); n > 0 {
			t.overLimit(e, n)
		}
	}
}

func (t *telemetry) overLimit(e critical.Entry, beyond int) {
	t.perMinute(aboutCritical+e.Name, "more processes meet a critical entry than it protects; those beyond are treated like any other, unless a later entry protects them. Match on process.owner or process.executable.path too, or raise max_processes",
		zap.String("critical", e.Name), zap.Int("max_processes", e.Limit()), zap.Int("beyond", beyond))
}

// aboutCritical precedes the name of an entry that something is said about.
const aboutCritical = "critical "

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
