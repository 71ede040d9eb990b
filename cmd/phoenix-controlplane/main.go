// Command phoenix-controlplane is the control plane of Phoenix;
// docs/control-plane.md describes it.
package main

import (
	"github.com/phoenix-platform/phoenix/cmd/phoenix-controlplane/internal/cli"
	"github.com/phoenix-platform/phoenix/internal/commandline"
)

func main() { commandline.Main("phoenix-controlplane", cli.Run) }
