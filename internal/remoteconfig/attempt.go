package remoteconfig

import "time"

// Attempt is what became of one offer that was not answered at once. A time
// that is zero was not reached.
type Attempt struct {
	// ID rises with each attempt on this agent.
	ID         uint64 `json:"id"`
	Hash       Hash   `json:"hash"`
	Generation uint64 `json:"generation,omitempty"`
	Nonce      string `json:"nonce,omitempty"`
	Reason     string `json:"reason,omitempty"`
	Rollback   bool   `json:"rollback,omitempty"`

	Offered   time.Time `json:"offered"`
	Checked   time.Time `json:"checked,omitzero"`
	Validated time.Time `json:"validated,omitzero"`
	Stored    time.Time `json:"stored,omitzero"`
	Applied   time.Time `json:"applied,omitzero"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Ended     time.Time `json:"ended,omitzero"`

	// Outcome is empty while the attempt goes on.
	Outcome Outcome `json:"outcome,omitempty"`
	// Cause is empty if it settled.
	Cause Cause `json:"cause,omitzero"`
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	// Settled: it became the last good one, or was already.
	Settled Outcome = "settled"
	// WentBack: what ran before it runs again, or never stopped running.
	WentBack Outcome = "went_back"
	// Replaced: it was confirmed, and a newer one was before it settled.
	Replaced Outcome = "replaced"
)

// Reached names the last stage that an attempt came to.
func (a Attempt) Reached() string {
	stages := []struct {
		name string
		at   time.Time
	}{{"confirmed", a.Confirmed}, {"applied", a.Applied}, {"stored", a.Stored}, {"validated", a.Validated}, {"checked", a.Checked}}
	for _, s := range stages {
		if !s.at.IsZero() {
			return s.name
		}
	}
	return "received"
}

// pending reports whether an attempt is on its way to be stored.
func (a Attempt) pending() bool { return a.Ended.IsZero() && a.Stored.IsZero() }

// offer is what the attempt is made for.
func (a Attempt) offer() Offer {
	return Offer{Generation: a.Generation, Nonce: a.Nonce, Reason: a.Reason, Hash: a.Hash, Rollback: a.Rollback}
}
