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
	owners  map[string]string // by role: the meter's component id
	scrapes map[string]*inputScrape
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
}

// used is the CPU time that a process used since its previous sample.
type used struct {
	pid     int64
	name    string
	seconds float64
	elapsed float64
}

// join registers a meter. A variant has one meter of each role.
func (x *exchange) join(name, role, owner string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[name]
	if v == nil {
		v = &variant{owners: map[string]string{}, scrapes: map[string]*inputScrape{}}
		x.variants[name] = v
	}
	if other, taken := v.owners[role]; taken {
		return fmt.Errorf("variant %q has two %s meters, %s and %s; give one of them another variant", name, role, other, owner)
	}
	v.owners[role] = owner
	return nil
}

// leave takes a meter out, and the variant with its last one.
func (x *exchange) leave(name, role, owner string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[name]
	if v == nil || v.owners[role] != owner {
		return
	}
	delete(v.owners, role)
	if len(v.owners) == 0 {
		delete(x.variants, name)
	}
}

// put leaves the latest scrape of a host. Of hosts beyond those that an input
// meter keeps account of, the oldest scrape gives way.
func (x *exchange) put(name, host string, s *inputScrape) {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[name]
	if v == nil {
		return
	}
	v.scrapes[host] = s
	if len(v.scrapes) > processbatch.MaxHosts {
		oldest := slices.MinFunc(slices.Collect(maps.Keys(v.scrapes)), func(a, b string) int {
			return cmp.Or(cmp.Compare(v.scrapes[a].time, v.scrapes[b].time), cmp.Compare(a, b))
		})
		delete(v.scrapes, oldest)
	}
}

// get returns the input's scrape of a host that a time of the output belongs
// to, or nil.
func (x *exchange) get(name, host string, at int64) *inputScrape {
	x.mu.Lock()
	defer x.mu.Unlock()
	v := x.variants[name]
	if v == nil {
		return nil
	}
	if s := v.scrapes[host]; s != nil && at > s.after && at <= s.time {
		return s
	}
	return nil
}
