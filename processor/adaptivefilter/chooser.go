package adaptivefilter

import (
	"context"
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// Rules that decide about a process beside those of every strategy.
const (
	ruleReached  = "threshold"       // one of its values reaches the level's threshold
	ruleStays    = "hysteresis"      // it did, and has not yet fallen to what it leaves below
	ruleBelow    = "below_threshold" // none does
	rulePriority = "below_priority"  // its priority is below the level's
)

// chooser chooses among the processes of one host.
type chooser struct {
	*strategy
	controller *controller
	load       load
	cpu        hostCPU
	greatest   float64 // the latest load; missing before the first, and while nobody knows it
	before     int     // the level of the scrape before

	priority []uint8 // by process index
	held     []uint8 // by process index: the thresholds that it is kept by
	scrape   scrape
}

func newChooser(s *strategy) *chooser {
	l := s.cfg.Load
	return &chooser{
		strategy: s, controller: newController(s.cfg.Levels.loads(), s.cfg.Dwell),
		load: load{asked: [signals]bool{l.CPU, l.Processes.High > 0}}, greatest: missing,
	}
}

// follow takes over from the chooser of the configuration before.
func (c *chooser) follow(was *chooser) {
	c.controller.follow(was.controller)
	if c.cfg.Load != was.cfg.Load { // what was measured before is another load
		c.controller.jump(c.controller.active)
	}
	c.cpu, c.greatest = was.cpu, was.greatest
	c.load.absent, c.load.values = was.load.absent, was.load.values
	c.held = make([]uint8, len(was.held))
	for m, g := range c.gauges {
		before := slices.IndexFunc(was.gauges, func(o gauge) bool { return o.key == g.key })
		if before < 0 {
			continue
		}
		for i, held := range was.held {
			c.held[i] |= held >> before & 1 << m
		}
	}
}

// Meet finds the priority of a process that is new or has changed.
func (c *chooser) Meet(ctx context.Context, p *process.Process, resource pcommon.Resource) {
	for len(c.priority) <= p.Index() {
		c.priority = append(c.priority, 0)
	}
	for len(c.held) <= p.Index() {
		c.held = append(c.held, 0)
	}
	c.priority[p.Index()] = uint8(c.order.of(ctx, resource))
	if p.New() {
		c.held[p.Index()] = 0
	}
}

// Choose finds the level, and claims the processes that reach it.
func (c *chooser) Choose(s *thinning.Scrape, claim func(thinning.Choice)) {
	c.measure(s)
	level := &c.levels[c.controller.active]
	least := uint8(c.least[c.controller.active])
	c.scrape.open(len(s.Entries))
	for i := range s.Entries {
		p := s.Entries[i].Process
		if p == nil {
			c.scrape.drop(i, reasonUntracked)
			continue
		}
		v := level.judge(s.Values(i), c.held[p.Index()])
		switch priority := c.priority[p.Index()]; {
		case priority > least:
			c.scrape.drop(i, reasonPriority)
		case v.reached == 0:
			c.scrape.drop(i, reasonThreshold)
		default:
			c.scrape.claim(i, v.reached)
			claim(c.choice(i, p, v, s.Values(i)[v.metric]))
			continue
		}
		c.held[p.Index()] = 0
	}
}

// choice is the claim of a process: by its priority, then by how far it is
// above the threshold. Who is kept already gives way under the ceiling to who
// is as much above it as who enters is above who leaves: of many that are alike
// others would be kept on every scrape, each with new series.
func (c *chooser) choice(entry int, p *process.Process, v verdict, value float64) thinning.Choice {
	order := -v.ratio
	if c.held[p.Index()] != 0 {
		order /= stay
	}
	choice := thinning.Choice{
		Entry: entry, Class: 1 + int(c.priority[p.Index()]), Order: order, Tie: v.metric,
		Rule: ruleReached, Subject: c.gauges[v.metric].metric, Metric: v.metric,
		Value: value, Threshold: c.levels[c.controller.active].least[v.metric],
	}
	if v.stays {
		choice.Rule = ruleStays
		choice.Threshold *= stay
	}
	return choice
}

// measure finds the load of the scrape, and the level.
func (c *chooser) measure(s *thinning.Scrape) {
	var values [signals]float64
	if c.load.asked[signalCPU] {
		values[signalCPU] = c.cpu.load(s.Name, c.take(s.Name), c.machine)
	}
	if c.load.asked[signalProcesses] {
		values[signalProcesses] = crowding(len(s.Entries), c.cfg.Load.Processes)
	}
	c.before = c.controller.active
	switch load, status := c.load.take(values); status {
	case known:
		c.greatest = load
		c.controller.step(s.Ledger.Now(), load)
	case waiting:
		c.controller.hold()
	case unknown:
		c.greatest = missing
		c.controller.jump(c.cfg.shedding())
	}
}

// Kept notes who goes on being held: a process for which there was no room must
// reach the threshold again.
func (c *chooser) Kept(s *thinning.Scrape, kept []thinning.Choice) {
	for _, entry := range c.scrape.claimed {
		c.held[s.Entries[entry].Process.Index()] = 0
	}
	for _, k := range kept {
		c.held[s.Entries[k.Entry].Process.Index()] = c.scrape.reached[k.Entry]
	}
	c.scrape.settle(kept)
}

// Fallen says what a process fell below.
func (c *chooser) Fallen(s *thinning.Scrape, entry, metric int) thinning.Choice {
	active := c.controller.active
	p := s.Entries[entry].Process
	if int(c.priority[p.Index()]) > c.least[active] {
		return thinning.Choice{Rule: rulePriority, Subject: c.cfg.Priorities.name(int(c.priority[p.Index()]))}
	}
	fallen := thinning.Choice{Rule: ruleBelow}
	if metric == thinning.NoMetric {
		return fallen
	}
	fallen.Subject = c.gauges[metric].metric
	fallen.Value = max(s.Values(entry)[metric], 0) // what has none, or a bad one, has nothing
	if least := stay * c.levels[active].least[metric]; !math.IsInf(least, 1) {
		fallen.Threshold = least
	}
	return fallen
}
