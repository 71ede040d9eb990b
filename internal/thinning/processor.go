package thinning

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/live"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// Processor translates between the pipeline and the choice. Scrapes are handled
// one after the other: the account of a host is a sequence.
type Processor struct {
	id        string
	set       processor.Settings
	settings  Settings
	strategy  Strategy
	next      consumer.Metrics
	critical  *critical.Matcher
	telemetry *telemetry

	unregister func() // from the extension that changes come from

	mu     sync.Mutex
	closed bool
	state
}

// New returns the processor that a strategy makes of settings which are valid.
// The error names what the processor could not be made of, or another pipeline
// that has a processor with this id.
func New(set processor.Settings, s Settings, strategy Strategy, instruments Instruments, next consumer.Metrics) (*Processor, error) {
	matcher, err := critical.Compile(s.Critical, set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("critical: %w", err)
	}
	p := &Processor{
		id: set.ID.String(), set: set, settings: s, strategy: strategy, next: next,
		critical: matcher, telemetry: newTelemetry(set, instruments), unregister: func() {},
	}
	p.telemetry.watch(nil, s.Critical)
	if err := p.claim(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Processor) readerSettings() processbatch.Settings {
	watch := p.strategy.Watch()
	keys, all := p.critical.Attributes()
	watch.Keys, watch.All = append(keys, watch.Keys...), watch.All || all
	return processbatch.Settings{
		Ranks: p.strategy.Metrics(), Watch: watch, StateLimit: p.settings.StateLimit, Admit: p.admit,
		Divide: p.divide,
	}
}

func (p *Processor) writerSettings() processbatch.WriterSettings {
	s := processbatch.WriterSettings{
		Drop: p.settings.DropAttributes, Raw: p.settings.Counters == Raw, Describe: p.describe,
	}
	if p.settings.Other.Enabled {
		s.Other = p.settings.Other.Name
	}
	return s
}

func (p *Processor) divide(in *processbatch.Host, resource pcommon.Resource, of *process.Process) process.Part {
	if d, ok := p.host(in).chooser.(Divider); ok {
		return d.Divide(of, resource)
	}
	return 0
}

func (p *Processor) describe(in *processbatch.Host, part process.Part, attrs pcommon.Map) {
	if d, ok := p.host(in).chooser.(Divider); ok {
		d.Describe(part, attrs)
	}
}

// ID returns the component id.
func (p *Processor) ID() string { return p.id }

// Start lets changes come. There is nothing else to start: the processor works
// when it is called.
func (p *Processor) Start(_ context.Context, host component.Host) error {
	p.unregister = live.Register(host, p.set.ID, p)
	return nil
}

// Shutdown leaves the state to the processor that a reload may make.
func (p *Processor) Shutdown(context.Context) error {
	p.unregister()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.released = true, time.Now()
		states.Release(p.id, p.state)
		p.state = state{}
	}
	return nil
}

// Capabilities says that batches are only read, so that no fan-out has to
// clone them.
func (*Processor) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics thins one batch.
func (p *Processor) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	out, err := p.thin(ctx, md)
	if err != nil {
		return err
	}
	if out.ResourceMetrics().Len() == 0 && md.ResourceMetrics().Len() > 0 {
		return nil // everything was late
	}
	return p.next.ConsumeMetrics(ctx, out)
}

// ErrClosed is returned to who sends a batch after Shutdown.
var ErrClosed = errors.New("was shut down and takes no more batches")

func (p *Processor) thin(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return pmetric.Metrics{}, fmt.Errorf("%s %w", p.id, ErrClosed)
	}
	begin := time.Now()
	batch := p.reader.Read(md)
	if o, ok := p.strategy.(Observer); ok {
		o.Observe(batch)
	}
	r := report{
		passed: batch.PassedPoints(), late: batch.LatePoints(), extra: batch.ExtraPoints(),
		hosts: len(batch.Hosts()), tracked: p.reader.Tracked(),
	}
	hosts := make([]*Host, 0, len(batch.Hosts()))
	for _, in := range batch.Hosts() {
		h := p.host(in)
		hosts = append(hosts, h)
		p.decide(ctx, batch, h, &r)
	}
	out := p.write(batch, &r)
	p.sweepHosts()
	p.telemetry.record(ctx, &r, time.Since(begin))
	if own, ok := p.strategy.(Recorder); ok && r.hosts > 0 {
		own.Record(ctx, hosts)
	}
	return out, nil
}

// decide marks the processes of one host that are kept.
func (p *Processor) decide(ctx context.Context, batch *processbatch.Batch, h *Host, r *report) {
	in, ceiling := h.scrape.Host, p.settings.MaxSeries
	h.match(ctx, batch)
	choices := h.choose()
	reserved := p.writer.OtherPoints(in)
	in.WithholdOther = ceiling > 0 && reserved > ceiling
	if in.WithholdOther {
		reserved = 0
	}
	kept, exceeded := fit(choices, ceiling, reserved)
	for _, c := range choices[:kept] {
		in.Entries[c.Entry].Keep = true
	}
	h.chooser.Kept(&h.scrape, choices[:kept])
	transitions := h.transitions(batch, choices, kept)
	r.add(h, choices[:kept], exceeded)
	r.changed(transitions)
	p.telemetry.explain(in, transitions)
	p.telemetry.warn(h, exceeded, p.settings)
}

func (p *Processor) host(in *processbatch.Host) *Host {
	h := p.hosts[in]
	if h != nil {
		return h
	}
	h = newHost(in, p)
	h.history = p.past[in.Name]
	delete(p.past, in.Name)
	p.hosts[in] = h
	return h
}

// sweepHosts forgets the hosts that the reader forgot.
func (p *Processor) sweepHosts() {
	if len(p.hosts) <= p.reader.Hosts() {
		return
	}
	for in := range p.hosts {
		if !p.reader.Knows(in) {
			delete(p.hosts, in)
		}
	}
}

// Hosts returns the hosts that are kept account of, sorted by name.
func (p *Processor) Hosts() []*Host {
	p.mu.Lock()
	defer p.mu.Unlock()
	byName := func(a, b *Host) int { return strings.Compare(a.scrape.Name, b.scrape.Name) }
	return slices.SortedFunc(maps.Values(p.hosts), byName)
}
