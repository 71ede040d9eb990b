// Package validation finds what is wrong with a collector configuration before
// a collector runs it, everything at once:
//
//	report, err := validator.Validate(ctx, source, validation.Options{})
//
// A finding is an error if the configuration would not run or would leak, and a
// warning if it would run and do less than it could. Each has a code, a place
// and what to do; docs/validation.md lists the codes.
//
// The factories of the components are asked in a child process, because what
// they do with a bad configuration must not happen here. Without a collector's
// binary the report says that nobody asked them.
package validation
