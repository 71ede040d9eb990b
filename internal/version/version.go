// Package version says which Phoenix a program is of.
package version

import (
	"fmt"
	"runtime/debug"
)

// number is that of the collector's distribution, in builder-config.yaml.
const number = "0.1.0"

// Text returns the version, with the commit that the program was built from if
// it is known.
func Text() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return number
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return fmt.Sprintf("%s (%.7s)", number, s.Value)
		}
	}
	return number
}
