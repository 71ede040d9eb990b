package grade

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Attributes of a process's resource.
const (
	attributePID  = "process.pid"
	attributeName = "process.executable.name"
	metricCPU     = "process.cpu.time"
)

// ReadFile reads what a collector's file exporter wrote, in its JSON format.
func ReadFile(path string) (*Observation, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the metrics: %w", err)
	}
	defer f.Close()
	o, err := ReadOTLP(f)
	if err != nil {
		return nil, fmt.Errorf("read the metrics %s: %w", path, err)
	}
	return o, nil
}

// ReadOTLP reads batches of OTLP as JSON, one a line. A last line without an
// end is left out: the collector may be writing it.
func ReadOTLP(r io.Reader) (*Observation, error) {
	o := &Observation{}
	in := bufio.NewReaderSize(r, 1<<20)
	decoder := pmetric.JSONUnmarshaler{}
	for number := 1; ; number++ {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			o.sort()
			return o, nil
		}
		if err != nil {
			return nil, err
		}
		md, err := decoder.UnmarshalMetrics(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w; the file exporter has to write JSON, uncompressed", number, err)
		}
		o.add(md)
	}
}

func (o *Observation) add(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		o.resource(rm)
	}
}

// resource takes one process: a sample for each time that its points have.
func (o *Observation) resource(rm pmetric.ResourceMetrics) {
	pid, named := int64(0), ""
	if v, ok := rm.Resource().Attributes().Get(attributePID); ok {
		pid = v.Int()
	}
	if v, ok := rm.Resource().Attributes().Get(attributeName); ok {
		named = v.AsString()
	}
	if pid == 0 && named == "" {
		return // it is not about a process
	}
	byTime := map[pcommon.Timestamp]*Sample{}
	for _, sm := range rm.ScopeMetrics().All() {
		for _, m := range sm.Metrics().All() {
			if strings.HasPrefix(m.Name(), "process.") {
				points(m, byTime)
			}
		}
	}
	for at, s := range byTime {
		s.PID, s.Name, s.At = int(pid), named, at.AsTime()
		o.Samples = append(o.Samples, *s)
	}
}

// points takes the points of one metric.
func points(m pmetric.Metric, byTime map[pcommon.Timestamp]*Sample) {
	var all pmetric.NumberDataPointSlice
	switch m.Type() {
	case pmetric.MetricTypeSum:
		all = m.Sum().DataPoints()
	case pmetric.MetricTypeGauge:
		all = m.Gauge().DataPoints()
	default:
		return // no metric of the scraper
	}
	for _, p := range all.All() {
		if p.Flags().NoRecordedValue() {
			continue // the series ends
		}
		s := byTime[p.Timestamp()]
		if s == nil {
			s = &Sample{}
			byTime[p.Timestamp()] = s
		}
		s.Series++
		if m.Name() == metricCPU && used(p.Attributes()) {
			s.cpu(p)
		}
	}
}

// used reports whether a time of the CPU was used and not waited.
func used(attributes pcommon.Map) bool {
	for _, key := range []string{"state", "cpu.mode"} {
		if v, ok := attributes.Get(key); ok {
			return v.AsString() != "wait"
		}
	}
	return true
}

func (s *Sample) cpu(p pmetric.NumberDataPoint) {
	s.HasCPU = true
	if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		s.CPU += float64(p.IntValue())
	} else {
		s.CPU += p.DoubleValue()
	}
	if start := p.StartTimestamp(); start != 0 {
		s.Start = start.AsTime()
	} else {
		s.Start = time.Time{}
	}
}
