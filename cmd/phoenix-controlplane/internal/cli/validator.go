package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/phoenix-platform/phoenix/controlplane"
	"github.com/phoenix-platform/phoenix/controlplane/httpapi"
	"github.com/phoenix-platform/phoenix/controlplane/validation"
	"github.com/phoenix-platform/phoenix/internal/childvalidate"
)

// mostAtOnce is how many configurations are validated at the same time: each
// takes a child of some 150 MiB.
const mostAtOnce = 2

// validator looks at configurations for the API, and for the service before it
// wants one on any agent.
type validator struct {
	rules *validation.Validator
	slots chan struct{}
}

var _ httpapi.Validator = validator{}

// newValidator asks a collector; empty: there is none.
func newValidator(collector string) validator {
	v := validator{rules: &validation.Validator{}, slots: make(chan struct{}, mostAtOnce)}
	if collector == "" {
		v.rules.NoCollector = "there is no otelcol-phoenix beside the control plane, and no --collector"
	} else {
		v.rules.Collector = childvalidate.Validator{Command: []string{collector}}
	}
	return v
}

// findCollector returns the path of the collector: that which is given, or that
// beside this program. Empty: there is none.
func findCollector(given string) (string, error) {
	if given != "" {
		if _, err := os.Stat(given); err != nil {
			return "", fmt.Errorf("collector: %w", err)
		}
		return given, nil
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("look for the collector: %w; give --collector", err)
	}
	beside := filepath.Join(filepath.Dir(program), "otelcol-phoenix")
	if _, err := os.Stat(beside); err != nil {
		return "", nil
	}
	return beside, nil
}

// Validate reports everything that is wrong with a configuration.
func (v validator) Validate(ctx context.Context, c httpapi.Candidate) (httpapi.Validation, error) {
	r, err := v.report(ctx, c.Pipeline, c.Text, c.Strict)
	findings := make([]httpapi.Finding, len(r.Findings))
	for i, f := range r.Findings {
		findings[i] = httpapi.Finding{
			Code: string(f.Code), Level: string(f.Level), Line: f.Line, Column: f.Column, Path: f.Path, Message: f.Message, Remedy: f.Remedy,
		}
	}
	return httpapi.Validation{Valid: r.Valid, Findings: findings, Collector: r.Collector, NotAsked: r.NotAsked}, err
}

// check refuses a configuration with errors.
func (v validator) check(ctx context.Context, p controlplane.Pipeline, text []byte) error {
	r, err := v.report(ctx, p, text, false)
	if err != nil || r.Valid {
		return err
	}
	refusal := &controlplane.Error{
		Code: controlplane.CodeInvalid, Message: "the collector would not run the configuration, or it leaks",
		Hint: "POST /api/v1/pipelines/validate shows the same findings, and the warnings",
	}
	for _, f := range r.Findings {
		if f.Level == validation.Error {
			refusal.Details = append(refusal.Details, detail(f))
		}
	}
	return refusal
}

// detail is a finding in the words of a problem. Lines are those of the
// configuration.
func detail(f validation.Finding) controlplane.Detail {
	message := f.Message
	if f.Path != "" {
		message = f.Path + ": " + message
	}
	return controlplane.Detail{
		Pointer: "/spec/pipeline", Line: f.Line, Column: f.Column, Code: string(f.Code), Message: message, Remedy: f.Remedy,
	}
}

// report waits until few others are validated.
func (v validator) report(ctx context.Context, p controlplane.Pipeline, text []byte, strict bool) (validation.Report, error) {
	select {
	case v.slots <- struct{}{}:
	case <-ctx.Done():
		return validation.Report{}, ctx.Err()
	}
	defer func() { <-v.slots }()
	o := validation.Options{Strict: strict}
	if p.Template != "" {
		o.Kind = validation.Template
	}
	if strings.HasPrefix(p.Template, "process-baseline") {
		o.Strategy = validation.Baseline
	}
	return v.rules.Validate(ctx, text, o)
}
