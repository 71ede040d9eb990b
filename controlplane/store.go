package controlplane

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound is returned by a store when there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrStorageFull is returned by a store when nothing can be written because
	// the disk or the quota is full. What was there can still be read.
	ErrStorageFull = errors.New("the storage is full")
)

// Store keeps the state. It has no rules: it stores rows as they are, finds
// them again, and keeps a transaction whole. What an Update acknowledged is
// there after a crash of the program or of the machine.
type Store interface {
	// View runs f on one state of everything: what others commit meanwhile, f
	// does not see.
	View(ctx context.Context, f func(Reader) error) error
	// Update runs f alone, and keeps all that f wrote, or nothing if f returns
	// an error. It runs f once. The error is f's, [ErrStorageFull], or one of
	// the database.
	Update(ctx context.Context, f func(Writer) error) error
}

// Reader reads rows. Who asks for one that is not there gets [ErrNotFound].
// Lists are in the order of their key and have at most limit items, those that
// come after the key; descending turns the order around.
type Reader interface {
	DeploymentReader
	AgentReader
	LoadReader

	Token(ctx context.Context, id string) (Token, error)
	Tokens(ctx context.Context, s Span[string]) ([]Token, error)
	// HasTokens says whether there was ever one of the purpose.
	HasTokens(ctx context.Context, p Purpose) (bool, error)

	// PriceBook returns [ErrNotFound] until one was put.
	PriceBook(ctx context.Context) (PriceBook, error)

	// Audit is ordered by sequence.
	Audit(ctx context.Context, f AuditFilter, s Span[int64]) ([]AuditRecord, error)
	// AuditHead is the zero head if there is no record.
	AuditHead(ctx context.Context) (AuditHead, error)

	// Events is ordered by sequence.
	Events(ctx context.Context, s Span[int64]) ([]Event, error)
	// Result returns what a caller's key was answered with, and the fingerprint
	// of the request.
	Result(ctx context.Context, tokenID, key string) (fingerprint string, result []byte, err error)
}

// Span is a part of a list.
type Span[K any] struct {
	After      K // the zero value: from the start
	Limit      int
	Descending bool
}

// DeploymentReader reads deployments and what they want.
type DeploymentReader interface {
	// Deployment finds one that lives, by its name.
	Deployment(ctx context.Context, name string) (PipelineDeployment, error)
	// Deployments lists those that live, by name.
	Deployments(ctx context.Context, s Span[string]) ([]PipelineDeployment, error)
	// Version finds a version of a deployment, whether it lives or not.
	Version(ctx context.Context, uid string, number int) (Version, error)
	// Versions is ordered by number.
	Versions(ctx context.Context, uid string, s Span[int64]) ([]Version, error)
	Configuration(ctx context.Context, hash string) (Configuration, error)
}

// AgentReader reads agents and what was wanted of them.
type AgentReader interface {
	Agent(ctx context.Context, name string) (Agent, error)
	// Agents is ordered by name.
	Agents(ctx context.Context, s Span[string]) ([]Agent, error)
	// Effective is the configuration that an agent said last that it runs.
	Effective(ctx context.Context, agent string) ([]byte, error)
	// CountAgents counts the agents of a deployment.
	CountAgents(ctx context.Context, deployment string) (AgentCounts, error)
	// DesiredAt returns what was wanted on an agent at a time: the one of the
	// greatest generation that is not younger.
	DesiredAt(ctx context.Context, agent string, at time.Time) (Desired, error)
	// DesiredOnHost is DesiredAt of every agent that there ever was on a host, by
	// agent.
	DesiredOnHost(ctx context.Context, host string, at time.Time) ([]Desired, error)
	// DesiredOf is ordered by generation.
	DesiredOf(ctx context.Context, agent string, s Span[int64]) ([]Desired, error)
	// Attempts is ordered by sequence.
	Attempts(ctx context.Context, agent string, s Span[int64]) ([]Attempt, error)
	// AttemptAt returns the last attempt of an outcome that is not younger than a
	// time.
	AttemptAt(ctx context.Context, agent string, o Outcome, at time.Time) (Attempt, error)
}

// LoadReader reads load simulations.
type LoadReader interface {
	Load(ctx context.Context, name string) (LoadSimulation, error)
	LoadByUID(ctx context.Context, uid string) (LoadSimulation, error)
	// Loads is ordered by name.
	Loads(ctx context.Context, s Span[string]) ([]LoadSimulation, error)
	// ClaimableLoad returns the oldest that is for this host or for any, and is
	// pending or has a lease that ended before now.
	ClaimableLoad(ctx context.Context, host string, now time.Time) (LoadSimulation, error)
}

// Writer writes rows, and reads what it wrote. Put replaces a row of the same
// key or makes it.
type Writer interface {
	Reader

	// NextRevision returns a number that no Update got which was kept.
	NextRevision(ctx context.Context) (int64, error)

	PutDeployment(ctx context.Context, d PipelineDeployment) error
	// EndDeployment takes a deployment from those that live. Its versions stay.
	EndDeployment(ctx context.Context, uid string, at time.Time) error
	AddVersion(ctx context.Context, v Version) error
	// AddConfiguration does nothing if the text is there already.
	AddConfiguration(ctx context.Context, c Configuration) error

	PutAgent(ctx context.Context, a Agent) error
	// PutEffective keeps what an agent that is there runs.
	PutEffective(ctx context.Context, agent string, text []byte) error
	// DeleteAgent leaves what was wanted of it, and its attempts.
	DeleteAgent(ctx context.Context, name string) error
	AddDesired(ctx context.Context, d Desired) error
	// AddAttempt gives the attempt its sequence.
	AddAttempt(ctx context.Context, a Attempt) error

	PutToken(ctx context.Context, t Token) error
	// RevokeTokensOf revokes the tokens of a purpose that speak for a subject.
	RevokeTokensOf(ctx context.Context, p Purpose, subject string, at time.Time) error

	PutLoad(ctx context.Context, l LoadSimulation) error
	DeleteLoad(ctx context.Context, name string) error

	PutPriceBook(ctx context.Context, b PriceBook) error

	// AddAudit adds a sealed record. A store refuses to change or delete one.
	AddAudit(ctx context.Context, r AuditRecord) error
	// AddEvent gives the event its sequence.
	AddEvent(ctx context.Context, e Event) error
	// TrimEvents deletes all but the newest.
	TrimEvents(ctx context.Context, keep int) error

	AddResult(ctx context.Context, tokenID, key, fingerprint string, result []byte, at time.Time) error
	// TrimResults deletes those that are older.
	TrimResults(ctx context.Context, before time.Time) error
}
