// Command loadsim makes real processes in known numbers and writes down what
// they did; docs/loadsim.md describes it.
package main

import (
	"github.com/phoenix-platform/phoenix/cmd/loadsim/internal/cli"
	"github.com/phoenix-platform/phoenix/internal/commandline"
)

func main() { commandline.Main("loadsim", cli.Run) }
