package controlplane

import (
	"cmp"
	"fmt"
	"time"
)

// KindDeployment is the kind of a [PipelineDeployment].
const KindDeployment = "PipelineDeployment"

// PipelineDeployment is a configuration that is wanted on the agents a selector
// picks. Each change makes a [Version].
type PipelineDeployment struct {
	TypeMeta
	Metadata Metadata         `json:"metadata"`
	Spec     DeploymentSpec   `json:"spec"`
	Status   DeploymentStatus `json:"status"`
}

// DeploymentSpec is what a user wants.
type DeploymentSpec struct {
	Selector Selector `json:"selector"`
	Pipeline Pipeline `json:"pipeline"`
	// Critical are the processes that must never be lost. It is rendered into
	// every component that has such a list.
	Critical []CriticalEntry `json:"critical,omitempty"`
	// Target is who runs it: agents, which is the default, or kubernetes.
	Target  Target  `json:"target,omitempty"`
	Rollout Rollout `json:"rollout,omitzero"`
}

// Target is who runs a deployment.
type Target string

// The agents of a kubernetes deployment belong to the operator.
const (
	TargetAgents     Target = "agents"
	TargetKubernetes Target = "kubernetes"
)

// Pipeline is a template with its parameters, or a text.
type Pipeline struct {
	Template   string         `json:"template,omitempty"`
	Parameters map[string]any `json:"parameters,omitempty"`
	// Inline is a complete collector configuration as YAML.
	Inline string `json:"inline,omitempty"`
}

// CriticalEntry names a kind of process that is never dropped.
type CriticalEntry struct {
	Name string `json:"name"`
	// Conditions are OTTL conditions on the resource; all must hold.
	Conditions []string `json:"conditions"`
	// MaxProcesses is how many processes of a host the entry protects; 0: the
	// component's own default.
	MaxProcesses int `json:"maxProcesses,omitempty"`
	// Until is when the entry ends by itself; nil: never.
	Until *time.Time `json:"until,omitempty"`
}

// Rollout says how a version reaches the agents.
type Rollout struct {
	// Batches are how many agents get the version together, in order; the last
	// number goes on.
	Batches []int `json:"batches,omitempty"`
	// Bake is how long each batch is watched before the next; the last one goes
	// on.
	Bake []Duration `json:"bake,omitempty"`
	// BatchTimeout is how long an agent may be silent during its batch.
	BatchTimeout Duration `json:"batchTimeout,omitempty"`
	// MaxFailedAgents is how many agents may fail before everything goes back;
	// nil: 1.
	MaxFailedAgents *int `json:"maxFailedAgents,omitempty"`
	// Manual waits for a person before each batch.
	Manual bool  `json:"manual,omitempty"`
	Gates  Gates `json:"gates,omitzero"`
}

// Gates are what a batch must show before the next.
type Gates struct {
	// MinSeriesReduction is a share of 0 to 1; 0: not asked.
	MinSeriesReduction float64 `json:"minSeriesReduction,omitempty"`
	// MaxCollectorCPUCores is in cores; 0: not asked.
	MaxCollectorCPUCores float64 `json:"maxCollectorCPUCores,omitempty"`
}

// DeploymentStatus is how it goes.
type DeploymentStatus struct {
	// Version is the newest one, ConfigHash the configuration that it wants.
	Version    int    `json:"version"`
	ConfigHash string `json:"configHash"`
	// Phase and Agents are counted when the status is asked for.
	Phase      Phase       `json:"phase,omitempty"`
	Agents     AgentCounts `json:"agents,omitzero"`
	Conditions []Condition `json:"conditions,omitempty"`
}

// Phase is where a deployment is.
type Phase string

// A deployment without agents is complete: there is nothing left to do.
const (
	PhaseProgressing Phase = "Progressing"
	PhaseComplete    Phase = "Complete"
	PhaseDegraded    Phase = "Degraded"
)

// AgentCounts are the agents of a deployment by state.
type AgentCounts struct {
	Total    int `json:"total"`
	Pending  int `json:"pending"`
	Applying int `json:"applying"`
	Applied  int `json:"applied"`
	Failed   int `json:"failed"`
	Diverged int `json:"diverged"`
	// Conflict is how many of them are picked by another deployment as well.
	Conflict int `json:"conflict"`
}

// Draft is what a user gives to make or change a deployment.
type Draft struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Spec   DeploymentSpec    `json:"spec"`
	// Reason is why, in the user's words; the version keeps it.
	Reason string `json:"reason,omitempty"`
}

const (
	mostCritical    = 200
	mostConditions  = 32
	mostBatches     = 32
	greatestBatch   = 100
	longestReason   = 1024
	longestPipeline = 1 << 20 // bytes of a configuration
)

func (d Draft) validate() error {
	var p problems
	checkName(&p, d.Name)
	checkLabels(&p, "/metadata/labels", d.Labels)
	checkReason(&p, d.Reason)
	d.Spec.validate(&p)
	return p.err()
}

func checkReason(p *problems, reason string) {
	p.check(len(reason) <= longestReason, "/reason", "reason: has %d bytes; at most %d are possible", len(reason), longestReason)
}

// wrongReason is what is wrong with a reason.
func wrongReason(reason string) error {
	var p problems
	checkReason(&p, reason)
	return p.err()
}

func (s DeploymentSpec) validate(p *problems) {
	s.Selector.validate(p, "/spec/selector")
	s.Pipeline.validate(p)
	p.check(len(s.Critical) <= mostCritical, "/spec/critical", "critical: has %d entries; at most %d are possible", len(s.Critical), mostCritical)
	seen := map[string]bool{}
	for i, e := range s.Critical {
		pointer := fmt.Sprintf("/spec/critical/%d", i)
		p.check(!seen[e.Name], pointer+"/name", "critical: %.80q is there twice; use another name", e.Name)
		seen[e.Name] = true
		e.validate(p, pointer)
	}
	switch s.Target {
	case "", TargetAgents, TargetKubernetes:
	default:
		p.check(false, "/spec/target", "target: %.80q; use agents or kubernetes", s.Target)
	}
	s.Rollout.validate(p)
}

func (l Pipeline) validate(p *problems) {
	const pointer = "/spec/pipeline"
	p.check((l.Template == "") != (l.Inline == ""), pointer, "pipeline: give either template or inline")
	p.check(l.Inline == "" || len(l.Parameters) == 0, pointer+"/parameters", "parameters: belong to a template; an inline text has its values in it")
	p.check(len(l.Inline) <= longestPipeline, pointer+"/inline", "inline: has %d bytes; at most %d are possible", len(l.Inline), longestPipeline)
}

func (e CriticalEntry) validate(p *problems, pointer string) {
	p.check(e.Name != "" && isLabel(e.Name), pointer+"/name", "critical: %.80q is no name; use 1 to %d printable characters", e.Name, longestLabel)
	p.check(len(e.Conditions) > 0 && len(e.Conditions) <= mostConditions, pointer+"/conditions",
		"critical %.80q: give 1 to %d conditions; without one every process would be kept", e.Name, mostConditions)
	p.check(e.MaxProcesses >= 0, pointer+"/maxProcesses", "critical %.80q: maxProcesses must be at least 1; drop the key for the default", e.Name)
}

func (r Rollout) validate(p *problems) {
	const pointer = "/spec/rollout"
	p.check(len(r.Batches) <= mostBatches && len(r.Bake) <= mostBatches, pointer, "rollout: at most %d batches and bake times are possible", mostBatches)
	for i, n := range r.Batches {
		p.check(n >= 1 && n <= greatestBatch, fmt.Sprintf("%s/batches/%d", pointer, i), "batches: %d; a batch has 1 to %d agents", n, greatestBatch)
	}
	for i, d := range r.Bake {
		p.check(d >= 0, fmt.Sprintf("%s/bake/%d", pointer, i), "bake: %s is below 0", time.Duration(d))
	}
	p.check(r.BatchTimeout >= 0, pointer+"/batchTimeout", "batchTimeout: %s is below 0", time.Duration(r.BatchTimeout))
	p.check(r.MaxFailedAgents == nil || *r.MaxFailedAgents >= 0, pointer+"/maxFailedAgents", "maxFailedAgents: must be at least 0")
	share := r.Gates.MinSeriesReduction
	p.check(share >= 0 && share < 1, pointer+"/gates/minSeriesReduction", "minSeriesReduction: %v; give a share from 0 to below 1", share)
	p.check(r.Gates.MaxCollectorCPUCores >= 0, pointer+"/gates/maxCollectorCPUCores", "maxCollectorCPUCores: must be at least 0")
}

// target is who runs it, with the default in place.
func (s DeploymentSpec) target() Target { return cmp.Or(s.Target, TargetAgents) }
