package hostagent

import (
	"context"

	"github.com/phoenix-platform/phoenix/internal/ownership"
	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// Service is what runs now, as the agent sees it. Its methods are called one at
// a time, from Attach until detach has returned.
type Service interface {
	// Change hands components their new configurations: all are asked to prepare
	// it, then all carry it out; or none does, and the error says who refused.
	Change(ctx context.Context, settings []ownership.Setting) error
	// Answered tells the server what became of an offer. It does not wait for it.
	Answered(remoteconfig.Answer)
	// Reported says that what runs, or the attempts, have changed.
	Reported()
}

// Health is the state of the whole collector.
type Health struct {
	// OK says that every component is well.
	OK bool
	// Permanent says that a component gave up, Fatal that the collector ends
	// because of it.
	Permanent, Fatal bool
	// Component is the path of the worst one, such as
	// pipelines/metrics/phoenix/exporters/otlphttp/destination, and Detail what
	// it says. Empty if all are well.
	Component, Detail string
}

// Offer is a configuration as a server offers it.
type Offer struct {
	// Content is the remote configuration; empty for none, which runs the
	// bootstrap.
	Content []byte
	// Token is the server's name for it. Answers carry it in hex as their Nonce.
	Token []byte
	// Generation, Reason and Rollback are those of [remoteconfig.Offer].
	Generation uint64
	Reason     string
	Rollback   bool
}
