package seriesmeter

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"

	"github.com/phoenix-platform/phoenix/internal/critical"
	"github.com/phoenix-platform/phoenix/internal/scraperecord"
)

// Config says what a meter measures and where its records go.
type Config struct {
	// Variant names the pipeline; meters of the same variant are compared.
	Variant string `mapstructure:"variant"`
	// Role is input or output: where in the pipeline the meter is.
	Role Role `mapstructure:"role"`
	// Critical lists the processes whose retention is watched.
	Critical critical.List `mapstructure:"critical"`
	// Window is the time over which distinct series are counted.
	Window time.Duration `mapstructure:"window"`
	// Identity says what an exporter makes a series of: resource (the default)
	// for resource and point attributes, point for an exporter that leaves the
	// resource's out.
	Identity Identity `mapstructure:"identity"`
	// OtherName is the process.executable.name of the process that stands for
	// those that were dropped.
	OtherName string `mapstructure:"other_name"`
	// Records is where records are sent to as OTLP over HTTP. They are not sent
	// without an endpoint.
	Records confighttp.ClientConfig `mapstructure:"records"`
}

// Role is input or output.
type Role string

// Identity is resource or point.
type Identity string

const (
	identityResource Identity = "resource"
	identityPoint    Identity = "point"

	minWindow = time.Minute
	maxWindow = 24 * time.Hour
)

func createDefaultConfig() component.Config {
	return &Config{
		Variant: "default", Window: time.Hour, Identity: identityResource, OtherName: "_other_",
		Records: confighttp.NewDefaultClientConfig(),
	}
}

// Validate reports every problem of the plain values, in one line: the
// collector puts the path before the first line only.
func (c *Config) Validate() error {
	var problems []string
	if c.Variant == "" {
		problems = append(problems, "variant: is empty; drop the key to use default")
	}
	if c.Window < minWindow || c.Window > maxWindow {
		problems = append(problems, fmt.Sprintf("window: must be between %s and %s, got %s; drop the key to use 1h", minWindow, maxWindow, c.Window))
	}
	if c.OtherName == "" {
		problems = append(problems, "other_name: is empty; drop the key to use _other_")
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}

// Validate reports an unknown or missing value.
func (r Role) Validate() error {
	switch r {
	case scraperecord.RoleInput, scraperecord.RoleOutput:
		return nil
	case "":
		return errors.New("is missing; say input before the processors to measure, output behind them")
	}
	return fmt.Errorf("must be input or output, got %q", string(r))
}

// Validate reports an unknown value.
func (i Identity) Validate() error {
	if i != identityResource && i != identityPoint {
		return fmt.Errorf("must be resource or point, got %q", string(i))
	}
	return nil
}
