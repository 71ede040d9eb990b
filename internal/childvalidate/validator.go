package childvalidate

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/phoenix-platform/phoenix/internal/remoteconfig"
)

const (
	defaultTimeout     = 15 * time.Second
	defaultMemoryLimit = 512 << 20
)

// Validator validates configurations. The zero value is ready to use.
type Validator struct {
	// Command is the collector's binary and the arguments of every
	// subcommand's, such as --feature-gates. Empty: this process's own.
	Command []string
	// Timeout is how long a child may take. 0: 15 s.
	Timeout time.Duration
	// MemoryLimit is how many bytes a child may have resident. 0: 512 MiB. One
	// of our own binary takes some 150 MiB, most of it pages that it shares
	// with its parent.
	MemoryLimit int64
}

// Validate returns nil if the collector can run a configuration, and otherwise
// a [remoteconfig.Cause]: Invalid if it cannot; NoMemory, Timeout or Stopped if
// the child could not find out. Env names the variables of the environment that
// the configuration may use. It may be called from several goroutines at once.
func (v Validator) Validate(ctx context.Context, config map[string]any, env []string) error {
	text, err := yaml.Marshal(config)
	if err != nil {
		return remoteconfig.Cause{Code: remoteconfig.Invalid, Detail: fmt.Sprintf("write the configuration for the child that validates it: %v", err)}
	}
	variables := chosen(env)
	limits := limits{time: v.timeout(), memory: v.memoryLimit()}
	e, err := run(ctx, v.command(), variables, text, limits)
	if err != nil {
		return remoteconfig.Cause{
			Code:   remoteconfig.NoMemory,
			Detail: fmt.Sprintf("start a child to validate the configuration: %v; see whether the host has processes, files and memory left", err),
		}
	}
	e.output = hide(e.output, secretsOf(text, variables))
	return e.judge(limits)
}

// command is what the child runs, but for the configuration.
func (v Validator) command() []string {
	if len(v.Command) > 0 {
		return v.Command
	}
	return append([]string{self()}, gates(os.Args[1:])...)
}

// gates are the arguments that choose feature gates: what is valid depends on
// them.
func gates(args []string) (found []string) {
	for i, arg := range args {
		switch name, _, whole := strings.Cut(arg, "="); {
		case strings.TrimLeft(name, "-") != "feature-gates" || name == strings.TrimLeft(name, "-"):
		case whole:
			found = append(found, arg)
		case i+1 < len(args):
			found = append(found, arg, args[i+1])
		}
	}
	return found
}

func (v Validator) timeout() time.Duration {
	if v.Timeout > 0 {
		return v.Timeout
	}
	return defaultTimeout
}

func (v Validator) memoryLimit() int64 {
	if v.MemoryLimit > 0 {
		return v.MemoryLimit
	}
	return defaultMemoryLimit
}

// chosen are the variables of these names that are set, as NAME=VALUE.
func chosen(names []string) []string {
	variables := []string{}
	for _, name := range names {
		if value, set := os.LookupEnv(name); set {
			variables = append(variables, name+"="+value)
		}
	}
	return variables
}
