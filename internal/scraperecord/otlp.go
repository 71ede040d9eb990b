package scraperecord

import (
	"encoding/json"
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// prefix begins the name of every gauge of a record.
const prefix = "phoenix.scrape."

// gauge is one number of a record.
type gauge struct {
	name, unit string
	get        func(*Record) (float64, bool)
	set        func(*Record, float64)
}

// plain is a gauge that every record has.
func plain[T int | int64 | float64](name, unit string, field func(*Record) *T) gauge {
	return gauge{
		name, unit,
		func(r *Record) (float64, bool) { return float64(*field(r)), true },
		func(r *Record, v float64) { *field(r) = T(v) },
	}
}

// compared is a gauge that only a compared record has.
func compared[T int | int64 | float64](name, unit string, field func(*Comparison) *T) gauge {
	return gauge{
		name, unit,
		func(r *Record) (float64, bool) {
			if r.Compared == nil {
				return 0, false
			}
			return float64(*field(r.Compared)), true
		},
		func(r *Record, v float64) {
			if r.Compared == nil {
				r.Compared = &Comparison{}
			}
			*field(r.Compared) = T(v)
		},
	}
}

var gauges = []gauge{
	plain("processes", "{process}", func(r *Record) *int { return &r.Processes }),
	plain("series", "{series}", func(r *Record) *int { return &r.Series }),
	plain("unreadable", "{process}", func(r *Record) *int { return &r.Unreadable }),
	plain("active_series", "{series}", func(r *Record) *int { return &r.Active }),
	plain("distinct_series", "{series}", func(r *Record) *int { return &r.Distinct }),
	plain("window", "s", func(r *Record) *float64 { return &r.Window }),
	plain("bytes", "By", func(r *Record) *int { return &r.Bytes }),
	compared("input.processes", "{process}", func(c *Comparison) *int { return &c.InputProcesses }),
	compared("input.series", "{series}", func(c *Comparison) *int { return &c.InputSeries }),
	compared("input.unreadable", "{process}", func(c *Comparison) *int { return &c.Unreadable }),
	compared("reduction", "1", func(c *Comparison) *float64 { return &c.Reduction }),
	compared("named.cpu", "1", func(c *Comparison) *float64 { return &c.NamedCPU }),
	compared("named.memory", "1", func(c *Comparison) *float64 { return &c.NamedMemory }),
	compared("named.io", "1", func(c *Comparison) *float64 { return &c.NamedIO }),
	compared("lost.pid", "1", func(c *Comparison) *int64 { return &c.Lost.PID }),
	compared("integer_error", "1", func(c *Comparison) *float64 { return &c.IntegerError }),
	compared("double_error", "1", func(c *Comparison) *float64 { return &c.DoubleError }),
	compared("duration", "ns", func(c *Comparison) *int64 { return &c.Nanoseconds }),
}

const (
	lostName     = prefix + "lost.cpu"
	criticalName = prefix + "critical"
)

// Encode writes a record as one resource of gauges.
func Encode(r *Record, out pmetric.ResourceMetricsSlice) {
	rm := out.AppendEmpty()
	attrs := rm.Resource().Attributes()
	attrs.PutStr("phoenix.variant", r.Variant)
	attrs.PutStr("phoenix.role", r.Role)
	attrs.PutStr("host.id", r.Host)
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	for _, g := range gauges {
		if v, ok := g.get(r); ok {
			put(ms, prefix+g.name, g.unit, r.Time, v)
		}
	}
	if c := r.Compared; c != nil && c.Lost.PID != 0 {
		put(ms, lostName, "{cpu}", r.Time, c.Lost.CPU).PutStr("process.executable.name", c.Lost.Name)
	}
	for _, c := range r.Critical {
		a := put(ms, criticalName, "{process}", r.Time, float64(c.Processes))
		a.PutStr("phoenix.critical.name", c.Name)
		a.PutStr("phoenix.critical.state", c.State)
	}
}

func put(ms pmetric.MetricSlice, name, unit string, at int64, v float64) pcommon.Map {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	dp := m.SetEmptyGauge().DataPoints().AppendEmpty()
	dp.SetTimestamp(pcommon.Timestamp(at))
	dp.SetDoubleValue(v)
	return dp.Attributes()
}

// Decode reads the records of a batch, with numbers as [Record.Bound] leaves
// them. Gauges it does not know are left out: a newer meter may say more.
func Decode(md pmetric.Metrics) ([]Record, error) {
	var records []Record
	for _, rm := range md.ResourceMetrics().All() {
		attrs := rm.Resource().Attributes().AsRaw()
		role, ok := attrs["phoenix.role"].(string)
		if !ok {
			return nil, fmt.Errorf("resource %v is no record of a scrape: it has no phoenix.role", attrs)
		}
		r := Record{Role: role}
		r.Variant, _ = attrs["phoenix.variant"].(string)
		r.Host, _ = attrs["host.id"].(string)
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				if m.Type() == pmetric.MetricTypeGauge {
					r.take(m)
				}
			}
		}
		records = append(records, r)
	}
	return records, nil
}

func (r *Record) take(m pmetric.Metric) {
	for _, dp := range m.Gauge().DataPoints().All() {
		r.Time = int64(dp.Timestamp())
		v, attrs := finite(dp.DoubleValue()), dp.Attributes().AsRaw()
		switch name := m.Name(); name {
		case lostName:
			if r.Compared == nil {
				r.Compared = &Comparison{}
			}
			r.Compared.Lost.CPU = v
			r.Compared.Lost.Name, _ = attrs["process.executable.name"].(string)
		case criticalName:
			c := Critical{Processes: int(v)}
			c.Name, _ = attrs["phoenix.critical.name"].(string)
			c.State, _ = attrs["phoenix.critical.state"].(string)
			r.Critical = append(r.Critical, c)
		default:
			for _, g := range gauges {
				if prefix+g.name == name {
					g.set(r, v)
				}
			}
		}
	}
}

// Bound makes every number of the record one that JSON and every backend can
// take: what is infinite becomes the largest number, what is none becomes -1,
// which is to say unknown.
func (r *Record) Bound() {
	for _, g := range gauges {
		if v, ok := g.get(r); ok && v-v != 0 {
			g.set(r, finite(v))
		}
	}
	if r.Compared != nil {
		r.Compared.Lost.CPU = finite(r.Compared.Lost.CPU)
	}
}

// finite is v, or what stands for it if it is infinite or no number.
func finite(v float64) float64 {
	if math.IsNaN(v) {
		return -1
	}
	return min(max(v, -math.MaxFloat64), math.MaxFloat64)
}

// String is the record as JSON, with numbers as Bound leaves them.
func (r *Record) String() string {
	bounded := *r
	if r.Compared != nil {
		compared := *r.Compared
		bounded.Compared = &compared
	}
	bounded.Bound()
	text, err := json.Marshal(&bounded)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
