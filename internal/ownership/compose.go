package ownership

import (
	"fmt"
	"maps"

	"github.com/phoenix-platform/phoenix/internal/agentfile"
)

// Parts are what an effective configuration is made of.
type Parts struct {
	// Owner is the owner's own configuration, as of [Owner].
	Owner map[string]any
	// Remote is the remote configuration, or the bootstrap; empty: none.
	Remote []byte
	// Agent is the agent file.
	Agent *agentfile.File
	// Guards are merged last.
	Guards Guards
	// Lookup finds secrets. It is asked once for each place that has one.
	Lookup Lookup
	// KeepReferences leaves references for the collector to expand, and Lookup
	// is not asked: for a file that runs without the agent.
	KeepReferences bool
}

// Effective is what the collector runs.
type Effective struct {
	// Config is for the collector: it expands what the owner wrote, and finds
	// nothing to expand in the rest but references that were kept.
	Config map[string]any
	// Redacted is the same for reports, without secrets.
	Redacted map[string]any
}

// Compose checks the remote configuration and puts the parts together.
func Compose(p Parts) (*Effective, error) {
	if err := p.conflicts(); err != nil {
		return nil, err
	}
	if len(p.Remote) > 0 {
		if err := Check(p.Remote, NewPolicy(p.Agent, p.Owner)).Err(); err != nil {
			return nil, err
		}
	}
	config, err := p.compose(p.texts())
	if err != nil {
		return nil, err
	}
	report, err := p.compose(hidden)
	if err != nil {
		return nil, err
	}
	return &Effective{Config: config, Redacted: Redact(report)}, nil
}

func (p Parts) texts() texts {
	if p.KeepReferences {
		return kept
	}
	return p.Lookup.values()
}

func (p Parts) compose(texts texts) (map[string]any, error) {
	config := clone(p.Owner).(map[string]any)
	remote, err := p.remote(texts)
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{receivers, processors, exporters} {
		extend(config, kind, section(remote, kind))
	}
	added := section(section(remote, service), pipelines)
	if err := p.addDestinations(config, added, texts); err != nil {
		return nil, err
	}
	p.Guards.around(config, added)
	if len(added) > 0 {
		extend(below(config, service), pipelines, added)
	}
	return config, p.Guards.add(config, texts)
}

// remote is the remote configuration with its secrets.
func (p Parts) remote(texts texts) (map[string]any, error) {
	if len(p.Remote) == 0 {
		return nil, nil
	}
	root, findings := read(p.Remote)
	if root == nil {
		return nil, findings.Err()
	}
	remote, err := decode(root)
	if err != nil {
		return nil, err
	}
	resolved, err := texts.resolve(remote)
	if err != nil {
		return nil, err
	}
	return resolved.(map[string]any), nil
}

// addDestinations adds those that the added pipelines send to.
func (p Parts) addDestinations(config, added map[string]any, texts texts) error {
	used := map[string]bool{}
	for _, pipeline := range added {
		for _, id := range strs(pipeline.(map[string]any)[exporters]) {
			used[id] = true
		}
	}
	for name, d := range p.Agent.Destinations {
		if !used[d.ID(name)] {
			continue
		}
		exporter, err := texts.resolve(d.Exporter())
		if err != nil {
			return fmt.Errorf("destinations::%s::%w", name, err)
		}
		extend(config, exporters, map[string]any{d.ID(name): exporter})
	}
	return nil
}

// extend adds entries to a section, which it makes if there are any.
func extend(config map[string]any, key string, entries map[string]any) {
	if len(entries) > 0 {
		maps.Copy(below(config, key), entries)
	}
}

// below returns a map of a map, which it makes if it is not there.
func below(config map[string]any, key string) map[string]any {
	m, ok := config[key].(map[string]any)
	if !ok {
		m = map[string]any{}
		config[key] = m
	}
	return m
}
