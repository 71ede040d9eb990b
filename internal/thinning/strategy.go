package thinning

import (
	"context"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/processbatch"
)

// Strategy is how one component, under one configuration, chooses. It is used
// by one goroutine at a time.
type Strategy interface {
	// Metrics names what is measured of every process: cpu, memory, disk_io or
	// the names of metrics, at most processbatch.MaxRanks.
	Metrics() []string
	// Watch names the resource attributes that Meet looks at.
	Watch() processbatch.Watch
	// Chooser returns the chooser of a host. Former is that of the same host
	// under the configuration before, nil for a host that had none.
	Chooser(former Chooser) Chooser
}

// Chooser chooses among the processes of one host, scrape by scrape.
type Chooser interface {
	// Meet is told of a process that is new, or whose watched attributes have
	// changed, before Choose.
	Meet(ctx context.Context, p *process.Process, resource pcommon.Resource)
	// Choose claims the processes that are to be kept beside the critical
	// ones. Of several claims on a process the best one counts.
	Choose(s *Scrape, claim func(Choice))
	// Kept is told which processes of the scrape are kept under the ceiling,
	// critical ones among them.
	Kept(s *Scrape, kept []Choice)
	// Fallen says why a process of the scrape has no claim that had one before,
	// by the metric with this number, which may be NoMetric.
	Fallen(s *Scrape, entry, metric int) Choice
}

// An Observer is a Strategy that is shown every batch before it chooses.
type Observer interface {
	Observe(b *processbatch.Batch)
}

// A Recorder is a Strategy that has metrics of its own.
type Recorder interface {
	// Record is called after each batch that had a process, with the hosts in
	// it.
	Record(ctx context.Context, hosts []*Host)
}

// A Divider is a Chooser that divides the rest of its host.
type Divider interface {
	// Divide says which part of the rest a process belongs to that is new, or
	// whose watched attributes have changed. It is called before Meet.
	Divide(p *process.Process, resource pcommon.Resource) process.Part
	// Describe puts the attributes on a resource that name a part.
	Describe(part process.Part, attrs pcommon.Map)
}

// Scrape is one scrape of one host.
type Scrape struct {
	Batch *processbatch.Batch
	*processbatch.Host
	metrics int
}

// Values returns what was measured of a process, by number of the metric: the
// average rate per second of what grows, else the value as it is.
func (s *Scrape) Values(entry int) []float64 { return s.Host.Values(entry, s.metrics) }

// NoMetric stands for the metric of a process that is kept without one.
const NoMetric = -1

// Choice is a process that may be kept, and why.
type Choice struct {
	Entry int // number of the process in the scrape

	// Class, Order and Tie say how good the claim is, the least first. The
	// class of critical processes is 0, that of all others above it.
	Class int
	Order float64
	Tie   int

	// Rule decided, with the value by the subject, which is a metric or the
	// name of a critical entry. Rank is 1 for the first, 0 if there is none.
	Rule      string
	Subject   string
	Metric    int // number of the metric
	Value     float64
	Rank      int
	Threshold float64

	id     process.ID
	points int
}

// Rules that decide about a process whatever the strategy.
const (
	RuleCritical  = "critical"   // it meets a critical entry
	RuleMaxSeries = "max_series" // it would be kept, but does not fit under the ceiling
)
