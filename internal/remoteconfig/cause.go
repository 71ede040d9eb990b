package remoteconfig

import (
	"errors"
	"fmt"
	"strings"
)

// Code is the kind of a failure.
type Code string

// Failures of the configuration itself: it is blocked.
const (
	// Refused by what a remote configuration may say.
	Refused Code = "refused"
	// Invalid for the collector that would run it.
	Invalid Code = "invalid"
	// FailedToStart when its components were started.
	FailedToStart Code = "failed_to_start"
	// Hung: the new service was not up in time, or the old one not down.
	Hung Code = "hung"
	// Crashed: the process ended while the configuration ran unproven.
	Crashed Code = "crashed"
	// Unhealthy: a component failed, or no data flowed.
	Unhealthy Code = "unhealthy"
)

// Passing failures, which say nothing about the configuration: the agent goes
// back to what ran before, and the same offer may be made again.
const (
	// Storage: it could not be written, as when the disk is full.
	Storage Code = "storage"
	// NoMemory for the process that validates.
	NoMemory Code = "no_memory"
	// Timeout of the process that validates.
	Timeout Code = "timeout"
	// Unresolved: a secret that it refers to is not there on this host.
	Unresolved Code = "unresolved"
	// Unproven: the backend was away, so that nobody can say.
	Unproven Code = "unproven"
	// HostRestarted while the configuration was tried.
	HostRestarted Code = "host_restarted"
	// Stopped: the collector was stopped before the end.
	Stopped Code = "stopped"
	// Cancelled by a newer offer that goes back.
	Cancelled Code = "cancelled"
	// Superseded by a newer offer.
	Superseded Code = "superseded"
	// Stale: the offer is older than one that was accepted.
	Stale Code = "stale"
)

// Blocks reports whether a configuration that failed so is not tried again on
// this agent, until it is released or the binary or the agent file is another.
func (c Code) Blocks() bool {
	switch c {
	case Refused, Invalid, FailedToStart, Hung, Crashed, Unhealthy:
		return true
	default:
		return false
	}
}

// Cause is why a configuration does not run. As an error it can be returned by
// whoever validates one.
type Cause struct {
	Code Code `json:"code,omitempty"`
	// Component is the path of the component at fault, such as
	// pipelines/metrics/exporters/otlphttp/phoenix; empty if there is none.
	Component string `json:"component,omitempty"`
	// Detail is for people: one sentence without secrets.
	Detail string `json:"detail,omitempty"`
}

// Error is what the server and the local page show.
func (c Cause) Error() string {
	text := string(c.Code)
	if c.Component != "" {
		text += " at " + c.Component
	}
	if c.Detail != "" {
		text += ": " + c.Detail
	}
	return text
}

// CauseOf returns the cause that an error carries, or else one of the given
// code with the error's text.
func CauseOf(err error, otherwise Code) Cause {
	var c Cause
	if errors.As(err, &c) {
		return c
	}
	return Cause{Code: otherwise, Detail: err.Error()}
}

// bounded returns the cause with texts that fit a slot.
func (c Cause) bounded() Cause {
	c.Component, c.Detail = bounded(c.Component, 200), bounded(c.Detail, 400)
	return c
}

// bounded cuts a text to a number of bytes and replaces what is not text.
func bounded(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit-len("…")], "") + "…"
}

// stale is the cause of an offer that comes too late.
func stale(offered, known uint64) Cause {
	return Cause{Code: Stale, Detail: fmt.Sprintf("generation %d was offered after %d; offer it again with a higher one", offered, known)}
}
