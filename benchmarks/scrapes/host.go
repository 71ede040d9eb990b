package scrapes

import (
	"math/rand/v2"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	// interval is the time between two scrapes, nanoseconds.
	interval = int64(10e9)
	// reading is how long the scraper takes for one process, and slowest for
	// all: each process is stamped with the moment it was read.
	reading = int64(200e3)
	slowest = int64(2e9)
	// begin is the time of the first scrape, nanoseconds since the epoch.
	begin = int64(1.8e18)
)

// Settings says what host to simulate.
type Settings struct {
	// Processes is how many there are in every scrape: at least Busy + Large.
	Processes int
	// Churn is the part of them that ends from scrape to scrape; as many begin.
	Churn float64
}

// Host is one simulated host. The same settings give the same scrapes.
type Host struct {
	settings  Settings
	rng       *rand.Rand
	batch     pmetric.Metrics
	processes []*process // in the order of the batch's resources
	pid       int64      // the greatest given so far
	scrapes   int64
	used      [len(Series)]Amount // counters: growth since the first scrape
}

// NewHost returns a host that has not been scraped yet.
func NewHost(s Settings) *Host {
	h := &Host{settings: s, rng: rand.New(rand.NewPCG(7, 11)), batch: pmetric.NewMetrics()}
	h.batch.ResourceMetrics().EnsureCapacity(s.Processes)
	// Heavy ones are spread over the host.
	every := max(s.Processes/(Busy+Large), 1)
	for i := range s.Processes {
		age := int64(1e12) + h.rng.Int64N(1e15)
		n := i / every
		h.pid += 1 + h.rng.Int64N(3)
		switch {
		case i%every != 0 || n >= Busy+Large:
			h.add(newBackground(h.rng, h.pid, begin, age))
		case n%2 == 0:
			h.add(newBusy(h.rng, h.pid, begin, age, n/2))
		default:
			h.add(newLarge(h.rng, h.pid, begin, age, n/2))
		}
	}
	return h
}

// Points is how many data points every scrape has.
func (h *Host) Points() int { return h.settings.Processes * PointsPerProcess }

// Next lets time pass and returns the scrape after it. It is the same batch
// each time, changed in place: whoever keeps a former one has to copy it.
func (h *Host) Next() pmetric.Metrics {
	if h.scrapes++; h.scrapes > 1 {
		h.end()
		h.work()
		h.begin()
	}
	now := begin + (h.scrapes-1)*interval
	step := min(reading, slowest/int64(len(h.processes)))
	for i, p := range h.processes {
		p.write(h.batch.ResourceMetrics().At(i), now+int64(i)*step)
	}
	return h.batch
}

// work lets every process run until the next scrape.
func (h *Host) work() {
	for _, p := range h.processes {
		if !p.active {
			continue
		}
		before := p.amounts()
		p.work(h.rng, float64(interval)/1e9)
		after := p.amounts()
		for i := range counters {
			h.used[i] = h.used[i].plus(after[i].minus(before[i]))
		}
	}
}

// end lets as many processes end as the churn says; heavy ones stay.
func (h *Host) end() {
	ended := map[int]bool{}
	for range int(h.settings.Churn * float64(h.settings.Processes)) {
		if i := h.rng.IntN(len(h.processes)); h.processes[i].owner != HeavyOwner {
			ended[i] = true
		}
	}
	if len(ended) == 0 {
		return
	}
	i := -1
	h.batch.ResourceMetrics().RemoveIf(func(pmetric.ResourceMetrics) bool {
		i++
		return ended[i]
	})
	live := h.processes[:0]
	for i, p := range h.processes {
		if !ended[i] {
			live = append(live, p)
		}
	}
	clear(h.processes[len(live):])
	h.processes = live
}

// begin lets new processes take the place of those that ended. All they have
// used, they used since the scrape before.
func (h *Host) begin() {
	now := begin + (h.scrapes-1)*interval
	for len(h.processes) < h.settings.Processes {
		h.pid += 1 + h.rng.Int64N(3)
		p := newBackground(h.rng, h.pid, now, interval/2+h.rng.Int64N(interval/2))
		h.add(p)
		for i, v := range p.amounts() {
			if i < counters {
				h.used[i] = h.used[i].plus(v)
			}
		}
	}
}

// Truth returns what every series of the host is, all processes together:
// for a counter its growth since the first scrape, else its value now.
func (h *Host) Truth() map[string]Amount {
	truth := map[string]Amount{}
	for i := range counters {
		truth[Series[i]] = h.used[i]
	}
	for _, p := range h.processes {
		for i, v := range p.amounts() {
			if i >= counters {
				truth[Series[i]] = truth[Series[i]].plus(v)
			}
		}
	}
	return truth
}

// Heavy returns the PIDs of the processes that use much.
func (h *Host) Heavy() map[int64]bool {
	heavy := map[int64]bool{}
	for _, p := range h.processes {
		if p.owner == HeavyOwner {
			heavy[p.pid] = true
		}
	}
	return heavy
}

// add gives a process a resource, with everything but times and values.
func (h *Host) add(p *process) {
	h.processes = append(h.processes, p)
	rm := h.batch.ResourceMetrics().AppendEmpty()
	rm.SetSchemaUrl("https://opentelemetry.io/schemas/1.43.0")
	p.describe(rm.Resource().Attributes())
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/processscraper")
	sm.Scope().SetVersion("0.160.0")
	sm.Metrics().EnsureCapacity(len(kinds))
	for _, k := range kinds {
		k.describe(sm.Metrics().AppendEmpty(), p.start)
	}
}

// describe writes the attributes in the scraper's order. Every text is a copy
// of its own, as it is when read from /proc.
func (p *process) describe(attrs pcommon.Map) {
	attrs.PutInt("process.pid", p.pid)
	attrs.PutInt("process.parent_pid", 1)
	attrs.PutStr("process.executable.name", strings.Clone(p.program.name()))
	attrs.PutStr("process.executable.path", strings.Clone(p.program.path))
	attrs.PutStr("process.command", strings.Clone(p.program.path))
	attrs.PutStr("process.command_line", p.commandLine())
	attrs.PutStr("process.owner", strings.Clone(p.owner))
}

func (k *kind) describe(m pmetric.Metric, start int64) {
	m.SetName(k.name)
	m.SetDescription(k.description)
	m.SetUnit(k.unit)
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(k.counter)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	sum.DataPoints().EnsureCapacity(len(k.values))
	for _, v := range k.values {
		dp := sum.DataPoints().AppendEmpty()
		dp.SetStartTimestamp(pcommon.Timestamp(start))
		if k.key != "" {
			dp.Attributes().PutStr(k.key, v)
		}
	}
}

// write puts a process's values and the time it was read into its resource.
// Values that are there already stay: setting one allocates.
func (p *process) write(rm pmetric.ResourceMetrics, at int64) {
	ms := rm.ScopeMetrics().At(0).Metrics()
	amounts := p.amounts()
	n := 0
	for i := range kinds {
		dps := ms.At(i).Sum().DataPoints()
		for j := range dps.Len() {
			dp := dps.At(j)
			dp.SetTimestamp(pcommon.Timestamp(at))
			set(dp, amounts[n], kinds[i].float)
			n++
		}
	}
}

func set(dp pmetric.NumberDataPoint, v Amount, float bool) {
	empty := dp.ValueType() == pmetric.NumberDataPointValueTypeEmpty
	switch {
	case float && (empty || dp.DoubleValue() != v.Float):
		dp.SetDoubleValue(v.Float)
	case !float && (empty || dp.IntValue() != v.Int):
		dp.SetIntValue(v.Int)
	}
}
