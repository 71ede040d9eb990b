package controlplane

import "slices"

// Role is what a token's holder may do.
type Role string

// A viewer reads; an operator changes deployments and starts load; an
// administrator has tokens, labels, prices and the audit as well. An agent and
// a worker speak for themselves and for nobody else.
const (
	RoleViewer   Role = "viewer"
	RoleOperator Role = "operator"
	RoleAdmin    Role = "admin"
	RoleAgent    Role = "agent"
	RoleWorker   Role = "worker"
)

// Action is something that changes the state or that only some may see; it is
// what the audit says was done.
type Action string

const (
	CreateDeployment   Action = "deployment.create"
	UpdateDeployment   Action = "deployment.update"
	RollbackDeployment Action = "deployment.rollback"
	DeleteDeployment   Action = "deployment.delete"
	EndCritical        Action = "deployment.critical.end"
	LabelAgent         Action = "agent.label"
	DeleteAgent        Action = "agent.delete"
	EnrolAgent         Action = "agent.enrol"
	ReleaseAgent       Action = "agent.release"
	ResyncAgent        Action = "agent.resync"
	RevealAgent        Action = "agent.reveal"
	ReportAgent        Action = "agent.report"
	CreateToken        Action = "token.create"
	RevokeToken        Action = "token.revoke"
	ExchangeToken      Action = "token.exchange"
	SetPriceBook       Action = "pricebook.set"
	CreateLoad         Action = "loadsim.create"
	StopLoad           Action = "loadsim.stop"
	DeleteLoad         Action = "loadsim.delete"
	ClaimLoad          Action = "loadsim.claim"
	ReportLoad         Action = "loadsim.report"
	Backup             Action = "backup"
	ReadAudit          Action = "audit.read"
	ReadTokens         Action = "token.read"
	Read               Action = "read"
)

// people are the roles of people, each with all that the ones before it have.
var people = []Role{RoleViewer, RoleOperator, RoleAdmin}

// needs is the least role of each action. What is not here nobody may do.
var needs = map[Action]Role{
	Read:             RoleViewer,
	CreateDeployment: RoleOperator, UpdateDeployment: RoleOperator, RollbackDeployment: RoleOperator, DeleteDeployment: RoleOperator,
	EndCritical:  RoleAdmin,
	ReleaseAgent: RoleOperator, ResyncAgent: RoleOperator, RevealAgent: RoleOperator,
	LabelAgent: RoleAdmin, DeleteAgent: RoleAdmin,
	CreateLoad: RoleOperator, StopLoad: RoleOperator, DeleteLoad: RoleOperator,
	CreateToken: RoleAdmin, RevokeToken: RoleAdmin, ReadTokens: RoleAdmin, SetPriceBook: RoleAdmin, Backup: RoleAdmin, ReadAudit: RoleAdmin,
	ReportAgent: RoleAgent,
	ClaimLoad:   RoleWorker, ReportLoad: RoleWorker,
}

// Needs returns the least role that may do it; empty: a secret of its own, such
// as an enrolment token, decides.
func (a Action) Needs() Role { return needs[a] }

// May says whether the role has an action.
func (r Role) May(a Action) bool {
	least, known := needs[a]
	if !known {
		return false
	}
	have, need := slices.Index(people, r), slices.Index(people, least)
	if need < 0 { // an agent's or a worker's own
		return r == least
	}
	return have >= need
}

// Valid says whether there is such a role.
func (r Role) Valid() bool {
	return slices.Contains(people, r) || r == RoleAgent || r == RoleWorker
}

// Caller is who asks, and how. The zero Caller may do nothing.
type Caller struct {
	// Subject is a person's, agent's or worker's name.
	Subject string
	Role    Role
	// TokenID is that of the token that it showed.
	TokenID string
	// Address is where the request came from, RequestID its number.
	Address   string
	RequestID string
	// Key is the Idempotency-Key of the request, Fingerprint the hash of all of
	// it. With the same key and fingerprint a change is made once, and its
	// result told again. An empty key: each request counts.
	Key, Fingerprint string
}

// system is Phoenix itself, where time and not a request made a change.
var system = Caller{Subject: "phoenix", Role: RoleAdmin}
