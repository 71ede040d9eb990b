package opampserver

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/open-telemetry/opamp-go/protobufs"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// hear takes what an agent says. The error is a mistake of the agent's.
func (p *peer) hear(m *protobufs.AgentToServer) error {
	if err := p.is(m.GetInstanceUid()); err != nil {
		return err
	}
	p.mu.Lock()
	p.heard = time.Now()
	first := p.inOrder(m)
	if m.Capabilities != 0 {
		p.capabilities = m.Capabilities
	}
	if m.CustomCapabilities != nil {
		p.custom = map[string]bool{}
		for _, c := range m.CustomCapabilities.Capabilities {
			p.custom[c] = true
		}
	}
	p.describe(m)
	p.answered(m.RemoteConfigStatus)
	said := controlplane.AgentReport{By: p.by, Report: p.report, Effective: effective(m.EffectiveConfig)}
	known := p.described
	p.mu.Unlock()

	if known {
		p.server.reports.put(said)
	}
	p.message(m.CustomMessage)
	if first {
		p.reconcile()
	}
	if m.AgentDisconnect != nil {
		p.end("the agent took leave")
	}
	return nil
}

// inOrder asks for everything if a message is missing, and says whether this is
// the one from which on the agent is known.
func (p *peer) inOrder(m *protobufs.AgentToServer) (first bool) {
	follows := m.SequenceNum == p.sequence+1
	p.sequence = m.SequenceNum
	switch {
	case m.AgentDescription != nil && !p.described:
		p.described = true
		return true
	case !p.described || !follows && m.AgentDescription == nil:
		p.flags |= protobufs.ServerToAgentFlags_ServerToAgentFlags_ReportFullState
	}
	return false
}

// describe takes what an agent says of itself into its report.
func (p *peer) describe(m *protobufs.AgentToServer) {
	r := &p.report
	r.Connected, r.Unmanaged = !p.ended && m.AgentDisconnect == nil, !p.can(protobufs.AgentCapabilities_AgentCapabilities_AcceptsRemoteConfig)
	if d := m.AgentDescription; d != nil {
		for _, kv := range d.IdentifyingAttributes {
			if kv.GetKey() == "service.version" {
				r.Version = label(kv.GetValue().GetStringValue())
			}
		}
	}
	if h := m.Health; h != nil {
		r.Healthy, r.Health = h.Healthy, ailment("", h)
	}
	if c := m.AvailableComponents; c != nil {
		p.has(c)
	}
}

func (p *peer) can(c protobufs.AgentCapabilities) bool { return p.capabilities&uint64(c) != 0 }

// has takes the components of an agent, or asks for them if only their hash came.
func (p *peer) has(c *protobufs.AvailableComponents) {
	switch {
	case len(c.Components) > 0:
		p.components, p.report.Components = c.Hash, names(c.Components)
	case !bytes.Equal(c.Hash, p.components):
		p.flags |= protobufs.ServerToAgentFlags_ServerToAgentFlags_ReportAvailableComponents
	}
}

// names are components as kind/type, sorted.
func names(kinds map[string]*protobufs.ComponentDetails) (all []string) {
	for kind, details := range kinds {
		for name := range details.GetSubComponentMap() {
			all = append(all, label(kind+"/"+name))
		}
	}
	slices.Sort(all)
	return all[:min(len(all), mostComponents)]
}

const (
	// longestLabel is how many bytes of a name are taken, mostComponents how many
	// components.
	longestLabel   = 200
	mostComponents = 2000
)

// label is a text of the agent's as a name: in one line, and short.
func label(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.ToValidUTF8(text[:min(len(text), longestLabel)], "")
}

// deepest is how deep the healths of components lie in each other that are
// looked at.
const deepest = 8

// ailment is the first component that is not well, with its path and why; empty:
// all are.
func ailment(path string, h *protobufs.ComponentHealth) string {
	if strings.Count(path, "/") < deepest {
		for _, name := range slices.Sorted(maps.Keys(h.GetComponentHealthMap())) {
			if below := ailment(strings.TrimPrefix(path+"/"+name, "/"), h.ComponentHealthMap[name]); below != "" {
				return below
			}
		}
	}
	if h.GetHealthy() {
		return ""
	}
	why := h.GetLastError()
	if why == "" {
		why = h.GetStatus()
	}
	if path == "" {
		return why
	}
	return strings.TrimSuffix(path+": "+why, ": ")
}

// effective is the configuration that an agent runs, as one text; nil: it did not
// say.
func effective(c *protobufs.EffectiveConfig) []byte {
	files := c.GetConfigMap().GetConfigMap()
	if len(files) == 0 {
		return nil
	}
	if len(files) == 1 {
		for _, f := range files {
			return append([]byte{}, f.GetBody()...)
		}
	}
	var all bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&all, "# file %q\n%s\n", name, files[name].GetBody())
	}
	return all.Bytes()
}
