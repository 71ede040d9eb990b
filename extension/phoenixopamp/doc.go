//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package phoenixopamp is an extension that reports to an OpAMP server what the
// collector runs and how it is, and shows the same on a page of this machine.
// It works without a server, and a server that is away changes nothing.
//
// Where the collector's configuration comes from the phoenix provider, it also
// hands over what the server offers (offers.go), tells what became of it
// (answers.go, demands.go) and carries out changes that need no restart
// (change.go); internal/hostagent decides.
//
// There is one agent for each state directory (agent.go). It has the connection
// and outlives the extension, which a reload of the configuration makes anew
// (extension.go). An agent without a token of its own enrols first
// (enrolment.go). What is reported is in a file for each subject: describe.go,
// health.go, effective.go, explain.go; internal/redact keeps secrets out of it.
package phoenixopamp
