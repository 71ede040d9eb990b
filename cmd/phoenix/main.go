// Command phoenix is the command line of Phoenix; docs/cli.md describes it.
package main

import (
	"github.com/phoenix-platform/phoenix/internal/cli"
	"github.com/phoenix-platform/phoenix/internal/commandline"
)

func main() { commandline.Main("phoenix", cli.Run) }
