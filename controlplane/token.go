package controlplane

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"strings"
	"time"
)

// Purpose is what a token is for.
type Purpose string

const (
	// PurposeAPI is a person's, a program's or a worker's.
	PurposeAPI Purpose = "api"
	// PurposeFirst is the administrator's of the first start. It is good for one
	// exchange and nothing else.
	PurposeFirst Purpose = "first"
	// PurposeEnrolment lets agents enrol.
	PurposeEnrolment Purpose = "enrolment"
	// PurposeAgent speaks for one agent.
	PurposeAgent Purpose = "agent"
)

// Token is what is kept of a secret: never the secret.
type Token struct {
	// ID is the part of the secret that may be shown.
	ID      string  `json:"id"`
	Purpose Purpose `json:"purpose"`
	// Subject is who it speaks for: a name, or an agent's instance UID.
	Subject string `json:"subject"`
	Role    Role   `json:"role,omitempty"`
	// Labels are given to the agents that enrol with it.
	Labels map[string]string `json:"labels,omitempty"`
	// UsesLeft is how many agents more may enrol with it.
	UsesLeft  int        `json:"usesLeft,omitempty"`
	CreatedBy string     `json:"createdBy"`
	CreatedAt time.Time  `json:"createdAt"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"` // nil: never
	RevokedAt *time.Time `json:"revokedAt,omitempty"`
	// Hash is the SHA-256 of the secret.
	Hash []byte `json:"-"`
}

// Issued is a token with its secret, which can be had this once.
type Issued struct {
	Token
	// Secret is empty when a request is answered again by its idempotency key.
	Secret string `json:"-"`
}

// TokenDraft is what an administrator gives to issue a token.
type TokenDraft struct {
	// Purpose is [PurposeAPI] or [PurposeEnrolment].
	Purpose Purpose `json:"purpose"`
	// Subject is who gets it, for people to recognise.
	Subject string `json:"subject"`
	// Role is that of an API token.
	Role Role `json:"role,omitempty"`
	// TTL is how long it is good; 0: an API token for ever, an enrolment token
	// for an hour.
	TTL Duration `json:"ttl,omitempty"`
	// Uses is how many agents may enrol; 0: one.
	Uses int `json:"uses,omitempty"`
	// Labels are what these agents get.
	Labels map[string]string `json:"labels,omitempty"`
}

const (
	enrolmentTTL = Duration(time.Hour)
	mostUses     = 100_000
	secretMark   = "phx_"
	idBytes      = 10
	secretBytes  = 32
)

func (d TokenDraft) validate() error {
	var p problems
	p.check(d.Subject != "" && isLabel(d.Subject), "/subject", "subject: %.80q; say who gets the token in 1 to %d printable characters", d.Subject, longestLabel)
	p.check(d.TTL >= 0, "/ttl", "ttl: must not be below 0")
	checkLabels(&p, "/labels", d.Labels)
	switch d.Purpose {
	case PurposeAPI:
		p.check(d.Role.Valid() && d.Role != RoleAgent, "/role", "role: %.80q; use viewer, operator, admin or worker", d.Role)
		p.check(d.Uses == 0, "/uses", "uses: belongs to an enrolment token")
		p.check(len(d.Labels) == 0, "/labels", "labels: belong to an enrolment token")
	case PurposeEnrolment:
		p.check(d.Role == "", "/role", "role: an enrolment token has none; drop it")
		p.check(d.Uses >= 0 && d.Uses <= mostUses, "/uses", "uses: %d; give 1 to %d", d.Uses, mostUses)
	default:
		p.check(false, "/purpose", "purpose: %.80q; use api or enrolment", d.Purpose)
	}
	return p.err()
}

// Usable says whether the token is good for something at a time.
func (t Token) Usable(now time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

// newSecret makes a secret of 256 random bits and what is kept of it.
func newSecret() (secret, id string, hash []byte) {
	raw := make([]byte, idBytes+secretBytes)
	rand.Read(raw) // never fails: the program ends if the system has no randomness
	id = strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:idBytes]))
	secret = secretMark + id + "_" + base64.RawURLEncoding.EncodeToString(raw[idBytes:])
	return secret, id, hashSecret(secret)
}

func hashSecret(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// TokenID returns the part of a secret that may be shown and counted, or "" if
// it is not a secret of ours.
func TokenID(secret string) string {
	rest, ours := strings.CutPrefix(secret, secretMark)
	id, _, whole := strings.Cut(rest, "_")
	if !ours || !whole || len(id) != base32.StdEncoding.WithPadding(base32.NoPadding).EncodedLen(idBytes) {
		return ""
	}
	return id
}

// is compares a secret with the token's in constant time.
func (t Token) is(secret string) bool {
	return subtle.ConstantTimeCompare(t.Hash, hashSecret(secret)) == 1
}
