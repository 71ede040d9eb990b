package controlplane

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim/profile"
)

// KindLoadSimulation is the kind of a [LoadSimulation].
const KindLoadSimulation = "LoadSimulation"

// LoadSimulation is a load of real processes that a worker makes on its host.
type LoadSimulation struct {
	TypeMeta
	Metadata Metadata   `json:"metadata"`
	Spec     LoadSpec   `json:"spec"`
	Status   LoadStatus `json:"status"`
}

// LoadSpec is what is to run where. The numbers are those of loadsim run; 0 is
// the profile's own.
type LoadSpec struct {
	// Host is the worker's host; empty: any.
	Host         string   `json:"host,omitempty"`
	Profile      string   `json:"profile"`
	Duration     Duration `json:"duration,omitempty"`
	ProcessCount int      `json:"processCount,omitempty"`
	ChurnRate    float64  `json:"churnRate,omitempty"` // births per second
	Seed         uint64   `json:"seed,omitempty"`
	// CustomProfile is the YAML of the profile custom.
	CustomProfile string `json:"customProfile,omitempty"`
}

// LoadStatus is how it goes.
type LoadStatus struct {
	State LoadState `json:"state"`
	// Stop is set once somebody asked for the end of it.
	Stop bool `json:"stop,omitempty"`
	// Worker and Host have it, until LeaseUntil unless they are heard of again.
	Worker     string    `json:"worker,omitempty"`
	Host       string    `json:"host,omitempty"`
	LeaseUntil time.Time `json:"leaseUntil,omitzero"`
	// Claim counts how often it was claimed. What a former claim says is
	// refused.
	Claim   int64  `json:"claim,omitempty"`
	Message string `json:"message,omitempty"`
	// Progress and Summary are the worker's own words.
	Progress   json.RawMessage `json:"progress,omitempty"`
	Summary    json.RawMessage `json:"summary,omitempty"`
	StartedAt  time.Time       `json:"startedAt,omitzero"`
	FinishedAt time.Time       `json:"finishedAt,omitzero"`
}

// LoadState is where a simulation is.
type LoadState string

// It is pending until a worker claims it, and ends in one of the last four.
const (
	LoadPending   LoadState = "pending"
	LoadClaimed   LoadState = "claimed"
	LoadRunning   LoadState = "running"
	LoadCompleted LoadState = "completed"
	LoadStopped   LoadState = "stopped"
	LoadFailed    LoadState = "failed"
	LoadRefused   LoadState = "refused"
)

// Ended says whether nothing more comes.
func (s LoadState) Ended() bool {
	switch s {
	case LoadCompleted, LoadStopped, LoadFailed, LoadRefused:
		return true
	case LoadPending, LoadClaimed, LoadRunning:
	}
	return false
}

// LoadDraft is what a user gives to start a simulation.
type LoadDraft struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	Spec   LoadSpec          `json:"spec"`
}

// Assignment is a claimed simulation.
type Assignment struct {
	// ID names this claim; a later claim of the same simulation has another.
	ID   string   `json:"id"`
	Name string   `json:"name"`
	Spec LoadSpec `json:"spec"`
}

// LoadReport is what a worker says of an assignment.
type LoadReport struct {
	State    LoadState       `json:"state"`
	Message  string          `json:"message,omitempty"`
	Progress json.RawMessage `json:"progress,omitempty"`
	Summary  json.RawMessage `json:"summary,omitempty"`
}

const (
	longestLoad    = Duration(24 * time.Hour)
	longestProfile = 1 << 20  // bytes of a custom profile
	longestWords   = 64 << 10 // bytes of a progress or summary
)

func (d LoadDraft) validate() error {
	var p problems
	checkName(&p, d.Name)
	checkLabels(&p, "/metadata/labels", d.Labels)
	s := d.Spec
	p.check(isLabel(s.Host), "/spec/host", "host: is no host's name")
	p.check(s.Duration <= longestLoad, "/spec/duration", "duration: at most %s is possible", time.Duration(longestLoad))
	p.check(len(s.CustomProfile) <= longestProfile, "/spec/customProfile", "customProfile: has %d bytes; at most %d are possible", len(s.CustomProfile), longestProfile)
	if len(p) == 0 {
		err := s.plan()
		p.check(err == nil, "/spec", "%v", err)
	}
	return p.err()
}

// plan asks the profile whether these numbers are possible.
func (s LoadSpec) plan() error {
	parameters := profile.Parameters{
		Profile: s.Profile, Duration: time.Duration(s.Duration), ProcessCount: s.ProcessCount, ChurnRate: s.ChurnRate, Seed: cmp.Or(s.Seed, 1),
	}
	if s.CustomProfile != "" {
		file, err := profile.Parse([]byte(s.CustomProfile))
		if err != nil {
			return err
		}
		parameters.File = file
	}
	_, err := profile.New(parameters)
	return err
}

func (r LoadReport) validate() error {
	var p problems
	p.check(r.State == LoadRunning || r.State.Ended(), "/state", "state: %.40q; use running, completed, stopped, failed or refused", r.State)
	p.check(len(r.Progress) <= longestWords, "/progress", "progress: has %d bytes; at most %d are possible", len(r.Progress), longestWords)
	p.check(len(r.Summary) <= longestWords, "/summary", "summary: has %d bytes; at most %d are possible", len(r.Summary), longestWords)
	p.check(len(r.Message) <= longestReason*4, "/message", "message: has %d bytes; at most %d are possible", len(r.Message), longestReason*4)
	return p.err()
}
