// Package opampserver holds the connections of agents, by OpAMP over WebSocket
// and over plain HTTP.
//
//	agents := opampserver.New(opampserver.Settings{Log: log, Registerer: registry})
//	service, err := controlplane.NewService(store, controlplane.Settings{Outgoing: agents, …})
//	stop, err := agents.Serve(ctx, service)
//	mux.Handle("/v1/opamp", agents.Handler(httpapi.CallerOf))
//
// It decides nothing. What is wanted of an agent stands in the store before
// anything goes out; the server reads it when the agent connects and when it is
// woken, compares it with what the agent says of itself, which is the truth, and
// offers what differs, once. What agents say is written down for many of them at
// once.
//
// Every connection has one goroutine that reads and one that writes, each with a
// time limit: a peer that is silent, or does not read, is cut off and keeps
// nobody waiting.
package opampserver
