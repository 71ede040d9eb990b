package controlplane

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of error it is, for programs.
type Code string

const (
	// CodeInvalid: the request itself is wrong; details say where.
	CodeInvalid Code = "invalid"
	// CodeUnauthenticated: the token is unknown, revoked, used up or expired.
	CodeUnauthenticated Code = "unauthenticated"
	// CodeForbidden: the caller's role does not have this action.
	CodeForbidden Code = "forbidden"
	// CodeNotFound: there is nothing of this name.
	CodeNotFound Code = "not_found"
	// CodeExists: the name is taken.
	CodeExists Code = "exists"
	// CodeConflict: another resource stands against it; the text names both.
	CodeConflict Code = "conflict"
	// CodeStale: the resource changed since the caller read it.
	CodeStale Code = "stale"
	// CodeKeyReused: the idempotency key was used for another request.
	CodeKeyReused Code = "key_reused"
	// CodeGone: the claim or offer is no longer the caller's.
	CodeGone Code = "gone"
	// CodeUnavailable: it needs something that is away now, such as an agent's
	// connection; later it can succeed.
	CodeUnavailable Code = "unavailable"
	// CodeStorageFull: nothing can be written, reading goes on.
	CodeStorageFull Code = "storage_full"
)

// Error is an error that a user can act on.
type Error struct {
	Code    Code
	Message string
	// Hint is the next step, where the message does not say it.
	Hint string
	// Details are the single problems of a request that is invalid.
	Details []Detail
}

// Detail is one problem of a request.
type Detail struct {
	// Pointer is the JSON Pointer (RFC 6901) of the value that is wrong.
	Pointer string `json:"pointer,omitempty"`
	// Line and Column count from 1 in a text that was sent; 0: no place.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"detail"`
	Remedy  string `json:"remedy,omitempty"`
}

func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// CodeOf returns the code of an error, or "" if a user can do nothing about it.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

func fail(code Code, hint, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// invalid is an error with a single problem at a place.
func invalid(pointer, format string, args ...any) error {
	var p problems
	p.check(false, pointer, format, args...)
	return p.err()
}

// problems collects what is wrong with a request, so that a user hears of all
// of it at once.
type problems []Detail

func (p *problems) check(ok bool, pointer, format string, args ...any) {
	if !ok {
		*p = append(*p, Detail{Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	texts := make([]string, len(p))
	for i, d := range p {
		texts[i] = d.Message
	}
	return &Error{Code: CodeInvalid, Message: strings.Join(texts, "; "), Details: p}
}
