package seriesmeter

import (
	"context"
	"math/bits"
	"time"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// ranks are what shares are measured by, in the order of the constants.
var ranks = []string{"cpu", "memory", "disk_io"}

const (
	rankCPU = iota
	rankMemory
	rankIO
	noRank = -1
)

// stateLimit is how many processes an input meter remembers. Beyond it the
// comparison of totals is not exact.
const stateLimit = 1_000_000

// inputMeter measures every process: its reader keeps none, so what its ledger
// calls the rest is the truth.
type inputMeter struct {
	cfg      *Config
	critical critical.List // in place of the configuration's
	matcher  *critical.Matcher
	reader   *processbatch.Reader
	hosts    map[*processbatch.Host]*inputHost
	calls    int
}

type inputHost struct {
	distinct *distinct
	columns  []*seriesSet // by process index
	size     int          // bytes per process, as sampled last
	guard    *critical.Guard
	everRan  []bool // by critical entry
}

func newInputMeter(cfg *Config, matcher *critical.Matcher) *inputMeter {
	return &inputMeter{
		cfg: cfg, critical: cfg.Critical, matcher: matcher, hosts: map[*processbatch.Host]*inputHost{},
		reader: processbatch.NewReader(readerSettings()),
	}
}

func readerSettings() processbatch.Settings {
	return processbatch.Settings{Ranks: ranks, StateLimit: stateLimit, Watch: processbatch.Watch{All: true}}
}

// measure returns a scrape for every host in the batch, and how many points
// the batch has.
func (m *inputMeter) measure(ctx context.Context, md pmetric.Metrics) (scrapes []*inputScrape, points int64) {
	m.calls++
	begun := time.Now()
	b := m.reader.Read(md)
	points = int64(b.PassedPoints() + b.LatePoints())
	for _, h := range b.Hosts() {
		points += int64(h.Received)
		after := h.Ledger.Time()
		s := m.measureHost(ctx, b, h)
		s.after, s.begun = after, begun
		scrapes = append(scrapes, s)
	}
	m.reader.Skip(b)
	for i, h := range b.Hosts() {
		s := scrapes[i]
		s.time = h.Ledger.Time()
		s.record.Time = s.time
		s.truth = make(map[string]measured, 16)
		m.reader.Totals(h, func(t processbatch.Total) {
			s.truth[t.Key] = measured{level: t.Kind != process.Counter, float: t.Float, Amount: t.Value}
		})
	}
	m.sweep()
	return scrapes, points
}

func (m *inputMeter) measureHost(ctx context.Context, b *processbatch.Batch, h *processbatch.Host) *inputScrape {
	state := m.hosts[h]
	if state == nil {
		state = &inputHost{distinct: newDistinct(m.cfg.Window), everRan: make([]bool, len(m.critical)), guard: critical.NewGuard(m.matcher)}
		m.hosts[h] = state
	}
	s := &inputScrape{running: make([]map[int64]bool, len(m.critical))}
	state.distinct.begin(h.Ledger.Now())
	for i := range h.Entries {
		m.measureProcess(ctx, b, h, i, state, s)
	}
	state.guard.Assign(ctx, b, h)
	for entry := range s.running {
		s.running[entry] = pidsOf(h, state.guard.Protected(entry))
	}
	s.record = scraperecord.Record{
		Variant: m.cfg.Variant, Role: scraperecord.RoleInput, Host: h.Name,
		Processes: len(h.Entries), Series: h.Points, Unreadable: s.record.Unreadable,
		Active: h.Points, Distinct: state.distinct.count(), Window: m.cfg.Window.Seconds(),
		Bytes: m.size(b, h, state),
	}
	if m.cfg.Identity == identityPoint {
		s.record.Active = h.Ledger.KnownSeries()
	}
	s.record.Critical = state.states(m.critical, s.running)
	return s
}

func (m *inputMeter) measureProcess(ctx context.Context, b *processbatch.Batch, h *processbatch.Host, i int, state *inputHost, s *inputScrape) {
	e := &h.Entries[i]
	if e.Has&(1<<rankIO) == 0 {
		s.record.Unreadable++
	}
	p := e.Process
	if p == nil {
		return
	}
	if p.Verdict == 0 {
		m.judge(ctx, b, e, state)
	}
	state.distinct.see(state.columns[p.Index()], int(e.Points))
	cpu := h.Used(i, rankCPU, len(ranks))
	s.cpu += cpu
	s.memory += h.Used(i, rankMemory, len(ranks))
	s.io += h.Used(i, rankIO, len(ranks))
	if cpu > 0 {
		name := ""
		if v, ok := b.Resource(e).Attributes().Get("process.executable.name"); ok {
			name = v.Str()
		}
		s.busiest = append(s.busiest, used{int64(p.ID().PID), name, cpu, e.Elapsed})
	}
}

// judge finds the critical entry and the series of a process that is new or
// has changed.
func (m *inputMeter) judge(ctx context.Context, b *processbatch.Batch, e *processbatch.Entry, state *inputHost) {
	p, resource := e.Process, b.Resource(e)
	state.guard.Judge(ctx, p, resource)
	for len(state.columns) <= p.Index() {
		state.columns = append(state.columns, nil)
	}
	state.columns[p.Index()] = state.distinct.set(processbatch.HashAttributes(resource.Attributes(), nil))
}

func pidsOf(h *processbatch.Host, entries []int) map[int64]bool {
	pids := make(map[int64]bool, len(entries))
	for _, i := range entries {
		pids[int64(h.Entries[i].Process.ID().PID)] = true
	}
	return pids
}

func (state *inputHost) states(entries critical.List, running []map[int64]bool) []scraperecord.Critical {
	states := make([]scraperecord.Critical, len(entries))
	for i, e := range entries {
		states[i] = scraperecord.Critical{Name: e.Name, State: scraperecord.StateNeverSeen, Processes: len(running[i])}
		switch {
		case len(running[i]) > 0:
			states[i].State, state.everRan[i] = scraperecord.StateKept, true
		case state.everRan[i]:
			states[i].State = scraperecord.StateNotRunning
		}
	}
	return states
}

// sampleEvery is of how many processes one is sized at each scrape.
const sampleEvery = 64

// size estimates the processes' size as OTLP: the exact size of every 64th,
// another 64th at each scrape, times their number.
func (m *inputMeter) size(b *processbatch.Batch, h *processbatch.Host, state *inputHost) int {
	var marshaler pmetric.ProtoMarshaler
	bytes, n := 0, 0
	for i := m.calls % min(sampleEvery, max(len(h.Entries), 1)); i < len(h.Entries); i += sampleEvery {
		bytes += framed(marshaler.ResourceMetricsSize(b.ResourceMetrics(&h.Entries[i])))
		n++
	}
	if n > 0 {
		state.size = bytes / n
	}
	return state.size * len(h.Entries)
}

// framed is the size of a message of n bytes inside another one: a tag, then
// its length in groups of seven bits.
func framed(n int) int { return 1 + (bits.Len(uint(n)|1)+6)/7 + n }

func (m *inputMeter) sweep() {
	for h := range m.hosts {
		if !m.reader.Knows(h) {
			delete(m.hosts, h)
		}
	}
}
