// Package controlplane holds what Phoenix decides and remembers: which
// configuration is wanted on which agent, since when, by whose word and why.
// It has the nouns (PipelineDeployment, Version, Agent, Token, LoadSimulation,
// PriceBook, AuditRecord, Event) and the rules, and knows neither SQL nor HTTP.
//
// A [Service] carries the rules out on a [Store]. Each of its methods that
// changes something is one transaction: the change, what it means for the
// agents, its audit record and its event are all there, or none is. What a
// caller may do is decided by the [Role] of the [Caller] and the [Action]; an
// agent or a worker speaks for itself only.
//
//	db, err := sqlstore.Open(ctx, "phoenix.db")
//	service := controlplane.NewService(db, controlplane.Settings{AuditKey: key})
//	d, err := service.CreateDeployment(ctx, by, controlplane.Draft{Name: "web-topk", Spec: spec})
//
// An error that a user can act on is an [*Error]: it has a code, names the thing
// and says what to do next.
package controlplane
