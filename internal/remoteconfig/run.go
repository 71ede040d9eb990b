package remoteconfig

// Source says why a configuration runs.
type Source string

// What can run. Where several could, the first of these does.
const (
	// Candidate is on trial.
	Candidate Source = "candidate"
	// Confirmed is on probation.
	Confirmed Source = "confirmed"
	// LastGood has settled.
	LastGood Source = "last_good"
	// Previous was the last good one before.
	Previous Source = "previous"
	// Bootstrap is the agent file's own configuration; it has no hash.
	Bootstrap Source = "bootstrap"
	// SafeMode is built in and always runs, so that a server can still help.
	SafeMode Source = "safe_mode"
)

// Run is what a collector runs, and why.
type Run struct {
	Source Source `json:"source,omitempty"`
	// Hash names the stored configuration; it is empty for bootstrap and safe
	// mode.
	Hash Hash `json:"hash,omitempty"`
}

// Passed is what should have run at a start and could not.
type Passed struct {
	Run Run
	Err error
}
