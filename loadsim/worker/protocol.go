package worker

import (
	"net/url"
	"time"

	"github.com/phoenix-platform/phoenix/loadsim"
)

// Version is the protocol's; it is the first element of every path.
const Version = "v1"

// AssignmentPath is asked for work: GET, with the query host=NAME and
// wait=SECONDS. The answer is 200 with an [Assignment], or 204 if there was
// none in that time.
const AssignmentPath = "/" + Version + "/loadsim/assignment"

// StatusPath is told how an assignment goes: POST a [Status]. The answer is 200
// with an [Answer]; 404 or 410 ends the simulation as well.
func StatusPath(id string) string {
	return "/" + Version + "/loadsim/assignments/" + url.PathEscape(id) + "/status"
}

// Assignment is a simulation that a server wants.
type Assignment struct {
	// ID names it in what is said about it.
	ID string `json:"id"`
	// Profile and the numbers are those of loadsim run; 0 is the profile's own.
	Profile         string  `json:"profile"`
	DurationSeconds float64 `json:"duration_seconds,omitempty"`
	ProcessCount    int     `json:"process_count,omitempty"`
	ChurnRate       float64 `json:"churn_rate,omitempty"`
	Seed            uint64  `json:"seed"`
	// CustomProfile is the YAML of the profile custom.
	CustomProfile string `json:"custom_profile,omitempty"`
}

// State is where a simulation is.
type State string

// A simulation is running first, or refused. It ends in one of the others.
const (
	Running   State = "running"
	Refused   State = "refused"
	Completed State = "completed"
	Stopped   State = "stopped"
	Failed    State = "failed"
)

// Status is what a worker says of its assignment.
type Status struct {
	Host  string    `json:"host"`
	State State     `json:"state"`
	At    time.Time `json:"at"`
	// Message says why it was refused or has failed.
	Message string `json:"message,omitempty"`
	// Progress is of a simulation that runs, Summary of one that ended.
	Progress *Progress        `json:"progress,omitempty"`
	Summary  *loadsim.Summary `json:"summary,omitempty"`
}

// Progress is the state of a simulation that runs.
type Progress struct {
	ElapsedSeconds  float64 `json:"elapsed_seconds"`
	LeftSeconds     float64 `json:"left_seconds"`
	ActiveProcesses int     `json:"active_processes"`
	Spawned         int     `json:"spawned"`
	Failed          int     `json:"failed"`
	ChurnRate       float64 `json:"churn_rate"`
	CPUAsked        float64 `json:"cpu_asked_cores"`
	CPUAchieved     float64 `json:"cpu_achieved_cores"`
}

// Answer is what a server says to a status.
type Answer struct {
	// Stop ends the simulation.
	Stop bool `json:"stop"`
}
