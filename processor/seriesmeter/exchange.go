package seriesmeter

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/phoenix-platform/phoenix/internal/processbatch"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// exchange brings the two meters of a variant together: the input meter leaves
// its latest scrape of each host, the output meter picks it up.
type exchange struct {
	mu       sync.Mutex
	variants map[string]*variant
}

// meters is the exchange of this collector process.
var meters = &exchange{variants: map[string]*variant{}}

type variant struct {
	owners  map[Role]*meter
	scrapes map[string]*inputScrape // by host: the latest
}

// inputScrape is what an output meter needs of the input's scrape of a host.
type inputScrape struct {
	after, time int64 // of the scrape before, and of this one
	begun       time.Time
	record      scraperecord.Record
	cpu, memory float64 // used by all processes
	io          float64
	busiest     []used
	truth       map[string]measured
	running     []map[int64]bool // by critical entry: the protected PIDs

	picked bool // an output meter has it; guarded by the exchange
}

// has reports whether a time of the output is one of the scrape's.
func (s *inputScrape) has(at int64) bool { return at > s.after && at <= s.time }

// used is the CPU time that a process used since its previous sample.
type used struct {
	pid     int64
	name    string
	seconds float64
	elapsed float64
}

// join registers a meter. A variant has one meter of each role.
func (x *exchange) join(m *meter) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	name, role := m.cfg.Variant, m.cfg.Role
	v := x.variants[name]
	if v == nil {
		v = &variant{owners: map[Role]*meter{}, scrapes: map[string]*inputScrape{}}
		x.variants[name] = v
	}
	if other := v.owners[role]; other != nil {
		return fmt.Errorf("variant %q has two %s meters, %s and %s; give one of them another variant", name, role, other.id, m.id)
	}
	v.owners[role] = m
	return nil
}

// leave takes a meter out, and the variant with its last one.
func (x *exchange) leave(m *meter) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[m.cfg.Variant]
	if v == nil || v.owners[m.cfg.Role] != m {
		return
	}
	delete(v.owners, m.cfg.Role)
	if len(v.owners) == 0 {
		delete(x.variants, m.cfg.Variant)
	}
}

// put leaves the latest scrape of a host. It returns the one before if that
// never reached the output meter, and the meter; both are nil if it did, or if
// there is no such meter. A scrape whose points have no time cannot be found
// by it and is not missed.
func (x *exchange) put(name string, s *inputScrape) (missed *inputScrape, output *meter) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[name]
	if v == nil {
		return nil, nil
	}
	host := s.record.Host
	before := v.scrapes[host]
	if before == nil {
		makeRoom(v.scrapes, func(s *inputScrape) int64 { return s.time })
	}
	v.scrapes[host] = s
	output = v.owners[scraperecord.RoleOutput]
	if output == nil || before == nil || before.picked || !before.has(before.time) {
		return nil, nil
	}
	return before, output
}

// latest returns the input's scrape of a host, or nil.
func (x *exchange) latest(name, host string) *inputScrape {
	x.mu.Lock()
	defer x.mu.Unlock()
	if v := x.variants[name]; v != nil {
		return v.scrapes[host]
	}
	return nil
}

// pick notes that a scrape has reached the output meter.
func (x *exchange) pick(s *inputScrape) {
	x.mu.Lock()
	defer x.mu.Unlock()
	s.picked = true
}

// makeRoom lets the oldest of the hosts give way if there are as many as a
// reader keeps account of.
func makeRoom[V any](hosts map[string]V, time func(V) int64) {
	if len(hosts) < processbatch.MaxHosts {
		return
	}
	delete(hosts, slices.MinFunc(slices.Collect(maps.Keys(hosts)), func(a, b string) int {
		return cmp.Or(cmp.Compare(time(hosts[a]), time(hosts[b])), cmp.Compare(a, b))
	}))
}
