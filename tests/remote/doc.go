// Package remote tests the built collector with an OpAMP server: what it tells
// the server, what its page shows, and that neither tells a secret.
package remote
