package validation

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

// ask asks the collector, and adds what it says to the findings. It returns why
// it could not be asked.
func (v *Validator) ask(ctx context.Context, l *look, source []byte) (notAsked string) {
	if v.NoCollector != "" {
		return v.NoCollector
	}
	config, err := l.config(source)
	if err != nil {
		return err.Error()
	}
	err = v.Collector.Validate(ctx, config, l.options.Environment)
	var cause remoteconfig.Cause
	switch {
	case err == nil:
		return ""
	case errors.As(err, &cause) && cause.Code == remoteconfig.Invalid:
		l.refused(cause)
		return ""
	default:
		return err.Error()
	}
}

// config is what the collector is asked about.
func (l *look) config(source []byte) (map[string]any, error) {
	if l.options.Agent != nil {
		for _, f := range l.findings {
			if f.Level == Error {
				return nil, errors.New("the agent would refuse it before its collector sees it")
			}
		}
		return l.composed(source)
	}
	config := map[string]any{}
	if err := l.root.Decode(&config); err != nil {
		return nil, errors.New("it cannot be read as a map of sections")
	}
	return inert(config).(map[string]any), nil
}

// said begins each thing that the collector says when it says several.
var said = regexp.MustCompile(`(?:^|; )(?:service::)?(receivers|processors|exporters|connectors|extensions|pipelines)::`)

// refused adds what the collector found, but for places about which something
// was found before: it says the same in other words.
func (l *look) refused(cause remoteconfig.Cause) {
	text := cause.Detail
	if cause.Component != "" {
		section, id, _ := strings.Cut(cause.Component, "/")
		text = section + "::" + id + ": " + text
	}
	for _, one := range sentences(text) {
		path, at, message := l.locate(one)
		if l.isTold(path, at) {
			continue
		}
		message, remedy := advice(message)
		if keys := strings.SplitN(path, "::", 3); len(keys) > 1 && hasVariable(valueOf(l.root, keys[0], keys[1])) {
			remedy += ", or set the variables that it uses: all others than those named are empty here"
		}
		l.find(CodeCollector, Error, at, path, "the collector refuses it: "+message, remedy)
	}
}

// ours is how Phoenix' components say what is wrong: what to do comes last.
var ours = regexp.MustCompile(`^([^;]+); (use|write|raise|lower|give|remove|leave|set|add|drop|choose|name) ([^;]+)$`)

// types are those that the collector has, in no order.
var types = regexp.MustCompile(` \(valid values: \[([^\]]*)\]\)`)

// advice takes what to do from what the collector says.
func advice(said string) (message, remedy string) {
	switch m := ours.FindStringSubmatch(said); {
	case m != nil:
		return m[1], m[2] + " " + m[3]
	case strings.Contains(said, "has invalid keys"):
		return said, "correct the key, or remove it"
	case types.MatchString(said):
		known := strings.Fields(types.FindStringSubmatch(said)[1])
		slices.Sort(known)
		return types.ReplaceAllString(said, ""), "use a type that the collector has: " + strings.Join(known, ", ")
	case strings.Contains(said, "telemetry type is not supported"):
		return said, "put it into a pipeline of a signal that it knows"
	}
	return said, "correct it as the message says"
}

// sentences takes apart what the collector says.
func sentences(text string) (all []string) {
	starts := said.FindAllStringIndex(text, -1)
	if len(starts) == 0 || starts[0][0] > 0 {
		return []string{text}
	}
	for i, start := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		all = append(all, strings.TrimPrefix(text[start[0]:end], "; "))
	}
	return all
}

// isTold reports whether an error is known at a place, above or below it.
func (l *look) isTold(path string, at *yaml.Node) bool {
	if isInert(at) {
		return true // the value is known on the host only
	}
	for _, f := range l.findings {
		switch {
		case f.Level != Error || f.Code == CodeCollector || f.Path == "":
		case f.Line == at.Line && f.Column == at.Column, within(f.Path, path), within(path, f.Path) && path != "":
			return true
		}
	}
	return false
}

// within reports whether a path is another's, or leads below it.
func within(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == ':' || rest[0] == '[')
}
