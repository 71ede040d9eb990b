package metrics

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// How many series an agent may have within seriesAge.
const (
	maxSeries         = 40
	maxCriticalSeries = 200 // of critical entries: one per entry and meter
	seriesAge         = time.Hour
)

const (
	criticalSeries = "phoenix_scrape_critical"
	criticalState  = "phoenix_critical_state"
)

// quotas counts the series of each agent. An agent that sends nothing for
// seriesAge is forgotten.
type quotas struct {
	mu     sync.Mutex
	agents map[string]*quota
	swept  time.Time
}

// of returns the quota of an agent.
func (q *quotas) of(agent string, now time.Time) *quota {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.swept) > seriesAge {
		q.sweep(now)
	}
	a := q.agents[agent]
	if a == nil {
		a = &quota{}
		q.agents[agent] = a
	}
	a.used = now
	return a
}

func (q *quotas) sweep(now time.Time) {
	q.swept = now
	for name, a := range q.agents {
		if now.Sub(a.used) > seriesAge {
			delete(q.agents, name)
		}
	}
}

// quota is the series of one agent.
type quota struct {
	used time.Time // guarded by quotas.mu

	mu                       sync.Mutex
	ordinary, lost, critical seen
}

// What tells the series of an agent apart, sorted. The server's labels do not
// count: a new version of a deployment, or another tier, is no fault of the agent.
var (
	ofSeries = ownLabels(model.MetricNameLabel)
	ofEntry  = slices.DeleteFunc(ownLabels(), func(name string) bool { return name == criticalState })
)

// ownLabels are the labels that agents choose the values of, and others.
func ownLabels(others ...string) []string {
	names := append(others, promoted...)
	for _, k := range keep {
		names = append(names, k.Attributes...)
	}
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, ".", "_")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// admit reports whether there is room for a series. Names of lost processes
// have the places that others leave but one, which is for a process without its
// name; what comes later, such as the candidate of an experiment, gets theirs.
func (q *quota) admit(ls labels.Labels, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ls.Get(model.MetricNameLabel) == criticalSeries {
		entry, _ := ls.HashForLabels(nil, ofEntry...)
		return q.critical.admit(entry, maxCriticalSeries, now)
	}
	series, _ := ls.HashForLabels(nil, ofSeries...)
	if ls.Has(lostName) {
		return q.lost.admit(series, maxSeries-1-len(q.ordinary), now)
	}
	ok := q.ordinary.admit(series, maxSeries, now)
	q.lost.shrink(maxSeries - len(q.ordinary))
	return ok
}

// seen is when each of a few series came last.
type seen []sight

type sight struct {
	series uint64
	at     time.Time
}

// admit reports whether the series is one of at most limit, and takes the place
// of one that has not come for seriesAge if need be.
func (s *seen) admit(series uint64, limit int, now time.Time) bool {
	if i := slices.IndexFunc(*s, func(one sight) bool { return one.series == series }); i >= 0 {
		(*s)[i].at = now
		return true
	}
	if len(*s) < limit {
		*s = append(*s, sight{series, now})
		return true
	}
	if limit <= 0 {
		return false
	}
	oldest := s.oldest()
	if now.Sub((*s)[oldest].at) <= seriesAge {
		return false
	}
	(*s)[oldest] = sight{series, now}
	return true
}

// shrink gives up the oldest until there are no more than limit.
func (s *seen) shrink(limit int) {
	for len(*s) > limit {
		i := s.oldest()
		*s = slices.Delete(*s, i, i+1)
	}
}

// oldest is where the one is that has not come for the longest time; there
// must be one.
func (s *seen) oldest() (i int) {
	for j, one := range *s {
		if one.at.Before((*s)[i].at) {
			i = j
		}
	}
	return i
}
