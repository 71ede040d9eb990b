package controlplane_test

import (
	"maps"
	"slices"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// model is what the rules of deployments say, in the fewest words.
type model struct {
	agents      map[string]*modelAgent
	deployments map[string]*modelDeployment
	// history is what was wanted of each agent that there ever was.
	history map[string][]wanted
	made    int // deployments, ever
}

type modelAgent struct {
	host     string
	labels   map[string]string
	owner    string
	conflict []string
}

type modelDeployment struct {
	number   int // which of all that there ever were
	versions []controlplane.DeploymentSpec
}

// wanted is one thing that was wanted of an agent, from a time on.
type wanted struct {
	host, deployment, hash string
	version                int
	at                     time.Time
	number                 int // of the deployment; not to be seen from outside
}

func wantedOf(d controlplane.Desired) wanted {
	return wanted{host: d.Host, deployment: d.Deployment, hash: d.ConfigHash, version: d.Version, at: d.At}
}

// seen is what of it can be seen from outside.
func (w wanted) seen() wanted {
	w.number = 0
	return w
}

func newModel() model {
	return model{agents: map[string]*modelAgent{}, deployments: map[string]*modelDeployment{}, history: map[string][]wanted{}}
}

func (m *model) enrol(name, host string, labels map[string]string, now time.Time) {
	a, known := m.agents[name]
	if !known {
		a = &modelAgent{labels: map[string]string{}}
		m.agents[name] = a
	}
	a.host, a.labels = host, maps.Clone(a.labels)
	maps.Copy(a.labels, labels)
	m.settle(now)
}

func (m *model) label(name string, labels map[string]string, now time.Time) controlplane.Code {
	a, known := m.agents[name]
	if !known {
		return controlplane.CodeNotFound
	}
	a.labels = labels
	m.settle(now)
	return ""
}

func (m *model) forget(name string, now time.Time) controlplane.Code {
	a, known := m.agents[name]
	if !known {
		return controlplane.CodeNotFound
	}
	m.history[name] = append(m.history[name], wanted{host: a.host, at: later(m.last(name).at, now)})
	delete(m.agents, name)
	return ""
}

func (m *model) create(d controlplane.Draft, now time.Time) controlplane.Code {
	if _, exists := m.deployments[d.Name]; exists {
		return controlplane.CodeExists
	}
	m.made++
	return m.adopt(d.Name, &modelDeployment{number: m.made}, d.Spec, now)
}

func (m *model) update(d controlplane.Draft, now time.Time) controlplane.Code {
	old, exists := m.deployments[d.Name]
	if !exists {
		return controlplane.CodeNotFound
	}
	if last := old.newest(); last.Pipeline.Inline == d.Spec.Pipeline.Inline && equalSelectors(last.Selector, d.Spec.Selector) {
		return ""
	}
	return m.adopt(d.Name, old, d.Spec, now)
}

func (m *model) rollback(name string, number int, now time.Time) controlplane.Code {
	old, exists := m.deployments[name]
	switch {
	case !exists:
		return controlplane.CodeNotFound
	case number < 1 || number >= len(old.versions):
		return controlplane.CodeInvalid
	}
	return m.adopt(name, old, old.versions[number-1], now)
}

func (m *model) remove(name string, now time.Time) controlplane.Code {
	if _, exists := m.deployments[name]; !exists {
		return controlplane.CodeNotFound
	}
	delete(m.deployments, name)
	m.settle(now)
	return ""
}

// adopt adds a version, unless it takes an agent that is another's.
func (m *model) adopt(name string, d *modelDeployment, spec controlplane.DeploymentSpec, now time.Time) controlplane.Code {
	for _, a := range m.agents {
		before := len(d.versions) > 0 && d.newest().Selector.Matches(a.labels)
		others := slices.DeleteFunc(append(m.picking(a), a.owner), func(o string) bool { return o == name || o == "" })
		if spec.Selector.Matches(a.labels) && !before && len(others) > 0 {
			return controlplane.CodeConflict
		}
	}
	d.versions = append(d.versions, spec)
	m.deployments[name] = d
	m.settle(now)
	return ""
}

func (d *modelDeployment) newest() controlplane.DeploymentSpec { return d.versions[len(d.versions)-1] }

func (m *model) picking(a *modelAgent) (names []string) {
	for name, d := range m.deployments {
		if d.newest().Selector.Matches(a.labels) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// settle gives each agent what it is to have.
func (m *model) settle(now time.Time) {
	for name, a := range m.agents {
		names := m.picking(a)
		_, lives := m.deployments[a.owner]
		a.conflict = nil
		switch {
		case len(names) == 1:
			a.owner = names[0]
		case len(names) == 0:
			a.owner = ""
		case !lives:
			a.owner, a.conflict = "", names
		default:
			a.conflict = names
		}
		m.want(name, m.next(name, a), now)
	}
}

func (m *model) next(name string, a *modelAgent) wanted {
	next := wanted{host: a.host}
	if a.owner == "" {
		return next
	}
	if len(a.conflict) > 0 { // it stays as it is
		next = m.last(name)
		next.host = a.host
		return next
	}
	d := m.deployments[a.owner]
	next.deployment, next.number, next.version = a.owner, d.number, len(d.versions)
	next.hash = controlplane.HashConfiguration([]byte(d.newest().Pipeline.Inline))
	return next
}

func (m *model) last(agent string) wanted {
	history := m.history[agent]
	if len(history) == 0 {
		return wanted{version: -1}
	}
	return history[len(history)-1]
}

// want writes down what is wanted of an agent, if it is not what was wanted
// before.
func (m *model) want(agent string, next wanted, now time.Time) {
	last := m.last(agent)
	next.at = last.at
	if next == last {
		return
	}
	next.at = later(last.at, now)
	m.history[agent] = append(m.history[agent], next)
}

// later is now, unless the clock was set back.
func later(last, now time.Time) time.Time {
	if now.Before(last) {
		return last
	}
	return now
}

// at is what was wanted of an agent at a time.
func (m *model) at(agent string, at time.Time) (found wanted, was bool) {
	for _, w := range m.history[agent] {
		if !w.at.After(at) {
			found, was = w.seen(), true
		}
	}
	return found, was
}

func (m *model) owned(deployment string) (n int) {
	for _, a := range m.agents {
		if a.owner == deployment {
			n++
		}
	}
	return n
}

func (m *model) generations() map[string]int {
	counts := map[string]int{}
	for name, history := range m.history {
		counts[name] = len(history)
	}
	return counts
}

// changedSince names the agents on which something else is wanted than then.
func (m *model) changedSince(before map[string]int) []string {
	changed := []string{}
	for _, name := range slices.Sorted(maps.Keys(m.history)) {
		if len(m.history[name]) > before[name] {
			changed = append(changed, name)
		}
	}
	return changed
}

func equalSelectors(a, b controlplane.Selector) bool {
	return a.All == b.All && maps.Equal(a.MatchLabels, b.MatchLabels) && len(a.MatchExpressions) == len(b.MatchExpressions)
}
