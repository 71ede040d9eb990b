package processbatch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/phoenix-platform/phoenix/internal/process"
)

const second = int64(1e9)

// proc is one process of a scrape. It has five points: CPU time in two states,
// I/O in two directions, and memory.
type proc struct {
	pid    int64
	begun  int // second of its creation
	cpu    float64
	io     int64
	memory int64
	host   string         // web-1 if empty
	name   string         // nginx if empty
	attrs  map[string]any // further ones of the resource
}

const pointsOfProc = 5

// scrape is a batch of processes at a second.
func scrape(at int, processes ...proc) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, p := range processes {
		p.write(md.ResourceMetrics().AppendEmpty(), int64(at)*second)
	}
	return md
}

func (p proc) write(rm pmetric.ResourceMetrics, at int64) {
	rm.SetSchemaUrl("https://opentelemetry.io/schemas/1.9.0")
	attrs := rm.Resource().Attributes()
	attrs.PutInt("process.pid", p.pid)
	attrs.PutStr("process.executable.name", or(p.name, "nginx"))
	attrs.PutStr("host.name", or(p.host, "web-1"))
	for _, k := range slices.Sorted(maps.Keys(p.attrs)) {
		_ = attrs.PutEmpty(k).FromRaw(p.attrs[k])
	}
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.SetSchemaUrl("https://opentelemetry.io/schemas/1.9.1")
	sm.Scope().SetName("hostmetrics")
	sm.Scope().SetVersion("0.160.0")
	ms, start := sm.Metrics(), int64(p.begun)*second
	cpu := addSum(ms, "process.cpu.time", "s", true)
	addPoint(cpu, start, at, "state", "user").SetDoubleValue(p.cpu)
	addPoint(cpu, start, at, "state", "wait").SetDoubleValue(p.cpu / 4)
	io := addSum(ms, "process.disk.io", "By", true)
	addPoint(io, start, at, "direction", "read").SetIntValue(p.io)
	addPoint(io, start, at, "direction", "write").SetIntValue(2 * p.io)
	addPoint(addSum(ms, "process.memory.usage", "By", false), start, at).SetIntValue(p.memory)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func addSum(ms pmetric.MetricSlice, name, unit string, monotonic bool) pmetric.NumberDataPointSlice {
	m := ms.AppendEmpty()
	m.SetName(name)
	m.SetUnit(unit)
	m.SetDescription("What " + name + " is.")
	m.SetEmptySum().SetIsMonotonic(monotonic)
	m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	return m.Sum().DataPoints()
}

func addPoint(dps pmetric.NumberDataPointSlice, start, at int64, attrs ...string) pmetric.NumberDataPoint {
	dp := dps.AppendEmpty()
	dp.SetIntValue(0)
	dp.SetStartTimestamp(pcommon.Timestamp(start))
	dp.SetTimestamp(pcommon.Timestamp(at))
	for i := 0; i < len(attrs); i += 2 {
		dp.Attributes().PutStr(attrs[i], attrs[i+1])
	}
	return dp
}

// application is a resource that names its PID and is no process resource.
func application(rm pmetric.ResourceMetrics, metric string) {
	rm.Resource().Attributes().PutInt("process.pid", 1)
	rm.Resource().Attributes().PutStr("host.name", "web-1")
	rm.Resource().Attributes().PutStr("service.name", "shop")
	addPoint(addSum(rm.ScopeMetrics().AppendEmpty().Metrics(), metric, "1", true), 0, second).SetIntValue(7)
}

// story is a reader, its writer, and who is kept.
type story struct {
	*testing.T
	reader *Reader
	writer *Writer
}

func tell(t *testing.T, ranks ...string) *story {
	r := NewReader(Settings{Ranks: ranks, StateLimit: 1000})
	return &story{t, r, NewWriter(r, WriterSettings{Other: "_other_"})}
}

// read gives a batch to the reader and marks the processes with these PIDs as
// kept.
func (s *story) read(md pmetric.Metrics, keep ...int64) *Batch {
	b := s.reader.Read(md)
	for _, h := range b.Hosts() {
		for i := range h.Entries {
			e := &h.Entries[i]
			e.Keep = e.Process != nil && slices.Contains(keep, int64(e.Process.ID().PID))
		}
	}
	return b
}

// pass is read and Write.
func (s *story) pass(md pmetric.Metrics, keep ...int64) pmetric.Metrics {
	out, _ := s.writer.Write(s.read(md, keep...))
	return out
}

// lines lists a batch's number points in order: who, metric and attributes,
// value, and start and time in seconds.
func lines(md pmetric.Metrics) (all []string) {
	for _, rm := range md.ResourceMetrics().All() {
		who := text(rm.Resource().Attributes())
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				for _, dp := range numberPoints(m).All() {
					all = append(all, fmt.Sprintf("%s %s{%s} %s %d-%d", who, m.Name(), text(dp.Attributes()),
						value(dp), int64(dp.StartTimestamp())/second, int64(dp.Timestamp())/second))
				}
			}
		}
	}
	return all
}

// text is short: the host and all that is the same everywhere is left out.
func text(attrs pcommon.Map) string {
	var parts []string
	for k, v := range attrs.All() {
		switch {
		case k == "host.name" && v.Str() == "web-1", k == "process.executable.name" && v.Str() == "nginx":
		default:
			parts = append(parts, v.AsString())
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func value(dp pmetric.NumberDataPoint) string {
	switch {
	case dp.Flags().NoRecordedValue():
		return "end"
	case dp.ValueType() == pmetric.NumberDataPointValueTypeInt:
		return fmt.Sprint(dp.IntValue())
	}
	return fmt.Sprintf("%.4g", math.Round(dp.DoubleValue()*1e6)/1e6)
}

// bytesOf is a batch's encoding, by which two are compared.
func bytesOf(t *testing.T, md pmetric.Metrics) []byte {
	t.Helper()
	encoded, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	require.NoError(t, err)
	return encoded
}

// identities lists the processes of a host's scrape.
func identities(h *Host) (ids []process.ID) {
	for i := range h.Entries {
		ids = append(ids, h.Entries[i].Process.ID())
	}
	return ids
}

func flagged() pmetric.DataPointFlags {
	return pmetric.DefaultDataPointFlags.WithNoRecordedValue(true)
}
