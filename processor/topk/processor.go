package topk

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/phoenix-platform/phoenix/internal/handover"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// topk translates between the pipeline and the algorithm. Scrapes are handled
// one after the other: the account of a host is a sequence.
type topk struct {
	id        string
	cfg       *Config
	next      consumer.Metrics
	critical  *critical.Matcher
	telemetry *telemetry

	mu     sync.Mutex
	closed bool
	state
}

// state is what outlives a reload of the configuration.
type state struct {
	mode     Mode
	released time.Time // when its processor was shut down
	reader   *processbatch.Reader
	writer   *processbatch.Writer
	hosts    map[*processbatch.Host]*host
	past     map[string]process.History // by name: of hosts whose accounts began anew
}

// states hands the state of a processor over to the one that a reload makes in
// its place.
var states = handover.NewRegistry[state]()

func newProcessor(set processor.Settings, cfg *Config, next consumer.Metrics) (*topk, error) {
	matcher, err := critical.Compile(cfg.Critical, set.TelemetrySettings)
	if err != nil {
		return nil, fmt.Errorf("critical: %w", err)
	}
	tel, err := newTelemetry(set, cfg)
	if err != nil {
		return nil, fmt.Errorf("declare own metrics: %w", err)
	}
	p := &topk{id: set.ID.String(), cfg: cfg, next: next, critical: matcher, telemetry: tel}
	former, ok, err := states.Claim(p.id)
	if err != nil {
		tel.shutdown()
		return nil, err
	}
	switch {
	case !ok:
		p.begin()
	case !p.adopt(former):
		p.begin()
		p.writer.Inherit(former.writer)
		p.past = former.histories(func(*processbatch.Host) bool { return false })
	}
	return p, nil
}

// begin starts with nothing.
func (p *topk) begin() {
	reader := processbatch.NewReader(p.readerSettings())
	p.state = state{
		mode: p.cfg.Mode, reader: reader, hosts: map[*processbatch.Host]*host{},
		writer: processbatch.NewWriter(reader, p.writerSettings()),
	}
}

// adopt goes on with the state of the processor before; false if it cannot: to
// observe is to write every process as it came, after which nothing that was
// given to _other_ is still its.
func (p *topk) adopt(former state) bool {
	if former.mode != p.cfg.Mode || former.reader.Tracked() > p.cfg.StateLimit || !former.writer.Configure(p.writerSettings()) {
		return false
	}
	p.state = former
	p.reader.Configure(p.readerSettings())
	p.reader.Resume(time.Since(former.released))
	p.past = p.histories(p.reader.Knows)
	for _, h := range p.hosts {
		h.configure(p.cfg, p.critical)
	}
	return true
}

// histories collects those of the hosts that are not known any more, and of
// those that were not met again yet.
func (s *state) histories(known func(*processbatch.Host) bool) map[string]process.History {
	past := map[string]process.History{}
	for in, h := range s.hosts {
		if !known(in) {
			past[in.Name] = h.history
		}
	}
	for name, history := range s.past {
		if _, newer := past[name]; !newer && len(past) < processbatch.MaxHosts {
			past[name] = history
		}
	}
	return past
}

func (p *topk) readerSettings() processbatch.Settings {
	var watch processbatch.Watch
	watch.Keys, watch.All = p.critical.Attributes()
	watch.Keys = append(watch.Keys, p.cfg.RankGroup...)
	return processbatch.Settings{
		Ranks: rankNames(p.cfg.RankBy), Watch: watch, StateLimit: p.cfg.StateLimit, Admit: p.admit,
	}
}

func (p *topk) writerSettings() processbatch.WriterSettings {
	s := processbatch.WriterSettings{Drop: p.cfg.DropAttributes, Raw: p.cfg.Counters == countersRaw}
	if p.cfg.Other.Enabled {
		s.Other = p.cfg.Other.Name
	}
	return s
}

func rankNames(ranks []Rank) []string {
	names := make([]string, len(ranks))
	for i, r := range ranks {
		names[i] = r.Metric
	}
	return names
}

// Start has nothing to start: the processor works when it is called.
func (*topk) Start(context.Context, component.Host) error { return nil }

// Shutdown leaves the state to the processor that a reload may make.
func (p *topk) Shutdown(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed, p.released = true, time.Now()
		p.telemetry.shutdown()
		states.Release(p.id, p.state)
		p.state = state{}
	}
	return nil
}

// Capabilities says that batches are only read, so that no fan-out has to
// clone them.
func (*topk) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics thins one batch.
func (p *topk) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	out, err := p.thin(ctx, md)
	if err != nil {
		return err
	}
	if out.ResourceMetrics().Len() == 0 && md.ResourceMetrics().Len() > 0 {
		return nil // everything was late
	}
	return p.next.ConsumeMetrics(ctx, out)
}

// errClosed is returned to who sends a batch after Shutdown.
var errClosed = errors.New("topk was shut down and takes no more batches")

func (p *topk) thin(ctx context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return pmetric.Metrics{}, errClosed
	}
	begin := time.Now()
	batch := p.reader.Read(md)
	r := report{
		passed: batch.PassedPoints(), late: batch.LatePoints(), extra: batch.ExtraPoints(),
		hosts: len(batch.Hosts()), tracked: p.reader.Tracked(),
	}
	for _, h := range batch.Hosts() {
		p.decide(ctx, batch, h, &r)
	}
	var out pmetric.Metrics
	if p.cfg.Mode == modeObserve || (len(batch.Hosts()) == 0 && r.late == 0) {
		var ended int
		out, ended = p.writer.Pass(batch)
		r.written = r.received + r.late + ended
	} else {
		var result processbatch.Result
		out, result = p.writer.Write(batch)
		r.wrote(result)
		r.waiting = p.writer.Waiting(batch)
	}
	p.sweepHosts()
	p.telemetry.record(ctx, &r, time.Since(begin))
	return out, nil
}

// decide marks the processes of one host that are kept.
func (p *topk) decide(ctx context.Context, batch *processbatch.Batch, in *processbatch.Host, r *report) {
	h := p.host(in)
	h.match(ctx, batch)
	choices := h.choose()
	reserved := p.writer.OtherPoints(in)
	in.WithholdOther = p.cfg.MaxSeries > 0 && reserved > p.cfg.MaxSeries
	if in.WithholdOther {
		reserved = 0
	}
	kept, exceeded := fit(choices, p.cfg.MaxSeries, reserved)
	for _, c := range choices[:kept] {
		in.Entries[c.entry].Keep = true
	}
	h.hold(choices[:kept])
	transitions := h.transitions(batch, choices, kept)
	r.add(in, h, choices[:kept], exceeded)
	r.changed(transitions)
	p.telemetry.explain(in, transitions)
	p.telemetry.warn(in, h, exceeded, p.cfg)
}

func (p *topk) host(in *processbatch.Host) *host {
	h := p.hosts[in]
	if h != nil {
		return h
	}
	h = newHost(in, p.cfg, p.critical)
	h.history = p.past[in.Name]
	delete(p.past, in.Name)
	p.hosts[in] = h
	return h
}

// sweepHosts forgets the hosts that the reader forgot.
func (p *topk) sweepHosts() {
	if len(p.hosts) <= p.reader.Hosts() {
		return
	}
	for in := range p.hosts {
		if !p.reader.Knows(in) {
			delete(p.hosts, in)
		}
	}
}

// admit makes room for a critical process when state_limit is reached: of its
// own host if that has somebody to forget who is not kept, else of another one.
// Who is kept is forgotten last.
func (p *topk) admit(batch *processbatch.Batch, in *processbatch.Host, resource pcommon.Resource, id process.ID) bool {
	ctx, own := context.Background(), p.host(in)
	if !own.guard.Admits(ctx, resource, id) {
		return false
	}
	hosts := []*host{own}
	for other, h := range p.hosts {
		if h != own && p.reader.Knows(other) {
			hosts = append(hosts, h)
		}
	}
	slices.SortFunc(hosts[1:], func(a, b *host) int { return strings.Compare(a.in.Name, b.in.Name) })
	for _, evenKept := range []bool{false, true} {
		for _, h := range hosts {
			if h.forgetLowest(ctx, batch, evenKept) {
				return true
			}
		}
	}
	return false
}

// Explain returns the transitions of a host that a query picks, the latest
// first. The host is named as its resource names it: host.id, else host.name,
// else empty.
func (p *topk) Explain(hostName string, q process.Query, now time.Time) []process.Transition {
	p.mu.Lock()
	defer p.mu.Unlock()
	for in, h := range p.hosts {
		if in.Name == hostName {
			return h.history.Find(q, now.UnixNano())
		}
	}
	past := p.past[hostName]
	return past.Find(q, now.UnixNano())
}
