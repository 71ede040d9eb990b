package httpapi

import (
	"errors"
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
)

// errNotModified is returned when the caller has the newest state.
var errNotModified = errors.New("not modified")

// tagged is an answer with the version of its body.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"the version of the resource; send it as If-Match with a change"`
	Body T
}

// body is an answer without a version.
type body[T any] struct{ Body T }

// Reading is a request for something that has a version.
type Reading struct {
	IfNoneMatch string `header:"If-None-Match" doc:"the ETag that you have: the answer is 304 if it is the newest"`
}

// Changing is a request to change something.
type Changing struct {
	IfMatch        string `header:"If-Match" doc:"the ETag that you read: the change is refused if somebody was faster"`
	IdempotencyKey string `header:"Idempotency-Key" doc:"a key of your own, such as a UUID: the same request with it is carried out once" maxLength:"128"`
}

// Making is a request to make something.
type Making struct {
	IdempotencyKey string `header:"Idempotency-Key" doc:"a key of your own, such as a UUID: the same request with it is carried out once" maxLength:"128"`
}

// Because is the body of a request that may say why, and needs none.
type Because struct {
	Reason string `json:"reason,omitempty" doc:"why; the audit keeps it" maxLength:"1024"`
}

func (b *Because) reason() string {
	if b == nil {
		return ""
	}
	return b.Reason
}

// version is the resourceVersion that a change is based on; empty: any.
func (c Changing) version() string {
	if c.IfMatch == "*" {
		return ""
	}
	return strings.Trim(strings.TrimPrefix(c.IfMatch, "W/"), `"`)
}

// resource answers with a resource, or with nothing if the caller has it.
func resource[T any](r Reading, m controlplane.Metadata, v T, err error) (*tagged[T], error) {
	if err != nil {
		return nil, err
	}
	return unlessKnown(r, m.ResourceVersion, v)
}

func unlessKnown[T any](r Reading, version string, v T) (*tagged[T], error) {
	tag := `"` + version + `"`
	for known := range strings.SplitSeq(r.IfNoneMatch, ",") {
		if strings.TrimPrefix(strings.TrimSpace(known), "W/") == tag {
			return nil, errNotModified
		}
	}
	return &tagged[T]{ETag: tag, Body: v}, nil
}

// changed answers with a resource after a change.
func changed[T any](m controlplane.Metadata, v T, err error) (*tagged[T], error) {
	return resource(Reading{}, m, v, err)
}

// plainly answers with a body.
func plainly[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}
