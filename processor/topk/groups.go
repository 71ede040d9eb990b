package topk

import (
	"fmt"
	"hash/maphash"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/phoenix-platform/phoenix/internal/process"
	"github.com/phoenix-platform/phoenix/internal/thinning"
)

// groups ranks processes that share attribute values by their sum.
type groups struct {
	by      []string
	numbers map[uint64]int // number of a group by a hash of its attribute values
	last    int            // the greatest number given
	of      []int          // by process index: its group

	present []groupSum // of the scrape under way
	values  []float64  // of each present group by each rank metric
	where   map[int]int
}

type groupSum struct {
	number  int
	id      process.ID // the smallest of its members'
	entries []int
}

func newGroups(by []string) *groups {
	return &groups{by: by, numbers: map[uint64]int{}, where: map[int]int{}}
}

// put finds the group of a process that is new or changed.
func (g *groups) put(p *process.Process, attrs pcommon.Map) {
	key := g.key(attrs)
	number, ok := g.numbers[key]
	if !ok {
		g.last++
		number = g.last
		g.numbers[key] = number
	}
	for len(g.of) <= p.Index() {
		g.of = append(g.of, 0)
	}
	g.of[p.Index()] = number
}

// seed is that of the hashes.
var seed = maphash.MakeSeed()

// key is a hash of the values that make a group.
func (g *groups) key(attrs pcommon.Map) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, name := range g.by {
		value := ""
		if v, ok := attrs.Get(name); ok {
			value = v.AsString()
		}
		_, _ = fmt.Fprintf(&h, "%q ", value) // quoted, no two lists of values are alike
	}
	return h.Sum64()
}

// begin opens a scrape. Groups that no remembered process is in are forgotten
// once they are more than the others.
func (g *groups) begin(l *process.Ledger) {
	if len(g.numbers) > 2*l.Len() {
		used := map[int]bool{}
		l.Processes(func(p *process.Process) {
			if p.Index() < len(g.of) {
				used[g.of[p.Index()]] = true
			}
		})
		for key, number := range g.numbers {
			if !used[number] {
				delete(g.numbers, key)
			}
		}
	}
	g.present, g.values = g.present[:0], g.values[:0]
	clear(g.where)
}

// add counts a process into its group. A group has a metric if one of its
// members has it; values that are not numbers add nothing to the others.
func (g *groups) add(entry int, p *process.Process, values []float64) {
	number := g.of[p.Index()]
	at, ok := g.where[number]
	if !ok {
		at = len(g.present)
		g.where[number] = at
		g.present = append(g.present, groupSum{number: number, id: p.ID()})
		for range values {
			g.values = append(g.values, thinning.Absent)
		}
	}
	group := &g.present[at]
	group.entries = append(group.entries, entry)
	if p.ID().Less(group.id) {
		group.id = p.ID()
	}
	sums := g.values[at*len(values):]
	for m, v := range values {
		if sums[m] < 0 {
			sums[m] = max(sums[m], v)
		} else {
			sums[m] = min(sums[m]+max(v, 0), math.MaxFloat64)
		}
	}
}

// field returns the groups as units to rank by a metric.
func (g *groups) field(metric, metrics int) field {
	return field{
		values: g.values[min(metric, len(g.values)):], stride: metrics,
		id:     func(i int) process.ID { return g.present[i].id },
		column: func(i int) int { return g.present[i].number },
		find: func(column int) (int, bool) {
			at, here := g.where[column]
			return at, here
		},
	}
}

// members returns the entries of a unit.
func (g *groups) members(unit int) []int { return g.present[unit].entries }

// value returns the value of a process's group by a metric.
func (g *groups) value(p *process.Process, metric, metrics int) float64 {
	at, here := g.where[g.of[p.Index()]]
	if !here {
		return thinning.Absent
	}
	return g.values[at*metrics+metric]
}
