package controlplane

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// AuditRecord is one thing that was done, or refused. Records are never changed
// nor deleted; each is chained to the one before by a MAC whose key is not in
// the database.
type AuditRecord struct {
	// Sequence counts from 1 without gaps.
	Sequence int64     `json:"sequence"`
	At       time.Time `json:"at"`
	Subject  string    `json:"subject"`
	Role     Role      `json:"role,omitempty"`
	TokenID  string    `json:"tokenID,omitempty"`
	// Address and RequestID are where it came from.
	Address   string  `json:"address,omitempty"`
	RequestID string  `json:"requestID,omitempty"`
	Action    Action  `json:"action"`
	Object    string  `json:"object"` // such as deployment/web-topk
	Verdict   Verdict `json:"verdict"`
	Reason    string  `json:"reason,omitempty"`
	// Before and After are the object's, as far as they tell the change. A
	// configuration is given by its hash.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
	MAC    []byte          `json:"mac,omitempty"`
}

// Verdict is whether it was done.
type Verdict string

const (
	VerdictDone   Verdict = "done"
	VerdictDenied Verdict = "denied"
	// VerdictFailed follows on done, if it failed on the way.
	VerdictFailed Verdict = "failed"
)

// AuditFilter narrows a list of records; what is empty does not.
type AuditFilter struct {
	Subject string
	Object  string
	Action  Action
}

// AuditHead is the last record of a chain. Whoever keeps it elsewhere can tell
// later that no record up to it was taken away.
type AuditHead struct {
	Sequence int64  `json:"sequence"`
	MAC      []byte `json:"mac"`
}

// AuditKeySize is the length of the key in bytes.
const AuditKeySize = 32

// seal chains a record to the one before it. The record is as it is read again
// later: bytes that are no UTF-8 are replaced, or its MAC would not fit then.
func (r *AuditRecord) seal(key []byte, before AuditHead) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the audit record of %s: %w", r.Action, err)
	}
	*r = AuditRecord{}
	if err := json.Unmarshal(text, r); err != nil {
		return fmt.Errorf("read the audit record that was written: %w", err)
	}
	r.Sequence = before.Sequence + 1
	mac, err := r.mac(key, before.MAC)
	r.MAC = mac
	return err
}

// mac is over the MAC before and all fields but the MAC.
func (r AuditRecord) mac(key, before []byte) ([]byte, error) {
	r.MAC = nil
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write audit record %d: %w", r.Sequence, err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(before)
	h.Write(text)
	return h.Sum(nil), nil
}

// chain checks records one after the other.
type chain struct {
	key   []byte
	head  AuditHead
	known *AuditHead // to be met on the way; nil: none is known, or it was met
}

// next takes the following record, or says what is wrong with it.
func (c *chain) next(r AuditRecord) error {
	if r.Sequence != c.head.Sequence+1 {
		return fmt.Errorf("audit record %d is followed by %d: records were taken away", c.head.Sequence, r.Sequence)
	}
	mac, err := r.mac(c.key, c.head.MAC)
	if err != nil {
		return err
	}
	if !hmac.Equal(mac, r.MAC) {
		return fmt.Errorf("audit record %d of %s was changed, or sealed with another key", r.Sequence, r.At.Format(time.RFC3339))
	}
	c.head = AuditHead{Sequence: r.Sequence, MAC: r.MAC}
	return c.meet()
}

// meet compares with the head that is known from before.
func (c *chain) meet() error {
	if c.known == nil || c.known.Sequence != c.head.Sequence {
		return nil
	}
	if !hmac.Equal(c.known.MAC, c.head.MAC) {
		return fmt.Errorf("audit record %d is not the one that was noted: the chain was written anew", c.head.Sequence)
	}
	c.known = nil
	return nil
}

// end says whether a known head is still to come.
func (c *chain) end() error {
	if c.known != nil && c.known.Sequence > 0 {
		return fmt.Errorf("the audit ends with record %d, and %d was noted: the last records were taken away", c.head.Sequence, c.known.Sequence)
	}
	return nil
}
