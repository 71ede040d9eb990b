// Package try is the verb `phoenix try`: it runs the collector with a template
// of the catalog on this host's real processes, sends nothing anywhere, and
// shows at every scrape what the template saves and what it keeps.
//
// command.go and parameters.go are the command line, config.go makes the
// collector's configuration, session.go runs it. What is shown comes from four
// places: the records of the two series meters (records.go), the Prometheus
// endpoint (endpoint.go), the collector's log records (reasons.go) and the operating
// system (usage.go). A Scrape puts them together (scrape.go); text.go and
// view.go print it.
package try
