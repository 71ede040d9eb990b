// Package deploy checks the files in deploy that a host is set up with: the
// systemd unit and its environment, and the examples of the agent file and of an
// owner's configuration. It runs what make build built.
package deploy
