package childvalidate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// judge says what the end of a child means; nil if it found nothing.
func (e ending) judge(l limits) error {
	fail := func(code remoteconfig.Code, format string, args ...any) error {
		return remoteconfig.Cause{Code: code, Detail: fmt.Sprintf(format, args...)}
	}
	switch {
	case errors.Is(e.why, context.DeadlineExceeded), overTime(e.state):
		return fail(remoteconfig.Timeout, "the child that validates had not ended after %s; offer it again when the host is less busy", l.time)
	case errors.Is(e.why, context.Canceled), isTold(e.state):
		return fail(remoteconfig.Stopped, "the child that validates was stopped; offer it again")
	case errors.Is(e.why, errMemory):
		return fail(remoteconfig.NoMemory, "the child that validates took more than %d MiB", l.memory>>20)
	case e.why != nil:
		return fail(remoteconfig.NoMemory, "the child that validates could not be bounded: %v", e.why)
	case isKilled(e.state), outOfMemory.Match(e.output):
		return fail(remoteconfig.NoMemory, "the child that validates was killed or found no memory; offer it again when the host has some")
	case e.state.Success():
		return nil
	default:
		return invalid(e)
	}
}

var outOfMemory = regexp.MustCompile(`(?m)^(fatal error: )?runtime: (out of memory|cannot allocate memory)`)

// invalid is what a child found.
func invalid(e ending) remoteconfig.Cause {
	said := reason(e.output)
	if said == "" {
		return remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: fmt.Sprintf("the collector ended with %s when it was asked to validate, and said nothing", e.state)}
	}
	path, detail := component(said)
	return remoteconfig.Cause{Code: remoteconfig.Invalid, Component: path, Detail: detail}
}

// reason is the last error of an output, or where a panic begins, in one line.
func reason(output []byte) string {
	if i := bytes.LastIndex(output, []byte("Error: ")); i >= 0 {
		output = output[i+len("Error: "):]
	} else if i := bytes.Index(output, []byte("panic: ")); i >= 0 {
		output, _, _ = bytes.Cut(output[i:], []byte("\n"))
	}
	text := decoding.ReplaceAllString(string(output), "")
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// decoding is what the collector says at each level of a configuration on its
// way to what is wrong.
var decoding = regexp.MustCompile(`failed to get config: cannot unmarshal the configuration: |decoding failed due to the following error\(s\):\s+('' )?`)

// The places that an error may name: by the keys that lead there, on the way
// through decoding, or by the component that could not be made.
var (
	keys    = regexp.MustCompile(`^(?:service::)?(receivers|processors|exporters|connectors|extensions|pipelines)::([^:\s]+)(?:::|: )`)
	decoded = regexp.MustCompile(`^'(receivers|processors|exporters|connectors|extensions)' (?:error reading configuration for "([^"]+)": |unknown type: "[^"]*" for id: "([^"]+)")`)
	made    = regexp.MustCompile(`failed to create "([^"]+)" (receiver|processor|exporter|connector|extension)\b`)
)

// component finds the path of the component at fault, and what is wrong there.
func component(said string) (path, detail string) {
	if m := keys.FindStringSubmatch(said); m != nil {
		return m[1] + "/" + m[2], said[len(m[0]):]
	}
	if m := decoded.FindStringSubmatch(said); m != nil && m[2] != "" {
		return m[1] + "/" + m[2], said[len(m[0]):]
	} else if m != nil {
		return m[1] + "/" + m[3], said
	}
	if m := made.FindStringSubmatch(said); m != nil {
		return m[2] + "s/" + m[1], said
	}
	return "", said
}
