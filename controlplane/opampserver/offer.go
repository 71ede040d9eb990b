package opampserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"github.com/open-telemetry/opamp-go/protobufs"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// serverCapabilities is what the server does.
const serverCapabilities = protobufs.ServerCapabilities_ServerCapabilities_AcceptsStatus |
	protobufs.ServerCapabilities_ServerCapabilities_OffersRemoteConfig |
	protobufs.ServerCapabilities_ServerCapabilities_AcceptsEffectiveConfig

// offerEntry is what agents of ours are told of an offer besides the
// configuration: JSON with what OpAMP has no fields for.
const offerEntry = "phoenix.offer"

// tokenOf is what OpAMP calls the hash of an offer, which comes back with the
// answer: the SHA-256 of the configuration, and the generation, so that it is
// known what was answered.
func tokenOf(d controlplane.Desired) []byte {
	sum, err := hex.DecodeString(d.ConfigHash)
	if err != nil || len(sum) != sha256.Size {
		empty := sha256.Sum256(nil) // of the bootstrap configuration
		sum = empty[:]
	}
	return binary.BigEndian.AppendUint64(bytes.Clone(sum), uint64(d.Generation))
}

// ofToken is what was offered under a token; ok is false if it was not offered
// here.
func ofToken(token []byte) (hash string, generation int64, ok bool) {
	if len(token) != sha256.Size+8 {
		return "", 0, false
	}
	sum := [sha256.Size]byte(token)
	if sum != sha256.Sum256(nil) {
		hash = hex.EncodeToString(sum[:])
	}
	generation = int64(binary.BigEndian.Uint64(token[sha256.Size:]))
	return hash, generation, generation > 0
}

// offer is what is to be offered to the agent now; nil: nothing. The error ends
// the connection: nobody knows what is wanted, or the agent was deleted.
func (p *peer) offer(ctx context.Context) (*protobufs.AgentRemoteConfig, error) {
	d, c, err := p.plane.Wanted(ctx, p.by, p.name)
	if err != nil {
		return nil, err
	}
	token := tokenOf(d)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.can(protobufs.AgentCapabilities_AgentCapabilities_AcceptsRemoteConfig) || bytes.Equal(token, p.told) || bytes.Equal(token, p.offered) {
		return nil, nil
	}
	if d.ConfigHash == "" && len(p.told) == 0 && !p.custom[agentCapability] {
		p.untouched(d)
		return nil, nil
	}
	p.offered = token
	p.server.counts.offered.Inc()
	p.server.log.Info("a configuration is offered", "agent", p.name, "generation", d.Generation, "configuration", d.ConfigHash, "deployment", d.Deployment, "reason", d.Reason)
	return &protobufs.AgentRemoteConfig{Config: p.files(d, c), ConfigHash: token}, nil
}

// untouched notes that an agent of somebody else's, which never had anything
// from here and is to have nothing, is as it is to be. An offer of nothing would
// take away what it has.
func (p *peer) untouched(d controlplane.Desired) {
	p.report.ConfigHash, p.report.OfferedHash, p.report.Generation, p.report.Outcome = "", "", d.Generation, controlplane.OutcomeApplied
	p.server.reports.put(controlplane.AgentReport{By: p.by, Report: p.report})
}

// files are what an offer consists of.
func (p *peer) files(d controlplane.Desired, c controlplane.Configuration) *protobufs.AgentConfigMap {
	files := map[string]*protobufs.AgentConfigObject{}
	if d.ConfigHash != "" {
		files[""] = &protobufs.AgentConfigObject{Body: c.Text, ContentType: "text/yaml"}
	}
	if p.custom[agentCapability] {
		about, err := json.Marshal(map[string]any{"generation": d.Generation, "reason": d.Reason})
		if err == nil {
			files[offerEntry] = &protobufs.AgentConfigObject{Body: about, ContentType: "application/json"}
		}
	}
	return &protobufs.AgentConfigMap{ConfigMap: files}
}

// outcomes are OpAMP's statuses of an offer.
var outcomes = map[protobufs.RemoteConfigStatuses]controlplane.Outcome{
	protobufs.RemoteConfigStatuses_RemoteConfigStatuses_APPLIED:  controlplane.OutcomeApplied,
	protobufs.RemoteConfigStatuses_RemoteConfigStatuses_APPLYING: controlplane.OutcomeApplying,
	protobufs.RemoteConfigStatuses_RemoteConfigStatuses_FAILED:   controlplane.OutcomeFailed,
}

// answered takes what became of an offer into the report.
func (p *peer) answered(s *protobufs.RemoteConfigStatus) {
	outcome, ok := outcomes[s.GetStatus()]
	hash, generation, ours := ofToken(s.GetLastRemoteConfigHash())
	if !ok || !ours {
		return
	}
	p.told = s.LastRemoteConfigHash
	r := &p.report
	if outcome != r.Outcome || generation != r.Generation || hash != r.OfferedHash {
		p.server.counts.outcomes.WithLabelValues(string(outcome)).Inc()
	}
	r.Outcome, r.Generation, r.OfferedHash, r.Message = outcome, generation, hash, s.ErrorMessage
	if outcome == controlplane.OutcomeApplied {
		r.ConfigHash = hash
	}
}
