package simulation

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// sample is one data point as a backend sees it.
type sample struct {
	series   string // resource, metric and attributes
	metric   string
	pid      int64 // 0: of no single process
	name     string
	time     pcommon.Timestamp
	value    float64
	hasValue bool // it is not the end of a series
}

// samples visits the data points of a batch.
func samples(md pmetric.Metrics, visit func(sample)) {
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes()
		resource := canonical(attrs)
		s := sample{}
		if pid, ok := attrs.Get("process.pid"); ok {
			s.pid = pid.Int()
		}
		if name, ok := attrs.Get("process.executable.name"); ok {
			s.name = name.AsString()
		}
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				s.metric = m.Name()
				for _, dp := range points(m).All() {
					s.series = resource + m.Name() + canonical(dp.Attributes())
					s.time, s.hasValue = dp.Timestamp(), !dp.Flags().NoRecordedValue()
					s.value = dp.DoubleValue()
					if dp.ValueType() == pmetric.NumberDataPointValueTypeInt {
						s.value = float64(dp.IntValue())
					}
					visit(s)
				}
			}
		}
	}
}

// points are those of a metric that has numbers, as all of processes have.
func points(m pmetric.Metric) pmetric.NumberDataPointSlice {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints()
	}
	return pmetric.NewNumberDataPointSlice()
}

// canonical is attributes as text, the same for the same attributes.
func canonical(attrs pcommon.Map) string {
	parts := make([]string, 0, attrs.Len())
	for k, v := range attrs.All() {
		parts = append(parts, k+"\x00"+v.AsString())
	}
	slices.Sort(parts)
	return strings.Join(parts, "\x01") + "\x02"
}

// side is what there was of a scrape on one side.
type side struct {
	processes map[int64]bool
	series    map[string]bool
	points    int
}

func newSide() *side { return &side{processes: map[int64]bool{}, series: map[string]bool{}} }

func (s *side) add(p sample) {
	s.points++
	if !p.hasValue {
		return
	}
	s.series[p.series] = true
	if p.pid != 0 {
		s.processes[p.pid] = true
	}
}

// account compares what went in with what came out.
func account(scrapes, batches []pmetric.Metrics, why reasons) (Result, error) {
	in, last, all := input(scrapes)
	out := make([]*side, len(scrapes))
	for i := range out {
		out[i] = newSide()
	}
	late := false
	for _, md := range batches {
		samples(md, func(p sample) {
			i, _ := slices.BinarySearch(last, p.time)
			if i == len(out) {
				late = true
				return
			}
			out[i].add(p)
		})
	}
	if late {
		return Result{}, errors.New("a point that came out is later than the recording; a processor changes times")
	}
	r := sum(in, out)
	r.Dropped = all.dropped(out, why)
	return r, nil
}

// input returns what is in the scrapes, the latest time of each, and the
// processes.
func input(scrapes []pmetric.Metrics) (in []*side, last []pcommon.Timestamp, all processes) {
	all = processes{}
	for _, md := range scrapes {
		s, latest := newSide(), pcommon.Timestamp(0)
		samples(md, func(p sample) {
			s.add(p)
			all.add(p)
			latest = max(latest, p.time)
		})
		for pid := range s.processes {
			all[pid].scrapes++
		}
		in, last = append(in, s), append(last, latest)
	}
	return in, last, all
}

// sum adds up the scrapes of both sides.
func sum(in, out []*side) (r Result) {
	seenIn, seenOut := map[string]bool{}, map[string]bool{}
	for i := range in {
		s := Scrape{
			Processes: Flow{len(in[i].processes), len(out[i].processes)},
			Series:    Flow{len(in[i].series), len(out[i].series)},
			Points:    Flow{in[i].points, out[i].points},
		}
		r.Scrapes = append(r.Scrapes, s)
		r.Processes.add(s.Processes)
		r.Series.add(s.Series)
		r.Points.add(s.Points)
		for series := range in[i].series {
			seenIn[series] = true
		}
		for series := range out[i].series {
			seenOut[series] = true
		}
	}
	r.Distinct = Flow{len(seenIn), len(seenOut)}
	if r.Series.In > 0 {
		r.SavedShare = float64(r.Series.In-r.Series.Out) / float64(r.Series.In)
	}
	return r
}

// process is one of the input.
type process struct {
	name    string
	scrapes int
	first   map[string]float64 // of its CPU counters, by series
	cpu     map[string]float64 // their growth
}

// processes are those of the input, by PID.
type processes map[int64]*process

func (all processes) add(p sample) {
	if p.pid == 0 || !p.hasValue {
		return
	}
	of := all[p.pid]
	if of == nil {
		of = &process{name: p.name, first: map[string]float64{}, cpu: map[string]float64{}}
		all[p.pid] = of
	}
	if p.metric != "process.cpu.time" {
		return
	}
	if _, known := of.first[p.series]; !known {
		of.first[p.series] = p.value
	}
	of.cpu[p.series] = max(0, p.value-of.first[p.series])
}

// dropped are the processes that never come out.
func (all processes) dropped(out []*side, why reasons) []Dropped {
	dropped := []Dropped{}
	for pid, of := range all {
		if slices.ContainsFunc(out, func(s *side) bool { return s.processes[pid] }) {
			continue
		}
		d := Dropped{Name: of.name, PID: pid, Scrapes: of.scrapes, Reason: why.of(pid)}
		for _, grown := range of.cpu {
			d.CPU += grown
		}
		dropped = append(dropped, d)
	}
	slices.SortFunc(dropped, func(a, b Dropped) int {
		return cmp.Or(cmp.Compare(b.CPU, a.CPU), strings.Compare(a.Name, b.Name), cmp.Compare(a.PID, b.PID))
	})
	return dropped
}
