// Package pipeline is the verb `phoenix pipeline`: what is wrong with a
// configuration, and what it would do to a host. It needs no server.
package pipeline
