package provider

import (
	"slices"
	"strings"
)

// valued are the collector's flags that take the next argument.
var valued = []string{"config", "set", "feature-gates", "mode", "format"}

// looks reports whether arguments name a subcommand of the collector: all of
// them only look at a configuration. The collector itself has none.
func looks(args []string) bool {
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "-")
		switch name = strings.TrimPrefix(name, "-"); {
		case !isFlag:
			return true
		case slices.Contains(valued, name):
			i++
		}
	}
	return false
}
