package processtest

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Process is one process of a scrape. It has two series; _other_ has a third
// one, the count.
type Process struct {
	PID      int64
	Name     string
	Begun    int     // second of its creation
	CPU      float64 // seconds so far, in the state user
	Memory   float64 // bytes
	Critical bool    // it meets the entry of [Critical]
}

// At is the scrape of the host web-1 at a second.
func At(second int, processes ...Process) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, p := range processes {
		rm := md.ResourceMetrics().AppendEmpty()
		attrs := rm.Resource().Attributes()
		attrs.PutStr("host.name", "web-1")
		attrs.PutInt("process.pid", p.PID)
		attrs.PutStr("process.executable.name", p.Name)
		attrs.PutBool(criticalAttribute, p.Critical)
		start, now := int64(p.Begun)*1e9, int64(second)*1e9
		ms := rm.ScopeMetrics().AppendEmpty().Metrics()
		user := AddPoint(AddSum(ms, "process.cpu.time", "s", true), start, now)
		user.Attributes().PutStr("state", "user")
		Put(user, p.CPU)
		Put(AddPoint(AddSum(ms, "process.memory.usage", "By", false), start, now), p.Memory)
	}
	return md
}

// On moves a batch to another host.
func On(host string, md pmetric.Metrics) pmetric.Metrics {
	for _, rm := range md.ResourceMetrics().All() {
		rm.Resource().Attributes().PutStr("host.name", host)
	}
	return md
}

// Both is one batch of several, which are empty afterwards.
func Both(batches ...pmetric.Metrics) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for _, b := range batches {
		b.ResourceMetrics().MoveAndAppendTo(md.ResourceMetrics())
	}
	return md
}

// Created sets the creation time of a batch's i-th process, in nanoseconds.
func Created(md pmetric.Metrics, i int, at int64) pmetric.Metrics {
	for _, m := range md.ResourceMetrics().At(i).ScopeMetrics().At(0).Metrics().All() {
		for _, dp := range m.Sum().DataPoints().All() {
			dp.SetStartTimestamp(pcommon.Timestamp(at))
		}
	}
	return md
}

// Later moves a batch of sums on by ten seconds, in place.
func Later(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
			for _, dp := range m.Sum().DataPoints().All() {
				dp.SetTimestamp(dp.Timestamp() + pcommon.Timestamp(10*time.Second))
			}
		}
	}
}

// AddCounter gives a process another point of a counter, of its last metric if
// that has the name. The point is one of second 1000 that began at second 1.
func AddCounter(rm pmetric.ResourceMetrics, name, key, value string, v int64) {
	ms := rm.ScopeMetrics().At(0).Metrics()
	if ms.Len() == 0 || ms.At(ms.Len()-1).Name() != name {
		AddSum(ms, name, "By", true)
	}
	dp := AddPoint(ms.At(ms.Len()-1).Sum().DataPoints(), 1e9, 1000e9)
	dp.Attributes().PutStr(key, value)
	Put(dp, v)
}
