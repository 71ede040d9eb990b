// Package problems collects what is wrong with one part of a configuration, so
// that a user hears of all of it at once.
package problems

import (
	"errors"
	"fmt"
	"strings"
)

// List is the problems found so far. Its zero value is ready to use.
type List []string

// Check notes a problem, which begins with the key, unless ok.
func (l *List) Check(ok bool, format string, args ...any) {
	if !ok {
		*l = append(*l, fmt.Sprintf(format, args...))
	}
}

// Err returns the problems as one error in one line, or nil if there are none:
// of a joined error the collector puts the path before the first line only.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return errors.New(strings.Join(l, "; "))
}
