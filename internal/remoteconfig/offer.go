package remoteconfig

// Offer is a configuration that a server wants to run here. Its content is
// checked and stored by others; a life only needs its name.
type Offer struct {
	// Generation orders the offers of a server: a lower one than before is
	// refused. 0 is from a server that does not count, and is never stale.
	Generation uint64
	// Nonce comes back with each answer to the offer.
	Nonce string
	// Reason says in a sentence why it is made.
	Reason string
	// Hash is of the content, computed by the agent.
	Hash Hash
	// Rollback says that the server wants to leave what is on trial.
	Rollback bool
}

// bounded returns the offer with texts that fit a slot.
func (o Offer) bounded() Offer {
	o.Nonce, o.Reason = bounded(o.Nonce, 128), bounded(o.Reason, 200)
	return o
}

// Status is an answer's, by the names of OpAMP's RemoteConfigStatuses.
type Status string

// The statuses of an offer.
const (
	// Applied: it runs, is healthy and durable.
	Applied Status = "APPLIED"
	// Applying: it is checked, stored or tried.
	Applying Status = "APPLYING"
	// Failed: it does not run, and the cause says why.
	Failed Status = "FAILED"
)

// Answer is what a server is told about an offer. It is only given out after
// the state that it speaks of is durable.
type Answer struct {
	Status     Status `json:"status,omitempty"`
	Hash       Hash   `json:"hash,omitempty"`
	Generation uint64 `json:"generation,omitempty"`
	Nonce      string `json:"nonce,omitempty"`
	// Cause is empty unless the status is [Failed].
	Cause Cause `json:"cause,omitzero"`
}

// answer returns the answer to an offer.
func (o Offer) answer(status Status, cause Cause) Answer {
	return Answer{Status: status, Hash: o.Hash, Generation: o.Generation, Nonce: o.Nonce, Cause: cause.bounded()}
}
