// Package agentfile reads the agent file, /etc/otelcol-phoenix/agent.yaml: what
// the owner of a host decides about its collector, and nobody can change from
// afar. It says which server the agent obeys, where its state is, what the
// owner's own configuration files are, where metrics may go, and what a remote
// configuration may say.
//
//	file, err := agentfile.Read("/etc/otelcol-phoenix/agent.yaml")
//
// A file is read strictly: a key that is not known is an error, and all
// problems are reported at once, each with its key and what to do. The files
// that it names are not read here; [Advice] looks at who may read and write
// them.
package agentfile
