package storetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// noon is a time that databases can keep: in UTC, in whole microseconds.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 123456000, time.UTC)

// at is some minutes past noon.
func at(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func metadata(name string) controlplane.Metadata {
	return controlplane.Metadata{
		Name: name, UID: "uid-of-" + name, ResourceVersion: "7", Generation: 3,
		Labels: map[string]string{"tier": "web", "team": "Übersicht 監視"}, CreatedAt: at(0), UpdatedAt: at(1),
	}
}

func spec() controlplane.DeploymentSpec {
	until, failed := at(120), 2
	return controlplane.DeploymentSpec{
		Selector: controlplane.Selector{
			MatchLabels:      map[string]string{"tier": "web"},
			MatchExpressions: []controlplane.Requirement{{Key: "zone", Operator: controlplane.NotIn, Values: []string{"a", "b"}}},
		},
		Pipeline: controlplane.Pipeline{Template: "process-topk-v1", Parameters: map[string]any{"k": 20.0, "names": []any{"a", "'; DROP TABLE agent; --"}, "on": true}},
		Critical: []controlplane.CriticalEntry{{Name: "nginx", Conditions: []string{`resource.attributes["process.executable.name"] == "nginx"`}, MaxProcesses: 5, Until: &until}},
		Target:   controlplane.TargetAgents,
		Rollout:  controlplane.Rollout{Batches: []int{3, 15}, Bake: []controlplane.Duration{controlplane.Duration(2 * time.Minute)}, MaxFailedAgents: &failed, Manual: true},
	}
}

// configuration is one of a text.
func configuration(text string) controlplane.Configuration {
	return controlplane.Configuration{
		Hash: controlplane.HashConfiguration([]byte(text)), Text: []byte(text), Template: "process-topk-v1", TemplateHash: "abc", CreatedAt: at(0),
	}
}

func deployment(name string) controlplane.PipelineDeployment {
	return controlplane.PipelineDeployment{
		TypeMeta: controlplane.TypeMeta{APIVersion: controlplane.APIVersion, Kind: controlplane.KindDeployment},
		Metadata: metadata(name), Spec: spec(),
		Status: controlplane.DeploymentStatus{Version: 1, ConfigHash: configuration("a: 1").Hash},
	}
}

func version(d controlplane.PipelineDeployment, number int) controlplane.Version {
	return controlplane.Version{
		Deployment: d.Metadata.UID, Number: number, Spec: d.Spec, ConfigHash: configuration("a: 1").Hash,
		Origin: controlplane.OriginUpdate, Author: "ana", Reason: "fewer series", At: at(number),
	}
}

func agent(name, host, deployment string) controlplane.Agent {
	return controlplane.Agent{
		TypeMeta: controlplane.TypeMeta{APIVersion: controlplane.APIVersion, Kind: controlplane.KindAgent},
		Metadata: metadata(name), Spec: controlplane.AgentSpec{Host: host, EnrolledBy: "t1"},
		Status: controlplane.AgentStatus{
			Deployment: deployment, State: controlplane.AgentApplied, Wanted: desired(name, host, 4, 1),
			Report: controlplane.Report{At: at(2), Connected: true, Version: "1.0.0", Components: []string{"topk"}, Healthy: true, Outcome: controlplane.OutcomeApplied},
		},
	}
}

// desired is wanted from some minutes past noon on.
func desired(agent, host string, generation int64, minutes int) controlplane.Desired {
	return controlplane.Desired{
		Agent: agent, Host: host, Generation: generation, ConfigHash: configuration("a: 1").Hash,
		Deployment: "web", DeploymentUID: "uid-of-web", Version: 1, Reason: "version 1 of web (create)", At: at(minutes),
	}
}

func token(id string, purpose controlplane.Purpose, subject string) controlplane.Token {
	expires := at(60)
	return controlplane.Token{
		ID: id, Purpose: purpose, Subject: subject, Role: controlplane.RoleViewer, Labels: map[string]string{"tier": "web"},
		UsesLeft: 2, CreatedBy: "ana", CreatedAt: at(0), ExpiresAt: &expires, Hash: []byte{0, 1, 2, 255},
	}
}

func load(name, host string, state controlplane.LoadState, minutes int) controlplane.LoadSimulation {
	m := metadata(name)
	m.CreatedAt = at(minutes)
	return controlplane.LoadSimulation{
		TypeMeta: controlplane.TypeMeta{APIVersion: controlplane.APIVersion, Kind: controlplane.KindLoadSimulation},
		Metadata: m, Spec: controlplane.LoadSpec{Host: host, Profile: "web", Duration: controlplane.Duration(time.Minute), Seed: 1 << 63},
		Status: controlplane.LoadStatus{State: state, Progress: json.RawMessage(`{"processes":12345678901234567890}`)},
	}
}

func record(sequence int64, subject, object string, action controlplane.Action) controlplane.AuditRecord {
	return controlplane.AuditRecord{
		Sequence: sequence, At: at(int(sequence)), Subject: subject, Role: controlplane.RoleAdmin, TokenID: "t1", Address: "127.0.0.1:4000",
		RequestID: fmt.Sprint("r", sequence), Action: action, Object: object, Verdict: controlplane.VerdictDone, Reason: "<why> & \"how\"",
		Before: json.RawMessage(`{"version":1}`), After: json.RawMessage(`{"version":2.50}`), MAC: []byte{byte(sequence), 0, 255},
	}
}
