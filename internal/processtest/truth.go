package processtest

import (
	"fmt"
	"maps"
	"math"
	"strings"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Truth is what the input's processes used, by the rules for a delta of the
// input, written down a second time and without regard to cost.
type Truth struct {
	Scrapes map[string]int      // by host: how many there were
	Used    map[string]float64  // by [Sample.Total]
	Waits   map[string]float64  // of it, what _other_ may show at its host's next scrape
	Levels  map[string]float64  // by [Sample.Total]: sums of the last call
	Offered map[string][]Sample // accepted input of the last call, by [Offer]

	processes map[string]*account // by [Offer]
	last      map[string]int64    // by host: times of the last scrape
	earliest  map[string]int64
}

// Offer names a process in [Truth.Offered].
func Offer(host string, pid int64) string { return fmt.Sprintf("%s/%d", host, pid) }

// NewTruth returns the truth before the first scrape.
func NewTruth() *Truth {
	return &Truth{
		processes: map[string]*account{}, last: map[string]int64{}, earliest: map[string]int64{},
		Scrapes: map[string]int{}, Used: map[string]float64{}, Waits: map[string]float64{},
	}
}

// Take accounts for one call's input. Of a host whose scrape is late it takes
// nothing.
func (tr *Truth) Take(md pmetric.Metrics) {
	tr.Levels, tr.Offered = map[string]float64{}, map[string][]Sample{}
	byHost := map[string][][]Sample{}
	for _, list := range Samples(md) {
		if len(list) > 0 {
			byHost[list[0].Host] = append(byHost[list[0].Host], list)
		}
	}
	for host, lists := range byHost {
		tr.host(host, lists)
	}
}

func (tr *Truth) host(host string, lists [][]Sample) {
	newest, oldest := int64(0), int64(math.MaxInt64)
	for _, list := range lists {
		newest, oldest = max(newest, list[0].At), min(oldest, list[0].At)
	}
	if tr.Scrapes[host] > 0 && newest <= tr.last[host] {
		return // late
	}
	tr.Scrapes[host]++
	maps.DeleteFunc(tr.Waits, func(key string, _ float64) bool { return strings.HasPrefix(key, host+"|") })
	for _, list := range lists {
		tr.process(host, list)
	}
	tr.miss(host)
	tr.last[host], tr.earliest[host] = newest, oldest
}

// Beyond reports whether every host had more than n scrapes since it had those
// that are given. What _other_ gets at the first one under another name waits
// for the second.
func (tr *Truth) Beyond(scrapes map[string]int, n int) bool {
	for host, then := range scrapes {
		if tr.Scrapes[host]-then <= n {
			return false
		}
	}
	return true
}

// process accounts for the samples of one process. Those of one that comes
// twice in a call count once.
func (tr *Truth) process(host string, list []Sample) {
	key := Offer(host, list[0].PID)
	if _, twice := tr.Offered[key]; twice {
		return
	}
	start := startOf(list)
	p, born := tr.processes[key], false
	if p == nil || !p.goesOn(start, list) {
		born = tr.Scrapes[host] > 1 && start >= tr.earliest[host]-2e9
		p = &account{start: start, ref: map[string]float64{}}
		tr.processes[key] = p
	}
	p.name, p.missed = list[0].Name, -1
	tr.Offered[key] = nil
	for _, s := range list {
		if tr.add(p, s, born) {
			tr.Offered[key] = append(tr.Offered[key], s)
		}
	}
}

// add accounts for one sample, and tells whether it is accepted: a level is,
// even if it is no number and adds to no sum.
func (tr *Truth) add(p *account, s Sample, born bool) bool {
	number := !math.IsNaN(s.Value) && !math.IsInf(s.Value, 0)
	switch {
	case s.Monotonic && (!number || s.Value < 0):
		return false
	case s.Monotonic:
		tr.grow(p, s, born)
	case number:
		tr.Levels[s.Total()] += s.Value
	}
	return true
}

func (tr *Truth) grow(p *account, s Sample, born bool) {
	delta := p.delta(s, born)
	if _, before := tr.Used[s.Total()]; !before {
		tr.Used[s.Total()] = 0
		tr.Waits[s.Total()] = 0
	}
	tr.Used[s.Total()] += delta
	if _, waits := tr.Waits[s.Total()]; waits {
		tr.Waits[s.Total()] += delta
	}
}

// miss notes who was not in a scrape, and forgets who was missing from three.
func (tr *Truth) miss(host string) {
	for key, p := range tr.processes {
		if !strings.HasPrefix(key, host+"/") {
			continue
		}
		if p.missed++; p.missed >= 3 {
			delete(tr.processes, key)
		}
	}
}
