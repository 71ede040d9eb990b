//go:generate go tool -modfile=../../internal/tools/go.mod mdatagen metadata.yaml

// Package phoenixopamp is an extension that reports to an OpAMP server what the
// collector runs and how it is, and shows the same on a page of this machine.
// It works without a server, and a server that is away changes nothing.
//
// There is one agent for each state directory (agent.go). It has the connection
// and outlives the extension, which a reload of the configuration makes anew
// (extension.go). What is reported is in a file for each subject: describe.go,
// health.go, effective.go, explain.go; internal/redact keeps secrets out of it.
package phoenixopamp
