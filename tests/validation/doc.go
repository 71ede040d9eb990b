// Package validation compares what controlplane/validation says of a
// configuration with what the built collector says: what the one accepts, the
// other accepts.
package validation
