package remoteconfig

import (
	"crypto/sha256"
	"encoding/hex"
)

// Hash names a configuration by its content: the SHA-256 in lower-case hex. The
// empty hash stands for none.
type Hash string

// Sum returns the hash of a configuration. The agent computes it itself and
// believes no hash that comes with an offer.
func Sum(content []byte) Hash {
	sum := sha256.Sum256(content)
	return Hash(hex.EncodeToString(sum[:]))
}

// valid reports whether a hash can be the name of a file of ours.
func (h Hash) valid() bool {
	b, err := hex.DecodeString(string(h))
	return err == nil && len(b) == sha256.Size && hex.EncodeToString(b) == string(h)
}

// Short is as much of a hash as tells configurations apart in a sentence.
func (h Hash) Short() string { return string(h[:min(len(h), 12)]) }
