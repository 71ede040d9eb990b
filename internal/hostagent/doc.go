// Package hostagent leads the life of remote configurations on a host: it takes
// offers, has them checked and validated, brings the collector to run them,
// judges by the data whether they work, and goes back if they do not.
//
// There is one Agent for an agent file in a process. It outlives the reloads
// of the collector, which asks it for its configuration, and the services that
// it makes, which report to it:
//
//	a, err := hostagent.Of("/etc/otelcol-phoenix/agent.yaml", hostagent.Options{Logger: log})
//	config, err := a.Retrieve(ctx, changed) // the collector, at its start and each reload
//	detach := a.Attach(service)             // the service, when it starts
//	a.Health(health)                        // each change
//	a.Ready()                               // all of it has started
//	a.Offer(offer)                          // the server's, at any time
//
// What is decided, and what is remembered, is in package remoteconfig; what a
// configuration may say in package ownership; whether data flows in package
// dataflow. One goroutine carries out what follows from them. What happens in
// the same moment as the end of the process, such as a component that fails to
// start, is written down before the call returns.
package hostagent
