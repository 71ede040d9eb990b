package validation

import (
	"cmp"
	"fmt"
	"slices"
)

// Code is the kind of a finding, for programs.
type Code string

// Level says how bad a finding is.
type Level string

const (
	// Error: it would not run, or it leaks.
	Error Level = "error"
	// Warning: it runs, and does less than it could.
	Warning Level = "warning"
)

// Finding is one thing that is wrong.
type Finding struct {
	Code  Code  `json:"code"`
	Level Level `json:"level"`
	// Line and Column are where, from 1; 0 if it is the whole.
	Line   int `json:"line,omitempty"`
	Column int `json:"column,omitempty"`
	// Path is the keys that lead there, joined by ::.
	Path string `json:"path,omitempty"`
	// Message says what is wrong, Remedy what to do. Neither has a value that
	// may be a secret.
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// String is the finding in one line.
func (f Finding) String() string {
	text := fmt.Sprintf("%s %s: ", f.Level, f.Code)
	if f.Line > 0 {
		text = fmt.Sprintf("%d:%d: %s", f.Line, f.Column, text)
	}
	if f.Path != "" {
		text += f.Path + ": "
	}
	text += f.Message
	if f.Remedy != "" {
		text += "; " + f.Remedy
	}
	return text
}

// Report is what was found.
type Report struct {
	// Valid: no finding is an error.
	Valid bool `json:"valid"`
	// Findings are in the order of their places.
	Findings []Finding `json:"findings"`
	// Collector: a collector was asked whether it takes the configuration.
	// NotAsked says why none was.
	Collector bool   `json:"collector"`
	NotAsked  string `json:"notAsked,omitempty"`
}

// most bounds the findings of a report; the first ones are enough to begin
// with.
const most = 100

// report puts findings in order.
func report(findings []Finding, strict bool) Report {
	for i := range findings {
		if strict {
			findings[i].Level = Error
		}
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	findings = slices.Compact(findings)
	valid := !slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Error })
	if len(findings) > most { // the errors first: they are why
		slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Level, b.Level) })
		findings = findings[:most]
	}
	return Report{Valid: valid, Findings: append([]Finding{}, findings...)}
}
