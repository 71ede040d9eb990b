package pipeline

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/phoenix-platform/phoenix/catalog"
	"github.com/phoenix-platform/phoenix/controlplane/validation"
)

// source is the configuration that a command is about.
type source struct {
	name string
	text []byte
	// options are what validation is told of it.
	options validation.Options
}

// read reads a file, or a template of the catalog with its default values.
func read(args []string, template string) (source, error) {
	switch {
	case len(args) == 1 && template != "":
		return source{}, errors.New("FILE and --template name two configurations; give one")
	case len(args) == 1:
		text, err := os.ReadFile(args[0])
		if err != nil {
			return source{}, fmt.Errorf("read the configuration: %w", err)
		}
		return source{name: args[0], text: text}, nil
	case template == "":
		return source{}, errors.New("give a FILE, or a template of the catalog with --template")
	}
	t, err := catalog.Lookup(template)
	if err != nil {
		return source{}, fmt.Errorf("--template: %w", err)
	}
	o := validation.Options{Kind: validation.Template}
	if strings.HasPrefix(template, "process-baseline-") {
		o.Strategy = validation.Baseline
	}
	return source{name: template, text: t.Config, options: o}, nil
}
