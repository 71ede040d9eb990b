package ownership

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Code is the kind of a finding, for programs.
type Code string

// The codes, in the order in which they are looked for.
const (
	CodeSize       Code = "size"       // too many bytes
	CodeEncoding   Code = "encoding"   // not UTF-8, or control characters
	CodeSyntax     Code = "syntax"     // not YAML
	CodeDocuments  Code = "documents"  // none, or more than one
	CodeNodes      Code = "nodes"      // too many values
	CodeDepth      Code = "depth"      // too many levels
	CodeAlias      Code = "alias"      // an anchor, an alias or a merge key
	CodeTag        Code = "tag"        // an explicit tag
	CodeKey        Code = "key"        // a key that is no plain string, or with :: or $
	CodeDuplicate  Code = "duplicate"  // a key given twice
	CodeExpression Code = "expression" // a $ expression that is not allowed here
	CodeSection    Code = "section"    // a section that is not for remote configurations
	CodeName       Code = "name"       // not named …/phoenix…
	CodeGuard      Code = "guard"      // the name of a guard
	CodeOwner      Code = "owner"      // the name of a component of the owner
	CodeComponent  Code = "component"  // a component type that is not allowed
	CodeSignal     Code = "signal"     // a pipeline of something else than metrics
	CodeField      Code = "field"      // a field that is not allowed
	CodeReach      Code = "reach"      // a field that reads or writes files, or reaches out
	CodeValue      Code = "value"      // a value of another type, or out of bounds
	CodeEndpoint   Code = "endpoint"   // an endpoint that is not allowed
	CodeReference  Code = "reference"  // a pipeline refers to what is not there
	CodeShared     Code = "shared"     // a processor with a memory in two pipelines
)

// Finding is a reason to refuse a configuration.
type Finding struct {
	Code Code
	// Line and Column are where, from 1; 0 if it is the whole.
	Line, Column int
	// Path is the keys that lead there, joined by ::.
	Path string
	// Problem says what is wrong, Remedy what to do.
	Problem, Remedy string
}

// String is the finding in one line.
func (f Finding) String() string {
	var b strings.Builder
	if f.Line > 0 {
		fmt.Fprintf(&b, "%d:%d: ", f.Line, f.Column)
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	return b.String() + f.Problem + "; " + f.Remedy
}

// Findings are all the reasons, by place. None: accepted.
type Findings []Finding

// Err is the findings as one error, a line each; nil if there are none.
func (l Findings) Err() error {
	errs := make([]error, len(l))
	for i, f := range l {
		errs[i] = errors.New(f.String())
	}
	return errors.Join(errs...)
}

// Codes lists the codes that there are, without repetition.
func (l Findings) Codes() []Code {
	var codes []Code
	for _, f := range l {
		if !slices.Contains(codes, f.Code) {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

// maxFindings bounds what a report says; the first ones are enough to begin
// with.
const maxFindings = 100

// sorted orders findings by place and drops those beyond maxFindings.
func (l Findings) sorted() Findings {
	slices.SortStableFunc(l, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return l[:min(len(l), maxFindings)]
}

// quote shows a value that came from afar, shortened.
func quote(s string) string {
	const longest = 60
	if len(s) > longest {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:longest], ""))
	}
	return fmt.Sprintf("%q", s)
}
